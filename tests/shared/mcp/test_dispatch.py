"""One call, from the host's context to the host's envelope; failures included."""

import json
import logging
from datetime import datetime
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.errors import ToolError
from shared.http.current_caller import current_caller
from shared.mcp.dispatch import AccessControl, dispatch
from shared.mcp.tool_call import ToolCall
from shared.mcp.toolset import Tool, Toolset
from shared.server import Server
from tests.shared.calls import GREET, context, error_of, result_of
from tests.shared.issuer import TENANT, USER, Issuer, Published

OVER_HTTP = '{"transport": {"name": "http-streamable", "properties": %s}}'
HIDDEN = "the-words-of-the-exception"
toolset = Toolset("failing")


class Nothing(BaseModel):
    """What no tool here gets to."""

    text: str = ""


class Raw(BaseModel):
    """Values as a service sent them."""

    raw: Any = None


@toolset.tool(scopes=["User.Read"])
async def breaks(caller: Caller) -> Nothing:
    """Get nothing, by a mistake in the tool."""
    raise LookupError(HIDDEN)


@toolset.tool(scopes=["User.Read"])
async def refuses(caller: Caller) -> Nothing:
    """Get nothing, as the service refuses."""
    raise ToolError(
        "throttled", "Too much.", "Wait.", retry_after=2.5, details={"request_id": "r-1"}, reason="too_much"
    )


@toolset.tool(scopes=["vso.profile"])
async def uses_what_it_did_not_declare(caller: Caller) -> Nothing:
    """Get nothing, by way of an API it declares no scope of."""
    return Nothing(text=str(caller.graph))


@toolset.tool(scopes=["User.Read"])
async def talks_without_end(caller: Caller) -> Nothing:
    """Get more than fits."""
    return Nothing(text="word " * 10_000)


@toolset.tool(scopes=["User.Read"])
async def tells_for_whom(caller: Caller) -> Nothing:
    """Get for whom requests are sent."""
    return Nothing(text=str(current_caller()))


class Moment(BaseModel):
    """A time."""

    at: datetime


@toolset.tool(scopes=["User.Read"])
async def tells_a_time(caller: Caller, at: Annotated[datetime, Field(description="When.")]) -> Moment:
    """Get a time."""
    return Moment(at=at)


TOOLS = {tool.name: tool for tool in toolset}


async def call(tool: Tool, server: Server, issuer: Issuer, arguments: Any = None) -> str:
    """The envelope of a call with a good token."""
    headers = {"Authorization": f"Bearer {issuer.token()}"}
    return await dispatch(ToolCall(tool), context(headers, arguments), lambda: server)


async def test_requests_of_a_call_are_sent_for_its_caller(server: Server, issuer: Issuer) -> None:
    """So that callers share an API fairly, and one's failures are told from another's."""
    result = result_of(await call(TOOLS["tells_for_whom"], server, issuer, {}))

    assert {"text": f"{TENANT}/{USER}"} == result["structuredContent"]
    assert current_caller() is None


async def test_a_result_is_text_and_structured_content(server: Server, issuer: Issuer) -> None:
    result = result_of(await call(GREET, server, issuer, {}))

    assert {
        "content": [{"type": "text", "text": f"object id: {USER}"}],
        "structuredContent": {"object_id": USER},
        "isError": False,
    } == result


async def test_arguments_reach_the_tool_and_times_are_told_as_json_has_them(
    server: Server, issuer: Issuer
) -> None:
    result = result_of(await call(TOOLS["tells_a_time"], server, issuer, {"at": "2026-11-21T09:00:00Z"}))

    assert {"at": "2026-11-21T09:00:00Z"} == result["structuredContent"]


async def test_a_refusal_is_told_and_its_reason_logged(
    server: Server, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    envelope = await call(TOOLS["refuses"], server, issuer)

    error = error_of(envelope)
    assert {
        "code": "throttled",
        "message": "Too much.",
        "remedy": "Wait.",
        "retry_after": 2.5,
        "details": {"request_id": "r-1"},
    } == error
    assert "refuses: too_much" in caplog.messages
    assert "too_much" not in envelope


async def test_a_bug_is_told_by_a_reference_and_by_nothing_else(
    server: Server, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    envelope = await call(TOOLS["breaks"], server, issuer)

    error = error_of(envelope)
    reference = error["details"]["reference"]
    assert ("internal_error", "Something went wrong in the server.") == (error["code"], error["message"])
    assert f"breaks failed unexpectedly, reference {reference}" in caplog.messages
    assert "builtins.LookupError" in caplog.text
    assert "test_dispatch.py" in caplog.text
    assert HIDDEN not in caplog.text
    assert HIDDEN not in envelope
    assert "Traceback" not in envelope
    assert "LookupError" not in envelope


async def test_every_bug_has_a_reference_of_its_own(server: Server, issuer: Issuer) -> None:
    references = {
        error_of(await call(TOOLS["breaks"], server, issuer))["details"]["reference"] for _ in range(3)
    }

    assert 3 == len(references)


async def test_an_api_without_a_declared_scope_is_a_bug_of_the_tool(
    server: Server, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    error = error_of(await call(TOOLS["uses_what_it_did_not_declare"], server, issuer))

    assert "internal_error" == error["code"]
    assert "the tool declares no scope of Microsoft Graph" in caplog.text


async def test_a_result_larger_than_the_limit_is_a_failure_that_says_so(
    server: Server, issuer: Issuer
) -> None:
    envelope = await call(TOOLS["talks_without_end"], server, issuer)

    assert "the limit is 40,000" in error_of(envelope)["message"]
    assert len(envelope) < 2000


@pytest.mark.parametrize("sent", ["not JSON", "[]", "null", OVER_HTTP % "[]", OVER_HTTP % '{"headers": []}'])
async def test_a_context_in_another_form_is_a_mismatch_of_host_and_app(sent: str, server: Server) -> None:
    error = error_of(await dispatch(ToolCall(GREET), sent, lambda: server))

    assert ("internal_error", "The call did not reach the server in the expected form.") == (
        error["code"],
        error["message"],
    )


@pytest.mark.parametrize(
    "transport",
    [
        {"name": "http-sse"},
        {"name": "HTTP-Streamable"},
        {"name": "http-streamable "},
        {"name": ["http-streamable"]},
        {"name": ""},
        {"name": None},
        {},
        None,
        "http-streamable",
        ["http-streamable"],
    ],
    ids=str,
)
async def test_another_transport_is_refused_before_the_token_is_looked_at(
    transport: Any, issuer: Issuer, published: Published, caplog: pytest.LogCaptureFixture
) -> None:
    """Over the older one the headers are those of whoever opened the stream, not of who sends the message."""
    caplog.set_level(logging.INFO, logger="audit")
    document = json.loads(context({"Authorization": f"Bearer {issuer.token()}"}))
    if isinstance(transport, dict):
        document["transport"] = {**document["transport"], "name": None, **transport}
        if not transport:
            del document["transport"]["name"]
    else:
        document["transport"] = transport

    def never() -> Server:
        raise AssertionError("the server was opened")

    error = error_of(await dispatch(ToolCall(GREET), json.dumps(document), never))

    [line] = [json.loads(each.getMessage()) for each in caplog.records if each.name == "audit"]
    assert ("forbidden", "This server is reached over streamable HTTP only.") == (
        error["code"],
        error["message"],
    )
    assert "without /sse" in error["remedy"]
    assert ("forbidden", "transport_not_served", None, {}) == (
        line["outcome"],
        line["reason"],
        line["user"],
        line["downstream"],
    )
    assert [] == published.requests


async def test_who_is_refused_learns_nothing_about_their_arguments(server: Server) -> None:
    error = error_of(await dispatch(ToolCall(GREET), context({}, {"unknown": 1}), lambda: server))

    assert "sign_in_required" == error["code"]


async def test_wrong_arguments_are_named_to_who_is_let_in(server: Server, issuer: Issuer) -> None:
    error = error_of(await call(GREET, server, issuer, {"unknown": "value-of-it"}))

    assert ("invalid_argument", "unknown: is not an argument of this tool.") == (
        error["code"],
        error["message"],
    )


async def test_without_good_settings_nobody_is_let_in() -> None:
    def entrance() -> AccessControl:
        raise ToolError("misconfigured", "The server is not set up.", "The administrator mends it.")

    error = error_of(await dispatch(ToolCall(GREET), context({}), entrance))

    assert "misconfigured" == error["code"]


async def test_an_envelope_is_ascii_whatever_the_result_holds(server: Server, issuer: Issuer) -> None:
    chatty = Toolset("chatty")

    @chatty.tool(scopes=[])
    async def speak(caller: Caller) -> Nothing:
        """Get words in many letters."""
        return Nothing(text="Grüße, 你好, \U0001f600, \ud83d\ude00, \ud800, \udc00")

    (tool,) = chatty

    envelope = await call(tool, server, issuer)

    assert envelope.isascii()
    # The host masks a result that holds half of a pair; a pair in two halves is one character.
    said = "Grüße, 你好, \U0001f600, \U0001f600, \ufffd, \ufffd"
    assert said == result_of(envelope)["structuredContent"]["text"]
    assert f"text: {said}" == result_of(envelope)["content"][0]["text"]
    assert "call_tool_result" == json.loads(envelope)["type"]


@pytest.mark.parametrize(("levels", "failed"), [(58, False), (59, True), (200, True)])
async def test_a_result_deeper_than_the_host_sends_is_a_failure_that_says_so(
    levels: int, failed: bool, server: Server, issuer: Issuer
) -> None:
    """The result and its structured content are two levels around what is nested."""
    deep = Toolset("deep")

    @deep.tool(scopes=[])
    async def nest(caller: Caller) -> Raw:
        """Get lists in lists."""
        value: list[Any] = []
        for _ in range(levels - 1):
            value = [value]
        return Raw.model_construct(raw=value)

    (tool,) = deep

    result = result_of(await call(tool, server, issuer))

    assert failed is result["isError"]
    if failed:
        assert "upstream_error" == result["_meta"]["m365-devops-mcp/error"]["code"]
        assert "nested" in result["content"][0]["text"]


async def test_a_failure_holds_no_half_of_a_pair(server: Server, issuer: Issuer) -> None:
    rude = Toolset("rude")

    @rude.tool(scopes=[])
    async def refuse(caller: Caller) -> Nothing:
        """Get nothing, in words of others."""
        raise ToolError("upstream_error", "It said \ud83d.", "Wait.", details={"\udc00": "\ud800"})

    (tool,) = rude

    result = result_of(await call(tool, server, issuer))

    assert not [letter for letter in json.dumps(result, ensure_ascii=False) if "\ud800" <= letter <= "\udfff"]
    assert "It said \ufffd." in result["content"][0]["text"]
