"""Arguments that every tool takes, and what an attacker would put in their place."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.mcp.toolset import Tool

HARMLESS = (
    "probe-value",
    "probe-value@probe-value.example",
    "/probe-value/probe-value/probe-value",
    "https://probe-value.example/probe-value",
)
"""Values that do nothing; where they arrive is where every other value may arrive."""

URL_TRICKS: Mapping[str, str] = {
    "parent folders": "../../../admin",
    "quoted dots and slashes": "%2e%2e%2f..%2f%252fadmin",
    "backslashes and query": "..\\..\\1?$select=passwordProfile&api-version=1",
    "fragment": "1#/../../users",
    "user info": "x@attacker.example",
    "address": "https://attacker.example/v1.0/me",
    "address with user info": "https://devops.test@attacker.example/larkspur/Booking/_build/results",
    "address that climbs": "https://devops.test/larkspur/../_build/results?buildId=1",
    "unicode dots and slashes": "\uff0e\uff0e\uff0f\u2024\u2024\u2215admin",
    "zero byte, line break, quotes and brackets": "'\"]{}\0\r\nX-Injected: yes/../or 1 eq 1",
}

# ConnectionPool, which one piece of code fills in for every tool, and texts, which no address is made of.
_ALIKE = frozenset(
    (
        "organization", "project", "time_zone", "body", "text", "content", "comment", "title", "description",
        "note", "location", "subject",
    )
)  # fmt: skip


def tricks_for(argument: str) -> Mapping[str, str]:
    """What is tried on an argument: a few tricks where all tools treat it alike."""
    few = dict([*URL_TRICKS.items()][:3])
    return few if argument in _ALIKE else URL_TRICKS


_BY_NAME: Mapping[str, Any] = {
    "organization": "larkspur",
    "project": "Booking",
    "version": '"v1"',
    "to": ["ben.osei@larkspur.example"],
    "attendees": ["ben.osei@larkspur.example"],
    "people": ["ben.osei@larkspur.example"],
    "sender": "ben.osei@larkspur.example",
    "start": "2026-11-23",
    "site": "onedrive",
    "task_id": "todo:aaaaaaaaaaaaaaaaaaaaaaaa:bbbbbbbbbbbbbbbbbbbbbbbb",
    "message_id": "AAMkAGI2TG93AAA=",
    "event_id": "AAMkAGI2TG93AAA=",
    "draft_id": "AAMkAGI2TG93AAA=",
    "work_item_ids": ["1303"],
    "work_item_id": "1303",
    "work_item_type": "Bug",
    "name": "probe.txt",
    "text": "text",
    "page": "/Probe",
    "path": "/Probe",
    "mark": "read",
    "pull_request": "412",
    "state": "Active",
    "subject": "Probe",
    "links": [{"kind": "related", "to": "1302"}],
    "fields": {"Title": "x"},
    "rev": 1,
    "build": "1",
    "last_source_commit": "0123456789abcdef0123456789abcdef01234567",
    "approval_id": "ee14f612-0000-4000-8000-000000000001",
    "definition": "12",
    "title": "Probe",
}
_OF_A_TOOL: Mapping[str, Mapping[str, Any]] = {
    "graph_organize_email": {"mark": "read"},
    "graph_update_event": {"subject": "Probe"},
    "devops_update_work_item": {"title": "Probe"},
    "devops_update_work_items": {
        "updates": [{"work_item_id": "1303", "rev": 1, "fields": {"System.Title": "x"}}]
    },
    "devops_attach_to_work_item": {"name": "probe.txt"},
    "devops_update_wiki_page": {"version": "0" * 40},
    "sharepoint_list_lists": {"site": "root"},
    "sharepoint_get_list_items": {"site": "root"},
    "sharepoint_create_list_item": {"site": "root"},
    "sharepoint_update_list_item": {"site": "root"},
    "sharepoint_delete_list_item": {"site": "root"},
    "sharepoint_organize_file": {"file": "b!probe:01PROBE", "action": "copy", "name": "probe.txt"},
    "devops_list_security_alerts": {"repository": "booking-api"},
    "graph_read": {"path": "/me/messages"},
    "devops_read": {"path": "/{project}/_apis/wit/tags"},
    "sharepoint_delete_file": {"file": "b!probe:01PROBE"},
    "sharepoint_share_file": {"file": "b!probe:01PROBE", "people": ["ben.osei@larkspur.example"]},
}


def arguments_of(tool: Tool) -> dict[str, Any]:
    """Arguments that fit the tool: all that are required, and the places where it looks."""
    properties = tool.input_schema["properties"]
    named = {*tool.input_schema.get("required", ()), "organization", "project", "site", "text"}
    made = {
        name: _BY_NAME.get(name, _sample(schema, tool))
        for name, schema in properties.items()
        if name in named
    }
    return {**made, **_OF_A_TOOL.get(tool.name, {})}


def attacked(tool: Tool) -> Iterator[tuple[str, bool]]:
    """Where a text can be put into the arguments of a tool, and whether it stands in a list there.

    Cursors are left out: no text but the server's own is one.
    """
    for name, schema in tool.input_schema["properties"].items():
        variants = [schema, *schema.get("anyOf", ())]
        if name != "cursor" and any(map(_is_text, variants)):
            yield name, False
        elif any(_is_text(each["items"]) for each in variants if each.get("type") == "array"):
            yield name, True


def with_value(tool: Tool, argument: str, value: str, *, listed: bool) -> dict[str, Any]:
    """The tool's arguments with one of them replaced."""
    return {**arguments_of(tool), argument: [value] if listed else value}


def _is_text(schema: Mapping[str, Any]) -> bool:
    choices = [schema, *schema.get("anyOf", ())]
    return any(each.get("type") == "string" and "enum" not in each for each in choices)


def _sample(schema: Mapping[str, Any], tool: Tool) -> Any:
    variant = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
    match variant:
        case {"enum": [first, *_]}:
            return first
        case {"type": "integer"}:
            return variant.get("minimum", 1)
        case {"type": "array"}:
            return [_sample(variant.get("items", {}), tool)]
        case {"type": "object"}:
            return {"Title": "x"}
        case {"type": "boolean"}:
            return False
    return "sample-0002"
