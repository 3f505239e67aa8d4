"""Fields of work items: what they mean comes from the service's data, not from names."""

import json
from typing import Any

import pytest

from local.organisation import organisation
from shared.errors import ToolError
from shared.tools.devops.work_items import (
    devops_get_work_item,
    devops_get_work_item_type,
    devops_list_my_work_items,
    devops_search_work_items,
)
from shared.tools.devops.work_items_writing import devops_create_work_item, devops_update_work_item
from tests.shared.tools.sandbox import Sandbox

LARKSPUR = {"organization": "larkspur"}
BOOKING = {**LARKSPUR, "project": "Booking"}
GUID_FIELD = "Custom.5766d65c-9f0c-4df9-b1e0-28b44864bce0"
STEPS = "Microsoft.VSTS.TCM.Steps"
ACCEPTANCE = "Microsoft.VSTS.Common.AcceptanceCriteria"


async def read(sandbox: Sandbox, work_item_id: int) -> Any:
    return (await sandbox.call(devops_get_work_item, work_item_ids=[work_item_id], **LARKSPUR)).items[0]


async def made(sandbox: Sandbox, kind: str = "Störung", **arguments: Any) -> Any:
    created = await sandbox.call(
        devops_create_work_item, work_item_type=kind, title="Gate 3 stays open", **arguments, **BOOKING
    )
    return await read(sandbox, created.id)


async def changed(sandbox: Sandbox, item: Any, **arguments: Any) -> Any:
    await sandbox.call(devops_update_work_item, work_item_id=item.id, rev=item.rev, **arguments, **LARKSPUR)
    return await read(sandbox, item.id)


@pytest.mark.parametrize("wanted", [["only"], ["b", "a"], []])
@pytest.mark.parametrize("before", [["a", "c"], []])
async def test_tags_are_exactly_those_given(sandbox: Sandbox, before: list[str], wanted: list[str]):
    item = await made(sandbox, tags=before)

    after = await changed(sandbox, item, **({"tags": wanted} if wanted else {"clear": ["tags"]}))

    assert ("; ".join(sorted(wanted)) or None) == after.fields.get("System.Tags")


async def test_tags_among_the_fields_are_exactly_those_too(sandbox: Sandbox):
    item = await made(sandbox, tags=["a", "c"])

    after = await changed(sandbox, item, fields={"system.tags": "x; y"})
    cleared = await changed(sandbox, after, clear=["System.Tags"])

    assert ("x; y", None) == (after.fields["System.Tags"], cleared.fields.get("System.Tags"))


async def test_tags_given_twice_are_refused(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_update_work_item,
            work_item_id=1302,
            rev=6,
            tags=["a"],
            fields={"System.Tags": "b"},
            **LARKSPUR,
        )

    assert "fields: System.Tags is given by another argument too." == refused.value.message


async def test_clearing_what_is_empty_still_refuses_an_old_revision(sandbox: Sandbox):
    item = await made(sandbox)

    same = await changed(sandbox, item, clear=["tags"])
    with pytest.raises(ToolError) as refused:
        await sandbox.call(
            devops_update_work_item, work_item_id=item.id, rev=item.rev + 1, clear=["tags"], **LARKSPUR
        )

    assert (item.rev, "conflict") == (same.rev, refused.value.code)


@pytest.mark.parametrize("name", [GUID_FIELD, "Custom.TestField@"])
async def test_a_field_is_written_and_read_by_any_name_the_service_made(sandbox: Sandbox, name: str):
    item = await made(sandbox, fields={name: "first"})
    after = await changed(sandbox, item, fields={name: "second"})
    chosen = await sandbox.call(devops_get_work_item, work_item_ids=[item.id], fields=[name], **LARKSPUR)
    found = await sandbox.call(
        devops_search_work_items,
        query=f"SELECT [{name}] FROM WorkItems WHERE [System.Id] = {item.id}",
        **LARKSPUR,
    )

    assert ("first", "second", "second", "second") == (
        item.fields[name],
        after.fields[name],
        chosen.items[0].fields[name],
        found.items[0].columns[name],
    )


@pytest.mark.parametrize("name", ["Custom", "Custom.a/b", "Custom.a b", "/fields/x.y", "Custom.", "a.b,c.d"])
async def test_what_is_no_name_of_a_field_is_refused(sandbox: Sandbox, name: str):
    with pytest.raises(ToolError) as refused:
        await made(sandbox, fields={name: "x"})

    assert "invalid_argument" == refused.value.code


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("Bug", "Microsoft.VSTS.TCM.ReproSteps"),
        ("Störung", "Microsoft.VSTS.TCM.ReproSteps"),
        ("Task", "System.Description"),
    ],
)
async def test_the_description_stands_where_the_form_of_the_type_shows_it(
    sandbox: Sandbox, kind: str, field: str
):
    item = await made(sandbox, kind, description="It **hangs**")
    after = await changed(sandbox, item, description="It *hung*")

    assert ({field: "It **hangs**"}, {field: "It *hung*"}) == (
        {name: each.text for name, each in item.texts.items()},
        {name: each.text for name, each in after.texts.items()},
    )


MARKDOWN = "- a\n- b\n\n**bold**"


@pytest.mark.parametrize(("kind", "field"), [("User Story", ACCEPTANCE), ("Störung", "Custom.ReleaseNote")])
async def test_every_html_field_takes_markdown_and_keeps_its_lines(sandbox: Sandbox, kind: str, field: str):
    item = await made(sandbox, kind, fields={field: MARKDOWN})

    assert MARKDOWN == item.texts[field].text


async def test_html_is_written_as_html_where_that_is_the_format(sandbox: Sandbox):
    item = await made(
        sandbox, fields={"Custom.ReleaseNote": "<p>It is <b>mended</b></p>"}, description_format="html"
    )

    assert "It is mended" == item.texts["Custom.ReleaseNote"].text


@pytest.mark.parametrize("text", ["Dictionary<string, int> x\n  at <module>", "if a < b:\n    c = d && e"])
async def test_plain_text_stays_plain_text(sandbox: Sandbox, text: str):
    item = await made(sandbox, fields={"Custom.Trace": text})

    assert text == item.texts["Custom.Trace"].text


async def test_without_types_of_fields_a_text_is_read_by_its_looks(sandbox: Sandbox):
    item = await made(
        sandbox,
        fields={"Custom.Trace": "Dictionary<string, int> x\n  y", "Custom.ReleaseNote": "<p>a</p><p>b</p>"},
        description_format="html",
    )
    await sandbox.fail("devops", path="*/_apis/wit/fields", status=403, json={})

    again = await read(sandbox, item.id)

    assert ["Dictionary<string, int> x\n  y", "a\nb"] == [
        again.texts["Custom.Trace"].text,
        again.texts["Custom.ReleaseNote"].text.replace("\n\n", "\n"),
    ]


async def test_steps_of_a_test_case_are_written_and_read_as_steps(sandbox: Sandbox):
    steps = "1. Open the <login> page\n   Expected: It is shown\n2. Shared steps: work item 1302\n3. Close it"

    item = await made(sandbox, "Test Case", fields={STEPS: steps})
    after = await changed(sandbox, item, fields={STEPS: "Look\nDecide"})

    assert (steps, "1. Look\n2. Decide") == (item.texts[STEPS].text, after.texts[STEPS].text)


async def test_a_state_counts_as_ended_by_its_category(sandbox: Sandbox):
    item = await made(sandbox, assigned_to=organisation().user("ana").user_principal_name)
    listed = await sandbox.call(devops_list_my_work_items, limit=100, **BOOKING)
    await changed(sandbox, item, state="Fertig")
    after = await sandbox.call(devops_list_my_work_items, limit=100, **BOOKING)
    everywhere = await sandbox.call(devops_list_my_work_items, limit=100, **LARKSPUR)
    ended = await sandbox.call(devops_list_my_work_items, limit=100, include_ended=True, **BOOKING)

    assert [True, False, False, True] == [
        item.id in [each.id for each in page.items] for page in (listed, after, everywhere, ended)
    ]
    assert {each.id for each in after.items} == {each.id for each in listed.items} - {item.id}


async def test_where_states_cannot_be_read_nothing_is_left_out_and_that_is_said(sandbox: Sandbox):
    await sandbox.fail("devops", path="*/Booking/_apis/wit/workitemtypes", status=403, json={})

    page = await sandbox.call(devops_list_my_work_items, limit=100, **BOOKING)

    assert "Closed" in {each.state for each in page.items}
    assert page.note and "The states of project Booking could not be read" in page.note


async def test_a_query_for_the_past_shows_the_values_of_that_moment(sandbox: Sandbox):
    item = await made(sandbox, "Task")
    created = (await read(sandbox, item.id)).fields["System.CreatedDate"]
    await changed(sandbox, item, title="Gate 3 is shut")
    query = f"SELECT [System.Title] FROM WorkItems WHERE [System.Id] = {item.id}"

    now = await sandbox.call(devops_search_work_items, query=query, **LARKSPUR)
    then = await sandbox.call(devops_search_work_items, query=f"{query} ASOF '{created}'", **LARKSPUR)

    assert ("Gate 3 is shut", "Gate 3 stays open") == (
        now.items[0].columns["System.Title"],
        then.items[0].columns["System.Title"],
    )


async def test_asof_inside_a_text_is_no_clause(sandbox: Sandbox):
    query = "SELECT [System.Title] FROM WorkItems WHERE [System.Title] <> 'as of ASOF ''x'''"
    await sandbox.call(devops_search_work_items, query=query, limit=1, **LARKSPUR)
    journal = (await sandbox.control("GET", "devops", "journal")).json()

    assert "timePrecision" not in json.dumps(journal)


async def test_a_time_of_day_in_a_query_is_understood(sandbox: Sandbox):
    found = await sandbox.call(
        devops_search_work_items,
        query="SELECT [System.Id] FROM WorkItems WHERE [System.ChangedDate] >= '2020-03-25T08:36:50Z'",
        limit=1,
        **LARKSPUR,
    )

    assert 0 < found.total


async def test_every_field_that_breaks_a_rule_is_named(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await made(
            sandbox,
            "Bug",
            fields={"Microsoft.VSTS.Common.Severity": "9", "Microsoft.VSTS.Common.ValueArea": "None"},
        )

    names = ["Microsoft.VSTS.Common.Severity", "Microsoft.VSTS.Common.ValueArea"]
    assert names == refused.value.details["fields"].split(", ")
    assert all(f"{name} (LimitedToValues, InvalidNotOldValue)" in refused.value.message for name in names)


async def test_defaults_and_allowed_values_have_the_type_of_their_field(sandbox: Sandbox):
    described = await sandbox.call(devops_get_work_item_type, work_item_type="Störung", **BOOKING)
    fields = {each.reference_name: each for each in described.fields}

    assert (False, 2) == (
        fields["Custom.Escalated"].default,
        fields["Microsoft.VSTS.Common.Priority"].default,
    )
    assert ["1", "2", "3", "4"] == fields["Microsoft.VSTS.Common.Priority"].allowed_values


@pytest.mark.parametrize("odd", [None, {"displayName": "Ana", "uniqueName": "a@b.example"}, 1.5, True])
async def test_one_odd_value_of_a_field_does_not_lose_the_type(sandbox: Sandbox, odd: object):
    field = {
        "referenceName": "Custom.Trace",
        "name": "Trace",
        "defaultValue": odd,
        "allowedValues": [odd, "plain"],
    }
    await sandbox.fail(
        "devops", path="*/workitemtypes/Bug/fields", status=200, json={"count": 1, "value": [field]}
    )

    described = await sandbox.call(devops_get_work_item_type, work_item_type="Bug", **BOOKING)

    assert "plain" == described.fields[0].allowed_values[-1]


@pytest.mark.parametrize(
    ("path", "source"), [("*/workitemsbatch", "titles of links"), ("*/comments", "comments")]
)
async def test_links_and_comments_that_cannot_be_read_are_gaps(sandbox: Sandbox, path: str, source: str):
    whole = await read(sandbox, 1304)
    if source == "titles of links":
        await sandbox.control(
            "PUT",
            "devops",
            "faults",
            [{"path": path, "times": 1, "latency": 0}, {"path": path, "status": 403, "json": {}}],
        )
    else:
        await sandbox.fail("devops", path=path, status=403, json={})

    item = await read(sandbox, 1304)

    assert [(source, "forbidden")] == [(each.source, each.code) for each in item.gaps]
    assert [(each.kind, each.id) for each in whole.links] == [(each.kind, each.id) for each in item.links]
    assert whole.texts == item.texts


async def test_a_value_of_an_odd_type_does_not_lose_the_work_item(sandbox: Sandbox):
    odd = {
        "id": 7,
        "rev": 1,
        "fields": {
            "System.Title": 5,
            "System.State": None,
            "Microsoft.VSTS.Common.Priority": "high",
            "System.ChangedDate": "soon",
            "Custom.List": ["a", {"b": 1}],
        },
        "relations": [
            {"rel": "AttachedFile", "url": "https://x", "attributes": {"name": "screen.png", "comment": 5}}
        ],
    }
    await sandbox.fail("devops", path="*/workitemsbatch", status=200, json={"count": 1, "value": [odd]})

    item = await read(sandbox, 7)

    assert ("5", "", None, None) == (item.title, item.state, item.priority, item.changed)
    assert [("attached_file", "screen.png", "https://x")] == [
        (each.kind, each.title, each.url) for each in item.links
    ]


@pytest.mark.parametrize("key", ["VssServiceException", "WorkItemRevisionLimitExceededException"])
async def test_a_refusal_that_comes_as_500_is_no_outage(sandbox: Sandbox, key: str):
    body = {"message": "Work item 1302 has 10000 revisions.", "typeKey": key}
    await sandbox.fail("devops", method="PATCH", status=500, json=body)

    with pytest.raises(ToolError) as refused:
        await sandbox.call(devops_update_work_item, work_item_id=1302, rev=6, title="x", **LARKSPUR)

    assert ("invalid_argument", False) == (refused.value.code, "outcome" in refused.value.details)
