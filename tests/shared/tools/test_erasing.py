"""Nothing is erased but what `clear` names, and values arrive in the types that the services hold."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.storage.preference_store import Preferences
from shared.tools import CATALOGUE
from shared.tools.devops.work_items import devops_get_work_item
from shared.tools.devops.work_items_writing import devops_create_work_item, devops_update_work_item
from shared.tools.microsoft365.calendar import graph_get_event
from shared.tools.microsoft365.calendar_writing import graph_create_event, graph_update_event
from shared.tools.microsoft365.list_items import (
    sharepoint_create_list_item,
    sharepoint_get_list_items,
    sharepoint_update_list_item,
)
from shared.tools.microsoft365.mail_writing import graph_send_email
from shared.tools.preferences import get_preferences, set_preferences
from tests.shared.tools.sandbox import Sandbox

NOTHING = [None, "", " \n"]
LARKSPUR = {"organization": "larkspur"}
BEN = "ben.osei@larkspur.example"
INCIDENTS = {"site": "https://larkspur.sharepoint.com/sites/harbour-ops", "list_name": "Incidents"}
RELEASES = {"site": "https://larkspur.sharepoint.com/sites/engineering", "list_name": "releases"}
PRIORITY = "Microsoft.VSTS.Common.Priority"
SEVERITY = "Microsoft.VSTS.Common.Severity"
REMAINING = "Microsoft.VSTS.Scheduling.RemainingWork"
with_nothing = pytest.mark.parametrize("nothing", NOTHING)


def left_out(function: Any, given: dict[str, Any], nothing: Any) -> dict[str, Any]:
    """Returns arguments with all that are optional and not given sent as nothing."""
    (tool,) = (tool for tool in CATALOGUE if tool.function is function)
    return {**dict.fromkeys(tool.input_schema["properties"], nothing), **given}


async def refusal(sandbox: Sandbox, function: Any, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, **arguments)
    assert "invalid_argument" == refused.value.code
    return refused.value


async def written(sandbox: Sandbox) -> list[Any]:
    """Returns the changing requests that the services have had."""
    journals = [(await sandbox.control("GET", each, "journal")).json() for each in ("graph", "devops")]
    methods = ("POST", "PATCH", "PUT", "DELETE")
    return [each for journal in journals for each in journal if each.get("method") in methods]


async def work_item(sandbox: Sandbox, kind: str = "Task") -> Any:
    return await sandbox.call(
        devops_create_work_item,
        **LARKSPUR,
        project="Booking",
        work_item_type=kind,
        title="Erase nothing",
        description="Why, and *how*.",
        assigned_to=BEN,
        tags=["a1"],
        fields={PRIORITY: 1},
    )


async def read(sandbox: Sandbox, number: int) -> Any:
    page = await sandbox.call(devops_get_work_item, work_item_ids=[number], comments=1, **LARKSPUR)
    return page.items[0]


def told(item: Any) -> tuple[Any, ...]:
    return (
        item.title,
        item.assigned_to,
        item.fields.get("System.Tags"),
        [each.text for each in item.texts.values()],
    )


@with_nothing
@pytest.mark.parametrize("kind", ["Task", "Bug"])
async def test_a_work_item_keeps_what_is_sent_as_nothing(sandbox: Sandbox, nothing: Any, kind: str) -> None:
    made = await work_item(sandbox, kind)
    before = await read(sandbox, made.id)
    given = {**LARKSPUR, "work_item_id": made.id, "rev": made.rev, "tags": ["a2"]}
    await sandbox.call(devops_update_work_item, **left_out(devops_update_work_item, given, nothing))
    after = await read(sandbox, made.id)

    assert told(before) == (before.title, before.assigned_to, "a1", told(before)[3])
    assert before.assigned_to
    assert any("how" in text for text in told(before)[3])
    assert told(after) == (before.title, before.assigned_to, "a2", told(before)[3])
    assert before.priority == after.priority == 1


@pytest.mark.parametrize("kind", ["Task", "Bug"])
async def test_a_work_item_loses_what_is_named_in_clear(sandbox: Sandbox, kind: str) -> None:
    made = await work_item(sandbox, kind)
    given = {**LARKSPUR, "work_item_id": made.id, "rev": made.rev}
    cleared = ["description", "assigned_to", "tags", "System.Tags", PRIORITY]
    await sandbox.call(devops_update_work_item, **given, clear=cleared)
    after = await read(sandbox, made.id)

    assert ("Erase nothing", None, None, []) == told(after)
    assert after.priority is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fields": {PRIORITY: None}}, f"fields.{PRIORITY}: is empty; got null."),
        ({"fields": {PRIORITY: "", SEVERITY: " "}}, f"fields.{PRIORITY}: is empty; got an empty text."),
        ({"title": "New", "tags": []}, "tags: is empty; got a list."),
        ({"description": "", "assigned_to": None}, "arguments: nothing is to be changed."),
        ({"assigned_to": BEN, "clear": ["assigned_to"]}, "clear: System.AssignedTo is given a value too."),
        ({"description": "x", "clear": ["description"]}, "clear: "),
        ({"description": "x", "clear": ["System.Description"]}, "clear: "),
        ({"fields": {PRIORITY: 2}, "clear": [PRIORITY.lower()]}, "clear: "),
        ({"clear": ["title!"]}, "clear.0"),
        ({"fields": {PRIORITY: "high"}}, f"fields.{PRIORITY}: should be a whole number; got a text."),
        ({"fields": {PRIORITY: 1.5}}, f"fields.{PRIORITY}: should be a whole number; got a number."),
        ({"fields": {PRIORITY: True}}, f"fields.{PRIORITY}: should be a whole number; got true or false."),
        ({"fields": {SEVERITY: False}}, f"fields.{SEVERITY}: should be a text; got true or false."),
        ({"fields": {PRIORITY: [1]}}, f"fields.{PRIORITY}: must be a text, a number, true or false"),
    ],
)
async def test_a_change_of_a_work_item_that_could_mean_to_erase_is_refused_by_name(
    sandbox: Sandbox, change: dict[str, Any], said: str
) -> None:
    made = await work_item(sandbox)
    before = await written(sandbox)
    error = await refusal(
        sandbox, devops_update_work_item, **LARKSPUR, work_item_id=made.id, rev=made.rev, **change
    )

    assert error.message.startswith(said)
    assert before == await written(sandbox)


@pytest.mark.parametrize("sent", [2, "2", 2.0, " 2 "])
async def test_a_field_of_a_work_item_gets_its_own_type(sandbox: Sandbox, sent: Any) -> None:
    made = await work_item(sandbox)
    await sandbox.call(
        devops_update_work_item,
        **LARKSPUR,
        work_item_id=made.id,
        rev=made.rev,
        fields={PRIORITY: sent, REMAINING: "1.5"},
    )
    item = await read(sandbox, made.id)

    assert (2, 1.5) == (item.priority, item.fields[REMAINING])


async def event(sandbox: Sandbox) -> Any:
    made = await sandbox.call(
        graph_create_event,
        subject="Erase nothing",
        start="2026-12-01T10:00",
        end="2026-12-01T10:30",
        attendees=[BEN],
        body="Why",
        location="Lisbon",
        time_zone="UTC",
    )
    return await sandbox.call(graph_get_event, event_id=made.id)


def of_event(found: Any) -> tuple[Any, ...]:
    return found.subject, found.location, [each.address for each in found.attendees], found.body.text.strip()


@with_nothing
async def test_an_event_keeps_what_is_sent_as_nothing(sandbox: Sandbox, nothing: Any) -> None:
    before = await event(sandbox)
    given = {"event_id": before.id, "version": before.version, "subject": "New"}
    await sandbox.call(graph_update_event, **left_out(graph_update_event, given, nothing))
    after = await sandbox.call(graph_get_event, event_id=before.id)

    assert ("Erase nothing", "Lisbon", [BEN], "Why") == of_event(before)
    assert ("New", "Lisbon", [BEN], "Why") == of_event(after)


async def test_an_event_loses_what_is_named_in_clear(sandbox: Sandbox) -> None:
    before = await event(sandbox)
    given = {"event_id": before.id, "version": before.version}
    await sandbox.call(graph_update_event, **given, clear="location, attendees, body")
    after = await sandbox.call(graph_get_event, event_id=before.id)

    assert ("Erase nothing", None, [], "") == (after.subject, after.location or None, *of_event(after)[2:])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"add_attendees": [], "remove_attendees": []}, "Nothing is to be changed."),
        ({"location": ""}, "Nothing is to be changed."),
        ({"location": "Porto", "clear": ["location"]}, "clear: location is given a value too."),
        (
            {"clear": ["subject"]},
            "clear.0: input should be 'location', 'room', 'attendees', 'body', 'exceptions' or 'series_end'; "
            "got a text.",
        ),
    ],
)
async def test_a_change_of_an_event_that_could_mean_to_erase_is_refused_by_name(
    sandbox: Sandbox, change: dict[str, Any], said: str
) -> None:
    before = await event(sandbox)
    sent = await written(sandbox)
    error = await refusal(sandbox, graph_update_event, event_id=before.id, version=before.version, **change)

    assert error.message.startswith(said)
    assert sent == await written(sandbox)


async def incident(sandbox: Sandbox) -> Any:
    fields = {
        "Title": "Erase nothing",
        "Severity": "High",
        "DelayMinutes": "7",
        "Opened": "2026-11-20T10:00:00Z",
    }
    return await sandbox.call(sharepoint_create_list_item, **INCIDENTS, fields=fields)


async def test_a_column_of_a_list_gets_its_own_type(sandbox: Sandbox) -> None:
    made = await incident(sandbox)
    changed = await sandbox.call(
        sharepoint_update_list_item,
        **INCIDENTS,
        item_id=made.id,
        version=made.version,
        fields={"Title": 4711, "DelayMinutes": 8.0},
    )

    assert 7 == made.fields["DelayMinutes"]
    assert ("4711", 8) == (changed.fields["Title"], changed.fields["DelayMinutes"])


async def test_a_list_item_loses_the_columns_named_in_clear(sandbox: Sandbox) -> None:
    made = await incident(sandbox)
    changed = await sandbox.call(
        sharepoint_update_list_item,
        **INCIDENTS,
        item_id=made.id,
        version=made.version,
        clear=["DelayMinutes"],
    )

    assert (None, "High") == (changed.fields.get("DelayMinutes"), changed.fields["Severity"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fields": {"Severity": None}}, "fields.Severity: is empty; got null."),
        ({"fields": {"Severity": ""}}, "fields.Severity: is empty; got an empty text."),
        ({"fields": {"Severity": []}}, "fields.Severity: is empty; got a list."),
        ({"fields": None}, "fields: nothing is to be changed."),
        ({"fields": {}, "clear": ""}, "fields: nothing is to be changed."),
        ({"fields": {"Severity": "Low"}, "clear": ["Severity"]}, "clear: Severity is given a value too."),
        ({"fields": {"DelayMinutes": "long"}}, "fields.DelayMinutes: should be a number; got a text."),
        ({"fields": {"DelayMinutes": True}}, "fields.DelayMinutes: should be a number; got true or false."),
        ({"fields": {"Opened": 5}}, "fields.Opened: should be a time in ISO 8601"),
        ({"fields": {"Title": ["a"]}}, "fields.Title: should be a text; got a list."),
    ],
)
async def test_a_change_of_a_list_item_that_could_mean_to_erase_is_refused_by_name(
    sandbox: Sandbox, change: dict[str, Any], said: str
) -> None:
    made = await incident(sandbox)
    sent = await written(sandbox)
    error = await refusal(
        sandbox, sharepoint_update_list_item, **INCIDENTS, item_id=made.id, version=made.version, **change
    )

    assert error.message.startswith(said)
    assert sent == await written(sandbox)


@pytest.mark.parametrize(
    ("place", "condition", "same"),
    [
        (INCIDENTS, {"column": "DelayMinutes", "operator": "gt", "value": "20"}, 20),
        (INCIDENTS, {"column": "DelayMinutes", "operator": "gt", "value": " 20.0"}, 20),
        (RELEASES, {"column": "RolledBack", "operator": "eq", "value": "true"}, True),
        (RELEASES, {"column": "RolledBack", "operator": "eq", "value": "False"}, False),
    ],
)
async def test_a_filter_compares_in_the_type_of_the_column(
    read_only: Sandbox, place: dict[str, Any], condition: dict[str, Any], same: Any
) -> None:
    page = await read_only.call(sharepoint_get_list_items, **place, where=[condition], limit=100)
    typed = await read_only.call(
        sharepoint_get_list_items, **place, where=[{**condition, "value": same}], limit=100
    )

    assert page.items
    assert typed.items == page.items


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (
            {"column": "DelayMinutes", "value": "many"},
            "where.0.value (DelayMinutes): should be a number; got a text.",
        ),
        ({"column": "DelayMinutes", "value": True}, "where.0.value (DelayMinutes): should be a number"),
        ({"column": "Title", "value": True}, "where.0.value (Title): should be a text; got true or false."),
        ({"column": "Opened", "value": "yesterday"}, "where.0.value (Opened): should be a time in ISO 8601"),
        ({"column": "Opened", "value": 20261101}, "where.0.value (Opened): should be a time in ISO 8601"),
        (
            {"column": "DelayMinutes", "operator": "startswith", "value": 2},
            "where.0.operator: startswith is for",
        ),
        (
            {"column": "Title", "value": None},
            "where.0.value: must be a text, a number, true or false; got null.",
        ),
    ],
)
async def test_a_filter_that_nothing_could_meet_is_refused(
    read_only: Sandbox, condition: dict[str, Any], said: str
) -> None:
    error = await refusal(read_only, sharepoint_get_list_items, **INCIDENTS, where=[condition])

    assert error.message.startswith(said)


@with_nothing
async def test_no_email_is_sent_whose_text_is_nothing(sandbox: Sandbox, nothing: Any) -> None:
    error = await refusal(sandbox, graph_send_email, to=[BEN], subject="Empty", body=nothing)

    assert error.message.startswith("body: ")
    assert [] == await written(sandbox)


@with_nothing
async def test_preferences_keep_what_is_sent_as_nothing(sandbox: Sandbox, nothing: Any) -> None:
    await sandbox.call(set_preferences, organization="larkspur", project="Booking", time_zone="UTC")
    await sandbox.call(set_preferences, **left_out(set_preferences, {"team": "Booking Team"}, nothing))
    kept = Preferences(organization="larkspur", project="Booking", team="Booking Team", time_zone="UTC")

    assert kept == await sandbox.call(get_preferences)
    error = await refusal(sandbox, set_preferences, project="Other", clear=["project"])
    assert "clear: project is given a value too." == error.message
    assert kept == await sandbox.call(get_preferences)
