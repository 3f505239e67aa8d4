"""Creating, changing, discussing and linking work items."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.errors import ToolError
from shared.mcp.toolset import ToolFunction
from shared.text.content import NOTICE
from shared.tools.devops.work_item_views import WorkItem
from shared.tools.devops.work_items import devops_get_work_item, devops_search_work_items
from shared.tools.devops.work_items_writing import (
    devops_comment_on_work_item,
    devops_create_work_item,
    devops_link_work_items,
    devops_update_work_item,
    toolset,
)
from shared.tools.preferences import set_preferences
from tests.shared.tools.sandbox import Sandbox

LARKSPUR = {"organization": "larkspur"}
BOOKING = {**LARKSPUR, "project": "Booking"}
PULL_REQUEST = (
    "vstfs:///Git/PullRequestId/2c7e91d4-6b58-4a3f-9e0d-7f1a2b3c4d5e%2F"
    "f44ee787-a48c-5865-95d6-080850853dd5%2F412"
)
WRITES: list[tuple[ToolFunction, dict[str, Any]]] = [
    (devops_create_work_item, {**BOOKING, "work_item_type": "Task", "title": "Look at the cache"}),
    (devops_update_work_item, {**LARKSPUR, "work_item_id": 1305, "rev": 4, "state": "Resolved"}),
    (devops_comment_on_work_item, {**LARKSPUR, "work_item_id": 1305, "text": "Seen."}),
    (
        devops_link_work_items,
        {**LARKSPUR, "work_item_id": 1305, "links": [{"kind": "build", "target": 4711}]},
    ),
]
each_write = pytest.mark.parametrize(
    ("function", "arguments"), WRITES, ids=[each[0].__name__ for each in WRITES]
)


async def read(sandbox: Sandbox, work_item_id: int) -> WorkItem:
    page = await sandbox.call(devops_get_work_item, work_item_ids=[work_item_id], comments=25, **LARKSPUR)
    return page.items[0]


async def total(sandbox: Sandbox) -> int:
    query = "SELECT [System.Id] FROM WorkItems"
    return (await sandbox.call(devops_search_work_items, query=query, limit=1, **LARKSPUR)).total


async def asked(sandbox: Sandbox, *methods: str) -> list[str]:
    """The paths of the requests Azure DevOps had with these methods, or with any."""
    journal = (await sandbox.control("GET", "devops", "journal")).json()
    return [
        entry["path"]
        for entry in journal
        if entry["event"] in ("request", "fault") and (not methods or entry.get("method") in methods)
    ]


async def refusal(sandbox: Sandbox, function: ToolFunction, user: str = "ana", **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await sandbox.call(function, user, **arguments)
    return refused.value


@each_write
async def test_a_result_keeps_its_schema(sandbox: Sandbox, function: ToolFunction, arguments: dict[str, Any]):
    if "rev" in arguments:
        arguments = {**arguments, "rev": (await read(sandbox, 1305)).rev}
    result = await sandbox.call(function, **arguments)
    tool = next(tool for tool in toolset if tool.function is function)

    Draft202012Validator(tool.output_schema).validate(result.model_dump(mode="json"))


@each_write
@pytest.mark.parametrize("user", ["chiara", "dmitri"])
async def test_writing_needs_consent(
    read_only: Sandbox, function: ToolFunction, arguments: dict[str, Any], user: str
):
    refused = await refusal(read_only, function, user, **arguments)

    assert ("consent_required", True) == (refused.code, "vso.work_write" in str(refused.details))
    assert [] == await asked(read_only)


@each_write
@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (403, "forbidden", None),
        (404, "not_found", None),
        (429, "throttled", None),
        (503, "unavailable", "unknown"),
    ],
)
async def test_a_write_that_fails_is_not_repeated(
    read_only: Sandbox,
    function: ToolFunction,
    arguments: dict[str, Any],
    status: int,
    code: str,
    outcome: str | None,
):
    method = "PATCH" if function in (devops_update_work_item, devops_link_work_items) else "POST"
    await read_only.fail("devops", method=method, status=status, json={})
    refused = await refusal(read_only, function, **arguments)
    journal = (await read_only.control("GET", "devops", "journal")).json()

    assert (code, outcome) == (refused.code, refused.details.get("outcome"))
    assert 1 == len([entry for entry in journal if entry["event"] == "fault"])


async def test_a_work_item_is_created_with_its_links_in_one_step(sandbox: Sandbox):
    created = await sandbox.call(
        devops_create_work_item,
        work_item_type="Bug",
        title="Build 4711: redis-cache refuses connections",
        description="Step **Run integration tests** fails with `<refused>`.",
        assigned_to="dmitri.volkov@larkspur.example",
        iteration_path="Booking\\Sprint 47",
        tags=["redis", "build"],
        fields={"Microsoft.VSTS.Common.Priority": 1, "System.AreaPath": "Booking\\Platform"},
        links=[
            {"kind": "parent", "target": 1302},
            {"kind": "build", "target": 4711, "comment": "the failed run"},
            {"kind": "pull_request", "target": PULL_REQUEST},
            {"kind": "hyperlink", "target": "https://status.larkspur.example/cache?a=b"},
        ],
        **BOOKING,
    )
    item = await read(sandbox, created.id)

    assert ("New", 1, "Dmitri Volkov <dmitri.volkov@larkspur.example>") == (
        created.state,
        created.priority,
        created.assigned_to,
    )
    assert f"{sandbox.layout.devops}/larkspur/Booking/_workitems/edit/{created.id}" == created.web_url
    # Markdown stays as it was written.
    assert (
        "Step **Run integration tests** fails with `<refused>`."
        == item.texts["Microsoft.VSTS.TCM.ReproSteps"].text
    )
    assert ("build; redis", "Booking\\Platform") == (
        item.fields["System.Tags"],
        item.fields["System.AreaPath"],
    )
    assert [("parent", 1302), ("build", 4711), ("pull_request", 412), ("hyperlink", None)] == [
        (link.kind, link.id) for link in item.links
    ]
    assert "the failed run" == item.links[1].comment
    assert 1 == len([path for path in await asked(sandbox, "POST") if path.endswith("/$Bug")])


async def test_html_is_told_from_markdown(sandbox: Sandbox):
    created = await sandbox.call(
        devops_create_work_item,
        work_item_type="Task",
        title="Look at the cache",
        description="<p>It is <b>down</b></p>",
        description_format="html",
        **BOOKING,
    )

    assert "It is down" == (await read(sandbox, created.id)).texts["System.Description"].text


async def test_the_preferred_place_is_used(sandbox: Sandbox):
    await sandbox.call(set_preferences, organization="larkspur", project="Harbour Ops")
    created = await sandbox.call(devops_create_work_item, work_item_type="User Story", title="A gate")

    assert ("Harbour Ops", "User Story") == (created.project, created.type)


async def test_a_wrong_type_is_answered_with_those_there_are(read_only: Sandbox):
    before = await total(read_only)
    refused = await refusal(
        read_only, devops_create_work_item, work_item_type="../Bug", title="Nothing", **BOOKING
    )

    assert ("invalid_argument", "work_item_type") == (refused.code, refused.message.partition(":")[0])
    assert "One of: Bug, Epic, Feature, Task, User Story, Test Case, Störung." == refused.remedy
    assert before == await total(read_only)


async def test_a_value_the_rules_refuse_is_explained_and_nothing_is_created(read_only: Sandbox):
    before = await total(read_only)
    refused = await refusal(
        read_only,
        devops_create_work_item,
        work_item_type="Bug",
        title="Nothing",
        fields={"Microsoft.VSTS.Common.Severity": "9 - Cosmic"},
        **BOOKING,
    )

    assert "invalid_argument" == refused.code
    assert "Severity" in refused.message
    assert before == await total(read_only)


async def test_an_update_changes_what_is_given_and_leaves_the_rest(sandbox: Sandbox):
    before = await read(sandbox, 1305)
    updated = await sandbox.call(
        devops_update_work_item,
        work_item_id=1305,
        rev=before.rev,
        title="O'Brien cannot check in: \"'; --",
        state="Resolved",
        clear=["assigned_to", "Microsoft.VSTS.Common.Severity"],
        **LARKSPUR,
    )
    after = await read(sandbox, 1305)

    assert ("O'Brien cannot check in: \"'; --", "Resolved", None) == (
        updated.title,
        updated.state,
        updated.assigned_to,
    )
    assert before.rev < updated.rev == after.rev
    assert "Microsoft.VSTS.Common.Severity" not in after.fields
    assert before.texts == after.texts
    assert before.links == after.links


async def test_the_description_of_a_bug_is_its_repro_steps(sandbox: Sandbox):
    for work_item_id, field in ((1305, "Microsoft.VSTS.TCM.ReproSteps"), (1308, "System.Description")):
        item = await read(sandbox, work_item_id)
        await sandbox.call(
            devops_update_work_item,
            work_item_id=work_item_id,
            rev=item.rev,
            description="- one\n- two",
            **LARKSPUR,
        )

        assert "- one\n- two" == (await read(sandbox, work_item_id)).texts[field].text


async def test_a_change_to_an_older_revision_names_what_differs_and_writes_nothing(sandbox: Sandbox):
    seen = await read(sandbox, 1305)
    await sandbox.call(
        devops_update_work_item,
        "ben",
        work_item_id=1305,
        rev=seen.rev,
        state="Closed",
        tags=["x"],
        **LARKSPUR,
    )
    refused = await refusal(
        sandbox,
        devops_update_work_item,
        work_item_id=1305,
        rev=seen.rev,
        state="Resolved",
        title="Mine",
        **LARKSPUR,
    )
    now = await read(sandbox, 1305)

    assert "conflict" == refused.code
    assert (
        f"Work item 1305 is at revision {seen.rev + 1}, not {seen.rev}. "
        "Changed since, of what you change: System.State. Nothing was written."
    ) == refused.message
    assert {
        "current_version": str(now.rev),
        "differs": "System.State",
        "notice": NOTICE,
        "System.State": "Closed",
    } == refused.details
    assert ("Closed", seen.title, seen.rev + 1) == (now.state, now.title, now.rev)


async def test_a_conflict_over_other_fields_says_that_nothing_differs(sandbox: Sandbox):
    first = await read(sandbox, 1305)
    arguments = {**LARKSPUR, "work_item_id": 1305}
    await sandbox.call(devops_update_work_item, "ben", **arguments, rev=first.rev, title="His")
    seen = await read(sandbox, 1305)
    await sandbox.call(devops_comment_on_work_item, "ben", work_item_id=1305, text="Hm.", **LARKSPUR)
    refused = await refusal(
        sandbox, devops_update_work_item, work_item_id=1305, rev=seen.rev, title="Mine", **LARKSPUR
    )

    assert ("conflict", str(seen.rev + 1), "") == (
        refused.code,
        refused.details["current_version"],
        refused.details["differs"],
    )
    assert "Nothing of what you change was changed since." in refused.message


async def test_a_conflict_over_people_and_long_texts_keeps_them_out_of_its_details(sandbox: Sandbox):
    seen = await read(sandbox, 1305)
    change = {"assigned_to": "ben.osei@larkspur.example", "description": "long " * 50}
    arguments = {**LARKSPUR, "work_item_id": 1305, "rev": seen.rev}
    await sandbox.call(devops_update_work_item, "ben", **arguments, **change)
    refused = await refusal(sandbox, devops_update_work_item, **arguments, **change)

    assert ("(a person)", "(a longer text)") == (
        refused.details["System.AssignedTo"],
        refused.details["Microsoft.VSTS.TCM.ReproSteps"],
    )


async def test_a_comment_ends_the_discussion(sandbox: Sandbox):
    before = await read(sandbox, 1305)
    written = await sandbox.call(
        devops_comment_on_work_item, work_item_id="#1305", text="Fixed in **412**", **LARKSPUR
    )
    after = await read(sandbox, 1305)

    assert (written.id, "Fixed in **412**") == (after.comments.items[0].id, after.comments.items[0].text.text)
    assert "Ana Duarte <ana.duarte@larkspur.example>" == after.comments.items[0].author
    assert len(before.comments.items) + 1 == len(after.comments.items)
    assert written.web_url == after.web_url


async def test_a_comment_in_html_is_read_as_text(sandbox: Sandbox):
    await sandbox.call(
        devops_comment_on_work_item,
        work_item_id=1305,
        text="<div>Fixed <b>now</b></div>",
        text_format="html",
        **LARKSPUR,
    )

    assert "Fixed now" == (await read(sandbox, 1305)).comments.items[0].text.text


@pytest.mark.parametrize(
    ("kind", "back"),
    [
        ("child", "parent"),
        ("related", "related"),
        ("predecessor", "successor"),
        ("successor", "predecessor"),
    ],
)
async def test_a_link_is_seen_from_both_ends(sandbox: Sandbox, kind: str, back: str):
    links = [{"kind": kind, "target": 1309, "comment": "same run"}]
    linked = await sandbox.call(devops_link_work_items, work_item_id=1308, links=links, **LARKSPUR)
    source, target = await read(sandbox, 1308), await read(sandbox, 1309)

    assert (kind, 1309, "same run") == (source.links[-1].kind, source.links[-1].id, source.links[-1].comment)
    assert (back, 1308) == (target.links[-1].kind, target.links[-1].id)
    assert source.rev == linked.rev


async def test_links_are_added_all_or_none(read_only: Sandbox):
    before = await read(read_only, 1303)
    links = [{"kind": "hyperlink", "target": "https://larkspur.example"}, {"kind": "parent", "target": 1001}]
    refused = await refusal(read_only, devops_link_work_items, work_item_id=1303, links=links, **LARKSPUR)

    assert "invalid_argument" == refused.code
    assert "has a parent already" in refused.message
    assert before == await read(read_only, 1303)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("parent", "../1302"),
        ("related", "https://elsewhere.example/larkspur/Booking/_workitems/edit/1302"),
        ("related", "https://devops.test/larkspur-labs/Prototypes/_workitems/edit/1"),
        ("build", "4711/logs"),
        ("build", "20261118.4"),
        ("pull_request", "vstfs:///Git/PullRequestId/../../412"),
        ("hyperlink", "javascript:alert(1)"),
        ("hyperlink", "https://"),
    ],
)
async def test_a_target_of_another_kind_is_refused_before_anybody_is_asked(
    read_only: Sandbox, kind: str, target: str
):
    links = [{"kind": kind, "target": target}]
    refused = await refusal(read_only, devops_link_work_items, work_item_id=1303, links=links, **LARKSPUR)

    assert "invalid_argument" == refused.code
    assert [] == await asked(read_only)


@pytest.mark.parametrize(
    ("function", "argument", "wrong"),
    [
        (devops_create_work_item, "title", ""),
        (devops_create_work_item, "title", "x" * 256),
        (devops_create_work_item, "tags", ["a;b"]),
        (devops_create_work_item, "fields", {"System/Title": "x"}),
        (devops_create_work_item, "links", [{"kind": "friend", "target": 1}]),
        (devops_update_work_item, "rev", 0),
        (devops_update_work_item, "rev", "four"),
        (devops_update_work_item, "fields", {"system.state": "New"}),
        (devops_comment_on_work_item, "text", "  "),
        (devops_link_work_items, "links", []),
    ],
)
async def test_a_bad_argument_is_named_before_anybody_is_asked(
    read_only: Sandbox, function: ToolFunction, argument: str, wrong: object
):
    arguments = {**dict(WRITES)[function], argument: wrong}
    refused = await refusal(read_only, function, **arguments)

    assert "invalid_argument" == refused.code
    assert refused.message.startswith(argument)
    assert [] == await asked(read_only)


async def test_an_update_without_a_change_is_refused(read_only: Sandbox):
    refused = await refusal(read_only, devops_update_work_item, work_item_id=1305, rev=1, **LARKSPUR)

    assert "invalid_argument" == refused.code
    assert [] == await asked(read_only)


@pytest.mark.parametrize("function", [each[0] for each in WRITES if each[0] is not devops_create_work_item])
async def test_a_work_item_there_is_not_is_not_found(read_only: Sandbox, function: ToolFunction):
    refused = await refusal(read_only, function, **{**dict(WRITES)[function], "work_item_id": 999_999})

    assert "not_found" == refused.code
    assert "999999" in refused.message
