"""How strictly the extension reads what a tool with `useResultSchema` returns."""

import json

import pytest
from azure_functions_runtime.bindings.datumdef import Datum

from local.host.errors import InvocationError
from local.host.results import tool_result

TEXT = {"type": "text", "text": "hello"}


def decoded(value):
    return tool_result(Datum(value, "string"), envelope=True)


def envelope(kind, content, **more):
    return json.dumps({"type": kind, "content": json.dumps(content), **more})


@pytest.mark.parametrize(
    ("kind", "block"),
    [
        ("text", {"text": "hello"}),
        ("image", {"data": "AA==", "mimeType": "image/png"}),
        ("audio", {"data": "AA==", "mimeType": "audio/wav"}),
        ("resource", {"resource": {"uri": "a://b", "text": "c"}}),
        ("resource_link", {"uri": "a://b", "name": "b"}),
    ],
)
def test_a_single_block_is_wrapped(kind, block):
    assert {"content": [{"type": kind, **block}]} == decoded(envelope(kind, block))


def test_several_blocks_keep_their_order():
    blocks = [TEXT, {"type": "text", "text": "again"}]

    assert {"content": blocks} == decoded(envelope("multi_content_result", blocks))


def test_a_block_may_come_with_structured_content():
    value = envelope("text", TEXT, structuredContent=json.dumps({"n": 1}))

    assert {"content": [TEXT], "structuredContent": {"n": 1}} == decoded(value)


def test_a_whole_result_is_passed_on_without_what_mcp_does_not_know():
    whole = {"content": [TEXT], "structuredContent": {"n": 1}, "isError": True, "_meta": {"m": 2}, "more": 3}

    del (expected := dict(whole))["more"]
    assert expected == decoded(envelope("call_tool_result", whole))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "the returned value is not JSON"),
        ("plain", "the returned value is not JSON"),
        ("[]", "the returned value does not hold a JSON object"),
        ("{}", "the envelope has no type"),
        ('{"type":"text"}', "content is not a string of JSON"),
        (json.dumps({"type": "text", "content": TEXT}), "content is not a string of JSON"),
        (envelope("video", TEXT), "the envelope's type 'video' is unknown"),
        (envelope("text", {"type": "text"}), "a text block has no text"),
        (envelope("text", []), "content does not hold a JSON object"),
        (envelope("multi_content_result", []), "the result has no content blocks"),
        (envelope("multi_content_result", TEXT), "content does not hold a JSON array"),
        (envelope("multi_content_result", ["x"]), "a content block is none of"),
        (envelope("call_tool_result", {}), "the result has no content blocks"),
        (envelope("call_tool_result", {"content": [{"type": "x"}]}), "a content block is none of"),
        (
            envelope("call_tool_result", {"content": [TEXT], "isError": "no"}),
            "isError of the result is not bool",
        ),
        (envelope("text", TEXT, structuredContent={"n": 1}), "structuredContent is not a string of JSON"),
    ],
)
def test_a_bad_envelope_is_a_failed_invocation(value, why):
    with pytest.raises(InvocationError) as raised:
        decoded(value)

    assert str(raised.value).startswith(why)


def test_without_an_envelope_everything_is_text():
    assert {"content": [TEXT]} == tool_result(Datum("hello", "string"), envelope=False)


def test_no_value_has_no_content():
    assert {"content": []} == tool_result(Datum(None, None), envelope=False)


def test_bytes_show_as_dotnet_names_them():
    result = tool_result(Datum(b"hello", "bytes"), envelope=False)

    assert "System.Byte[]" == result["content"][0]["text"]


async def test_a_bad_envelope_is_masked_on_the_wire(caller):
    answer = await caller.call("returns", {"envelope": "plain"})

    assert {
        "content": [{"type": "text", "text": "An error occurred invoking 'returns'."}],
        "isError": True,
    } == answer["result"]
