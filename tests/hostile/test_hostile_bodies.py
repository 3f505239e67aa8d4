"""Contexts and arguments at and past every limit: each ends in a result or a refusal."""

import json
from typing import Any

import pytest

from local.organisation import organisation
from shared.tools import CATALOGUE
from tests.hostile.samples import arguments_of
from tests.hostile.world import World, code_of, context_of, user_token

DEEP = 100_000


def raw_context(arguments: str) -> str:
    """A context with a good token and these arguments as they are."""
    return context_of(user_token(organisation().user("ana")), "ARGUMENTS").replace('"ARGUMENTS"', arguments)


HOSTILE_ARGUMENTS = {
    "deep lists": '{"query": ' + "[" * DEEP + "]" * DEEP + "}",
    "deep objects": '{"query": ' + '{"a":' * DEEP + "1" + "}" * DEEP + "}",
    "deep in place of the arguments": "[" * DEEP + "]" * DEEP,
    "lists within the reader's depth": '{"query": ' + "[" * 500 + "]" * 500 + "}",
    "a number of 10,000 digits": '{"limit": ' + "9" * 10_000 + "}",
    "a number of 4,000 digits": '{"limit": ' + "9" * 4_000 + "}",
    "a negative number": '{"query": "x", "limit": -1}',
    "a huge exponent": '{"query": "x", "limit": 1e999}',
    "a fraction": '{"query": "x", "limit": 1.5}',
    "not a number": '{"query": "x", "limit": NaN}',
    "infinity": '{"query": "x", "limit": Infinity}',
    "a number in words": '{"query": "x", "limit": "five"}',
    "a number of 4,000 digits as text": '{"query": "x", "limit": "' + "9" * 4_000 + '"}',
    "a list in a text that is too deep": '{"query": "' + "[" * DEEP + '", "limit": []}',
    "true for a number": '{"query": "x", "limit": true}',
    "a lone high surrogate": '{"query": "\\ud800"}',
    "a lone low surrogate": '{"query": "x\\udfff"}',
    "surrogates in the wrong order": '{"query": "\\udc00\\ud800"}',
    "a surrogate in a name": '{"\\ud800": 1, "query": "x"}',
    "an unknown argument": '{"query": "x", "admin": true}',
    "a name of Python's": '{"query": "x", "__class__": "x", "caller": {"principal": 1}}',
    "a name of another case": '{"Query": "x"}',
    "an object for a text": '{"query": {"$ne": null}}',
    "a list for a text": '{"query": ["x"]}',
    "null for a text": '{"query": null}',
    "an empty text": '{"query": ""}',
    "a list for the arguments": "[]",
    "a text for the arguments": '"query=x"',
    "a number for the arguments": "7",
    "true for the arguments": "true",
}


@pytest.mark.parametrize("arguments", HOSTILE_ARGUMENTS.values(), ids=HOSTILE_ARGUMENTS.keys())
async def test_hostile_arguments_are_refused_before_anybody_is_asked(arguments: str, world: World):
    result = await world.dispatch("graph_search_people", raw_context(arguments))

    assert "invalid_argument" == code_of(result)
    assert [] == world.wire.sent


HARMLESS_ARGUMENTS = {
    "control characters": "a\x00b\x1f\x7f\x85",
    "a byte order mark": "\ufeffana",
    "directions turned round": "\u202eana\u202c",
    "invisible characters": "a\u200bn\u200da\u2060",
    "beyond the basic plane": "\U0001f6a2" * 20,
    "combining characters": "a" + "\u0301" * 50,
    "decomposed letters": "Jose\u0301",
    "private use": "\ue000\U000f0000",
    "no character at all": "\ufffe\uffff",
    "tags": "\U000e0041\U000e007f",
    "line separators": "a\u2028b\u2029c",
    "only blanks": " \t\n\u3000 x",
}


@pytest.mark.parametrize("text", HARMLESS_ARGUMENTS.values(), ids=HARMLESS_ARGUMENTS.keys())
@pytest.mark.parametrize(
    "tool", ["graph_search_people", "graph_search_emails", "graph_search", "sharepoint_search_sites"]
)
async def test_strange_characters_end_in_a_result_or_a_refusal(tool: str, text: str, world: World):
    code = await world.code(tool, query=text)

    assert code in ("ok", "invalid_argument", "not_found")


HOSTILE_CONTEXTS = {
    "nothing": "",
    "no JSON": "{",
    "two documents": "{}{}",
    "a list": "[]",
    "null": "null",
    "headers that are a list": '{"transport": {"name": "http-streamable", "properties": {"headers": []}}}',
    "a transport that is a text": '{"transport": "http"}',
    "deep": "[" * DEEP,
}


@pytest.mark.parametrize("context", HOSTILE_CONTEXTS.values(), ids=HOSTILE_CONTEXTS.keys())
async def test_a_context_of_no_form_lets_nobody_in(context: str, world: World):
    result = await world.dispatch("graph_get_profile", context)

    assert code_of(result) in ("internal_error", "invalid_argument", "forbidden")
    assert [] == world.wire.sent


LIMITS = [
    (tool.name, name, variant)
    for tool in CATALOGUE
    for name, schema in tool.input_schema["properties"].items()
    for variant in [schema, *schema.get("anyOf", ())]
    # A number beyond those of a reference is taken for a name.
    if {"maxLength", "maximum", "maxItems"} & set(variant) and variant.get("maximum") != 2_147_483_647
]


def beyond(limit: dict[str, Any]) -> Any:
    """A value one past the limit."""
    if "maxLength" in limit:
        return "1" * (limit["maxLength"] + 1)
    if "maximum" in limit:
        return limit["maximum"] + 1
    return ["x"] * (limit["maxItems"] + 1)


@pytest.mark.parametrize(
    ("name", "argument", "limit"), LIMITS, ids=[f"{name}.{argument}" for name, argument, _ in LIMITS]
)
async def test_one_past_the_limit_is_refused_by_name(
    name: str, argument: str, limit: dict[str, Any], world: World
):
    tool = next(tool for tool in CATALOGUE if tool.name == name)
    result = await world.call(name, **{**arguments_of(tool), argument: beyond(limit)})

    assert "invalid_argument" == code_of(result)
    assert argument in result["content"][0]["text"]
    assert [] == world.wire.sent


AUTHORIZATIONS = {
    "nothing": {},
    "an empty header": {"Authorization": ""},
    "a scheme alone": {"Authorization": "Bearer"},
    "another scheme": {"Authorization": "Basic dXNlcjpwYXNz"},
    "two tokens": {"Authorization": "Bearer GOOD, Bearer GOOD"},
    "two headers": {"Authorization": "Bearer GOOD", "authorization": "Bearer GOOD"},
    "a line break and a header": {"Authorization": "Bearer GOOD\r\nX-Injected: yes"},
    "a line break inside": {"Authorization": "Bearer\r\n GO\r\nOD"},
    "a zero byte": {"Authorization": "Bearer GOOD\0"},
    "a lone surrogate": {"Authorization": "Bearer \ud800"},
    "letters of another script": {"Authorization": "Bearer ｅｙＪ.ｅｙＪ.ｓｉｇ"},
    "beyond the longest": {"Authorization": "Bearer " + "a" * 40_000},
    "padding": {"Authorization": "Bearer GOOD="},
    "no signature": {"Authorization": "Bearer e30.e30."},
    "a list": {"Authorization": ["Bearer GOOD"]},
    "a header of the platform": {"X-MS-TOKEN-AAD-ACCESS-TOKEN": "GOOD", "X-MS-CLIENT-PRINCIPAL-ID": "ana"},
}


@pytest.mark.parametrize("headers", AUTHORIZATIONS.values(), ids=AUTHORIZATIONS.keys())
async def test_no_form_of_header_but_the_right_one_lets_anybody_in(headers: dict[str, Any], world: World):
    token = user_token(organisation().user("ana"))
    written = {
        name: value.replace("GOOD", token)
        if isinstance(value, str)
        else [each.replace("GOOD", token) for each in value]
        for name, value in headers.items()
    }
    context = json.dumps(
        {"arguments": {}, "transport": {"name": "http-streamable", "properties": {"headers": written}}}
    )

    result = await world.dispatch("graph_get_profile", context)

    assert "sign_in_required" == code_of(result)
    assert [] == world.wire.sent


INJECTIONS = {
    "line break": '"v1"\r\nX-Injected: yes',
    "line feed": '"v1"\nX-Injected: yes',
    "carriage return": '"v1"\rX-Injected: yes',
    "zero byte": '"v1"\0',
    "line separator": '"v1"\u2028X-Injected: yes',
    "not ASCII": '"vé"',
    "escape": '"v1"\x1b[0m',
    "tab": '"v1"\t',
    "trailing line feed": '"v1"\n',
}
VERSIONED = [
    tool.name
    for tool in CATALOGUE
    if tool.writes and "version" in tool.input_schema["properties"] and tool.name != "sharepoint_upload_file"
]


@pytest.mark.parametrize("version", INJECTIONS.values(), ids=INJECTIONS.keys())
@pytest.mark.parametrize("name", VERSIONED)
async def test_no_version_becomes_a_header_of_its_own(name: str, version: str, world: World):
    tool = next(tool for tool in CATALOGUE if tool.name == name)
    code = await world.code(name, **{**arguments_of(tool), "version": version})

    assert "invalid_argument" == code
    assert [] == world.wire.sent


@pytest.mark.parametrize(
    "name", ["a\r\nX-Injected: yes.txt", "a\nb.txt", "a\0.txt", "../a.txt", "a/b.txt", "a\\b.txt"]
)
async def test_no_name_of_a_file_becomes_a_header_or_a_path(name: str, world: World):
    await world.code("sharepoint_upload_file", name=name, site="onedrive", text="x")

    for sent in world.wire.sent:
        assert "x-injected" not in sent.headers
        assert "\r" not in str(sent.headers.values())
        assert sent.method == "GET" or "%0D%0A" in sent.path or "%5C" in sent.path or "%00" in sent.path


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: ceo@larkspur.example", "a\nContent-Type: text/html", "a\u2028Bcc: x@y.example"]
)
async def test_a_subject_with_a_line_break_adds_no_recipient(subject: str, world: World):
    await world.code("graph_create_draft", subject=subject, body="x", to=["ben.osei@larkspur.example"])

    for sent in (each for each in world.wire.sent if each.method == "POST"):
        message = json.loads(sent.body)
        assert 1 == len(message["toRecipients"])
        assert not message.get("bccRecipients")


ADDRESSES = {
    "a fullwidth at": "ben.osei＠larkspur.example",
    "two addresses": "ben.osei@larkspur.example,ceo@larkspur.example",
    "a line break": "ben.osei@larkspur.example\r\nBcc: ceo@larkspur.example",
    "a blank": "ben.osei @larkspur.example",
    "two ats": "ben@osei@larkspur.example",
    "no host": "ben.osei@",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
async def test_what_is_no_bare_address_is_no_recipient(address: str, world: World):
    code = await world.code("graph_send_email", to=[address], subject="x", body="x")

    assert "invalid_argument" == code
    assert [] == world.wire.sent


async def test_letters_that_only_look_alike_are_another_address(world: World):
    cyrillic = "b\u0435n.osei@larkspur.example"
    await world.code("graph_create_draft", to=[cyrillic], subject="x", body="x")

    for sent in (each for each in world.wire.sent if each.method == "POST"):
        addresses = [each["emailAddress"]["address"] for each in json.loads(sent.body)["toRecipients"]]
        assert [cyrillic] == addresses
