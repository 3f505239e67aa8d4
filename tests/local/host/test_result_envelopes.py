"""How strictly the extension reads what a tool with `useResultSchema` returns."""

import json

import pytest
from azure_functions_runtime.bindings.datumdef import Datum

from local.host.dotnet_json import render
from local.host.errors import InvocationError
from local.host.extension_version import CURRENT, NEXT
from local.host.results import tool_result

TEXT = {"type": "text", "text": "hello"}


def decoded(value, version=CURRENT):
    return json.loads(render(tool_result(Datum(value, "string"), envelope=True, version=version)))


def envelope(kind, content, **more):
    return json.dumps({"type": kind, "content": json.dumps(content), **more})


@pytest.mark.parametrize(
    ("kind", "block"),
    [
        ("text", {"text": "hello"}),
        ("image", {"data": "AA==", "mimeType": "image/png"}),
        ("audio", {"data": "AA==", "mimeType": "audio/wav"}),
        ("resource", {"resource": {"uri": "a://b", "mimeType": None, "text": "c"}}),
        ("resource_link", {"uri": "a://b", "name": "b"}),
    ],
)
def test_a_single_block_is_wrapped(kind, block):
    assert {"content": [{"type": kind, **block}]} == decoded(envelope(kind, {"type": kind, **block}))


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
        (envelope("text", {"text": "hello"}), "a content block is none of"),
        (envelope("text", {**TEXT, "name": 5}), "name of a block is no text"),
        (envelope("text", {**TEXT, "size": 1.5}), "size of a block is no whole number"),
        (envelope("text", {**TEXT, "annotations": {"audience": ["me"]}}), "audience of a block"),
        (envelope("text", {**TEXT, "_meta": []}), "_meta is no object"),
        (envelope("text", {"type": "resource", "resource": {"uri": "a://b"}}), "a resource block has no"),
        (envelope("text", {"type": "resource", "resource": {"text": "", "x": [{}]}}), "an unknown object"),
        (envelope("text", {"type": "text"}), "a text block has no text"),
        (envelope("text", []), "content does not hold a JSON object"),
        (envelope("multi_content_result", []), "the result has no content blocks"),
        (envelope("multi_content_result", TEXT), "content does not hold a JSON array"),
        (envelope("multi_content_result", ["x"]), "a content block is no object"),
        (envelope("call_tool_result", {"content": "x"}), "content of the result is no list"),
        (envelope("call_tool_result", {"content": [{"type": "x"}]}), "a content block is none of"),
        (
            envelope("call_tool_result", {"content": [TEXT], "isError": "no"}),
            "isError of the result is neither true nor false",
        ),
        (envelope("text", TEXT, structuredContent={"n": 1}), "structuredContent is not a string of JSON"),
    ],
)
def test_a_bad_envelope_is_a_failed_invocation(value, why):
    with pytest.raises(InvocationError) as raised:
        decoded(value)

    assert str(raised.value).startswith(why)


@pytest.mark.parametrize("kind", ["song", "IMAGE", "Call_Tool_Result "])
def test_a_block_says_itself_what_it_is(kind):
    assert {"content": [TEXT]} == decoded(envelope(kind, TEXT))


def test_members_of_envelope_and_result_count_in_any_case():
    whole = {"Content": [TEXT], "STRUCTUREDCONTENT": 1, "IsError": False, "_META": {"m": 2}}

    assert {"content": [TEXT], "structuredContent": 1, "isError": False, "_meta": {"m": 2}} == decoded(
        json.dumps({"TYPE": "CALL_TOOL_RESULT", "cOntent": json.dumps(whole)})
    )


def test_what_mcp_does_not_know_of_a_block_is_dropped_and_a_link_keeps_its_title_in_the_next_version():
    link = {"type": "resource_link", "title": "T", "uri": "a://b", "name": "b", "_meta": {}, "more": {"a": 1}}

    current, following = (decoded(envelope("text", link), version) for version in (CURRENT, NEXT))

    assert {"content": [{"type": "resource_link", "uri": "a://b", "name": "b"}]} == current
    assert "T" == following["content"][0]["title"]


def nested(levels):
    value = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return {"content": [TEXT], "structuredContent": value}


def test_a_result_is_nested_at_most_as_deep_as_dotnet_reads_and_writes_the_message():
    # The message and its result are two levels around the structured content.
    assert "structuredContent" in decoded(envelope("call_tool_result", nested(62)))
    with pytest.raises(InvocationError):
        decoded(envelope("call_tool_result", nested(63)))


def test_a_lone_surrogate_fails_an_invocation_and_a_pair_does_not():
    assert "\U0001f600" in decoded(envelope("text", {**TEXT, "text": "\ud83d\ude00"}))["content"][0]["text"]
    with pytest.raises(InvocationError):
        decoded(envelope("call_tool_result", {"content": [TEXT], "structuredContent": {"\ude00": 1}}))


def test_numbers_keep_their_digits():
    text = (
        '{"type":"call_tool_result","content":"{\\"content\\":[],\\"structuredContent\\":[1.0,1e400,-0.0]}"}'
    )

    assert '"structuredContent":[1.0,1e400,-0.0]' in render(tool_result(Datum(text, "string"), envelope=True))


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
