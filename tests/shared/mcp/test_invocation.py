"""What the MCP extension hands over, and the envelope it takes back."""

import json
from typing import Any

import pytest

from shared.errors import ToolError
from shared.mcp.invocation import failure, parse_invocation, success
from tests.shared.calls import context, result_of


def test_arguments_and_headers_are_read() -> None:
    invocation = parse_invocation(context({"Accept": "application/json"}, {"query": "budget"}))

    assert {"query": "budget"} == invocation.arguments
    assert ["application/json"] == invocation.header("accept")


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
def test_headers_are_found_whatever_the_case_of_their_names(name: str) -> None:
    invocation = parse_invocation(context({"AuthoriZation": "Bearer a.b.c"}))

    assert ["Bearer a.b.c"] == invocation.header(name)


def test_every_spelling_of_a_header_counts() -> None:
    invocation = parse_invocation(context({"Authorization": "one", "authorization": "two", "Accept": "x"}))

    assert ["one", "two"] == invocation.header("Authorization")
    assert [] == invocation.header("Cookie")


def test_no_header_shows_in_a_repr() -> None:
    invocation = parse_invocation(context({"Authorization": "Bearer a.b.c"}))

    assert "Bearer" not in repr(invocation)


def test_absent_arguments_are_no_arguments() -> None:
    document = json.loads(context({}))
    del document["arguments"]

    assert {} == parse_invocation(json.dumps(document)).arguments
    assert {} == parse_invocation(context({}, None)).arguments


@pytest.mark.parametrize("arguments", [[], ["a"], "a", 1, False])
def test_arguments_that_are_no_object_are_refused(arguments: Any) -> None:
    with pytest.raises(ToolError) as raised:
        parse_invocation(context({}, arguments))

    assert ("invalid_argument", "The arguments are not a JSON object.") == (
        raised.value.code,
        raised.value.message,
    )


def test_arguments_nested_too_deep_are_refused() -> None:
    deep = context({}).replace("null", '{"a":' * 100_000 + "1" + "}" * 100_000)

    with pytest.raises(ToolError) as raised:
        parse_invocation(deep)

    assert ("invalid_argument", "The arguments are nested too deep.") == (
        raised.value.code,
        raised.value.message,
    )


def test_a_success_has_text_and_structured_content() -> None:
    result = result_of(success("name: Ana", {"name": "Ana"}))

    assert {
        "content": [{"type": "text", "text": "name: Ana"}],
        "structuredContent": {"name": "Ana"},
        "isError": False,
    } == result


def test_a_failure_says_everything_in_its_text_and_again_for_programs() -> None:
    error = ToolError(
        "consent_required",
        "Consent is missing.",
        "Grant it.",
        retry_after=30,
        details={"scopes": "Mail.Read"},
    )

    result = result_of(failure(error))

    assert {
        "content": [
            {
                "type": "text",
                "text": "Consent is missing.\nGrant it.\nRetry after 30 seconds.\n"
                "(code: consent_required; scopes: Mail.Read)",
            }
        ],
        "isError": True,
        "_meta": {
            "m365-devops-mcp/error": {
                "code": "consent_required",
                "message": "Consent is missing.",
                "remedy": "Grant it.",
                "retry_after": 30,
                "details": {"scopes": "Mail.Read"},
            }
        },
    } == result


def test_a_plain_failure_has_no_empty_parts() -> None:
    result = result_of(failure(ToolError("not_found", "Gone.", "Look again.")))

    assert "Gone.\nLook again.\n(code: not_found)" == result["content"][0]["text"]
    assert {"code", "message", "remedy"} == result["_meta"]["m365-devops-mcp/error"].keys()
