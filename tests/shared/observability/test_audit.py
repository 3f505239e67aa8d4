"""One line for every call: who, what, how it went; and nothing that anybody wrote."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from pydantic import BaseModel, Field

from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import CODES, ToolError
from shared.mcp.dispatch import dispatch
from shared.mcp.tool_call import ToolCall
from shared.mcp.toolset import Tool, Toolset
from shared.observability import audit
from shared.server import Server
from tests.shared.calls import GREET, context
from tests.shared.issuer import CLIENT, TENANT, USER, Issuer, Published

PRIVATE = "the-argument-of-a-user"
TRACE = "0af7651916cd43dd8448eb211c80319c"
toolset = Toolset("audited")


class Item(GraphModel):
    """Something of Graph."""

    name: str = ""


class Nothing(BaseModel):
    """What has nothing to say."""


@toolset.tool(scopes=["Files.Read"])
async def read_item(caller: Caller, item_id: Annotated[str, Field(description="Which.")]) -> Item:
    """Get an item."""
    return await caller.graph.get(Item, "/me/drive/items/{}", item_id)


@toolset.tool(scopes=["Files.ReadWrite"], writes=True)
async def breaks_with_words(caller: Caller, words: Annotated[str, Field(description="Any.")]) -> Nothing:
    """Write nothing, by a mistake in the tool."""
    raise LookupError(words)


@toolset.tool(scopes=["User.Read"])
async def refuses_in_words(caller: Caller) -> Nothing:
    """Get nothing, for a reason in words."""
    raise ToolError("forbidden", PRIVATE, PRIVATE, reason=f"not {PRIVATE}")


@toolset.tool(scopes=["User.Read"])
async def waits(caller: Caller) -> Nothing:
    """Get nothing, ever."""
    await asyncio.Event().wait()
    return Nothing()


TOOLS = {tool.name: tool for tool in toolset}


class Lines(list[str]):
    """The messages on the audit logger."""

    def only(self) -> dict[str, Any]:
        """The one line there is, as fields."""
        (line,) = self
        return dict(json.loads(line))


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], Lines]:
    return lambda: Lines(record.getMessage() for record in caplog.records if record.name == audit.LOGGER_NAME)


@pytest.fixture
async def call(server: Server, issuer: Issuer) -> AsyncIterator[Callable[..., Awaitable[str]]]:
    async def called(tool: Tool, arguments: Any = None, *, by: Server = server, **claims: Any) -> str:
        headers = {"Authorization": f"Bearer {issuer.token(**claims)}"}
        return await dispatch(ToolCall(tool), context(headers, arguments), lambda: by)

    yield called


def graph_of(published: Published, **answer: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A network where the tenant publishes its keys and Graph always answers the same."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.host != "graph.microsoft.com":
            return published(request)
        return httpx.Response(**answer)

    return respond


async def test_a_call_leaves_one_line_of_just_the_documented_fields(
    call: Callable[..., Awaitable[str]], lines: Callable[[], Lines]
) -> None:
    envelope = await call(GREET)

    line = lines().only()
    assert [*audit.FIELDS] == [*line]
    assert ("tool_call", "greet", "read", "ok", "ok") == (
        line["event"],
        line["tool"],
        line["access"],
        line["outcome"],
        line["reason"],
    )
    assert (TENANT, USER, CLIENT) == (line["tenant"], line["user"], line["client"])
    assert len(envelope) == line["bytes_out"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["time"])
    assert 0 <= line["duration_ms"] < 10_000


async def test_a_line_counts_what_was_asked_of_whom_and_keeps_their_ids(
    call: Callable[..., Awaitable[str]],
    lines: Callable[[], Lines],
    open_server: Callable[..., Server],
    published: Published,
) -> None:
    answer = graph_of(published, status_code=200, headers={"request-id": "r-1"}, json={"name": PRIVATE})

    await call(TOOLS["read_item"], {"item_id": PRIVATE}, by=open_server(answer))

    line = lines().only()
    assert {"login.microsoftonline.com": {"200": 2}, "graph.microsoft.com": {"200": 1}} == line["downstream"]
    assert {"graph.microsoft.com": ["r-1"]} == line["request_ids"]
    assert 1 == len(line["client_request_ids"])
    assert PRIVATE not in lines()[0]


async def test_an_upstream_failure_is_counted_by_its_status(
    call: Callable[..., Awaitable[str]],
    lines: Callable[[], Lines],
    open_server: Callable[..., Server],
    published: Published,
) -> None:
    answer = graph_of(published, status_code=403, json={"error": {"code": "x", "message": PRIVATE}})

    await call(TOOLS["read_item"], {"item_id": "1"}, by=open_server(answer))

    line = lines().only()
    assert "forbidden" == line["outcome"]
    assert {"403": 1} == line["downstream"]["graph.microsoft.com"]
    assert PRIVATE not in lines()[0]


async def test_a_request_without_an_answer_is_counted_as_none(
    lines: Callable[[], Lines], open_server: Callable[..., Server], issuer: Issuer
) -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    headers = {"Authorization": f"Bearer {issuer.token()}"}
    await dispatch(ToolCall(GREET), context(headers), lambda: open_server(nobody))

    line = lines().only()
    assert "unavailable" == line["outcome"]
    assert ["none"] == [*line["downstream"]["login.microsoftonline.com"]]
    assert line["user"] is None


async def test_who_is_not_let_in_leaves_a_line_with_the_reason_and_no_name(
    call: Callable[..., Awaitable[str]], lines: Callable[[], Lines]
) -> None:
    await call(GREET, scp="something_else")

    line = lines().only()
    assert ("sign_in_required", "missing_scope") == (line["outcome"], line["reason"])
    assert (None, None, None) == (line["tenant"], line["user"], line["client"])


async def test_without_good_settings_a_call_leaves_a_line_too(lines: Callable[[], Lines]) -> None:
    def entrance() -> Server:
        raise ToolError("misconfigured", "The server is not set up.", "The administrator mends it.")

    await dispatch(ToolCall(GREET), context({}), entrance)

    assert "misconfigured" == lines().only()["outcome"]


async def test_a_bug_leaves_a_line_without_its_words(
    call: Callable[..., Awaitable[str]], lines: Callable[[], Lines]
) -> None:
    await call(TOOLS["breaks_with_words"], {"words": PRIVATE})

    line = lines().only()
    assert ("write", "internal_error", "internal_error") == (line["access"], line["outcome"], line["reason"])
    assert PRIVATE not in lines()[0]


async def test_a_reason_in_words_stays_out(
    call: Callable[..., Awaitable[str]], lines: Callable[[], Lines]
) -> None:
    await call(TOOLS["refuses_in_words"])

    assert ("forbidden", "forbidden") == (lines().only()["outcome"], lines().only()["reason"])


async def test_a_call_nobody_waits_for_leaves_a_line_as_cancelled(
    call: Callable[..., Awaitable[str]], lines: Callable[[], Lines], server: Server, issuer: Issuer
) -> None:
    await call(GREET)
    waiting = asyncio.create_task(call(TOOLS["waits"]))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert ["ok", "cancelled"] == [json.loads(line)["outcome"] for line in lines()]


async def test_calls_at_the_same_time_count_only_their_own_requests(
    call: Callable[..., Awaitable[str]],
    lines: Callable[[], Lines],
    open_server: Callable[..., Server],
    published: Published,
) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.host != "graph.microsoft.com":
            return published(request)
        item_id = request.url.path.rpartition("/")[2]
        return httpx.Response(200, headers={"request-id": item_id}, json={"name": item_id})

    server = open_server(respond)
    await call(GREET, by=server)
    oids = [f"dddddddd-0000-4000-8000-{number:012}" for number in range(20)]
    await asyncio.gather(*(call(TOOLS["read_item"], {"item_id": oid}, by=server, oid=oid) for oid in oids))

    told = [json.loads(line) for line in lines()[1:]]
    assert {oid: {"graph.microsoft.com": [oid]} for oid in oids} == {
        line["user"]: line["request_ids"] for line in told
    }
    assert [{"graph.microsoft.com": {"200": 1}}] * 20 == [line["downstream"] for line in told]


async def test_a_line_names_the_trace_of_whoever_called(
    server: Server, issuer: Issuer, lines: Callable[[], Lines]
) -> None:
    headers = {"Authorization": f"Bearer {issuer.token()}"}
    trace = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    await dispatch(ToolCall(GREET), context(headers), lambda: server, trace=trace)
    await dispatch(ToolCall(GREET), context(headers), lambda: server)

    named, unnamed = (json.loads(line)["trace_id"] for line in lines())
    assert TRACE == named
    assert TRACE != unnamed


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        ("graph.microsoft.com", "graph.microsoft.com"),
        ("localhost:7071", "localhost:7071"),
        ("ana@example.com", "other"),
        ("ex\nample.com", "other"),
        ("", "other"),
    ],
)
def test_a_host_that_is_no_name_is_not_repeated(host: str, kept: str) -> None:
    record = audit.CallRecord("any", writes=False)
    record.response_received(host, 200, {"request-id": "somebody@example.com, or other words"})

    line = record.line(outcome="ok", reason="", duration_ms=0, trace_id=None, bytes_out=0)
    assert {kept: {"200": 1}} == line["downstream"]
    assert {} == line["request_ids"]


def test_ids_are_kept_up_to_a_limit_and_counts_are_not() -> None:
    record = audit.CallRecord("any", writes=False)
    for number in range(100):
        record.request_sent({"client-request-id": f"c-{number}"})
        record.response_received("example.com", 200, {"request-id": f"r-{number}"})

    line = record.line(outcome="ok", reason="", duration_ms=0, trace_id=None, bytes_out=0)
    assert {"example.com": {"200": 100}} == line["downstream"]
    assert audit.LIMIT_IDS == len(line["request_ids"]["example.com"]) == len(line["client_request_ids"])


def test_the_record_is_written_at_any_level_of_the_rest_of_the_log() -> None:
    assert logging.INFO == logging.getLogger(audit.LOGGER_NAME).level


def test_the_host_samples_no_line_away() -> None:
    host = json.loads(Path("host.json").read_text())
    sampling = host["logging"]["applicationInsights"]["samplingSettings"]

    assert "Trace" in sampling["excludedTypes"].split(";")


def test_the_documentation_names_each_field_and_each_outcome() -> None:
    text = Path("docs/telemetry.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE))

    assert dict(audit.FIELDS) == {name: rows.get(name) for name in audit.FIELDS}
    for code in ("ok", "cancelled", *CODES):
        assert f"`{code}`" in text, code
