from __future__ import annotations

from datetime import UTC, datetime

import pytest

from local.devops import work_items
from local.devops.people import Identity
from local.devops.work_item import Update, WorkItem

BOOKING = "/larkspur/Booking/_apis/wit"
ORGANIZATION = "/larkspur/_apis/wit"
PATCH = {"content-type": "application/json-patch+json"}


def add(path, value):
    return {"op": "add", "path": path, "value": value}


def field(name, value):
    return add(f"/fields/{name}", value)


TITLE = field("System.Title", "Integration tests cannot reach the cache")


@pytest.fixture
def patch(ana):
    async def send(item_id, *steps, **more):
        return await ana.patch(f"{ORGANIZATION}/workitems/{item_id}", json=list(steps), headers=PATCH, **more)

    return send


@pytest.fixture
def create(ana):
    async def send(kind, *steps, **more):
        return await ana.post(f"{BOOKING}/workitems/${kind}", json=list(steps), headers=PATCH, **more)

    return send


async def test_a_batch_keeps_the_order_and_the_fields_asked_for(ana):
    body = {
        "ids": [1304, 1302],
        "fields": ["System.Id", "System.Title", "System.Parent", "System.Description"],
    }

    batch = (await ana.post(f"{BOOKING}/workitemsbatch", json=body)).json()

    assert [1304, 1302] == [item["id"] for item in batch["value"]]
    assert (1304, 1004) == tuple(batch["value"][0]["fields"][f"System.{name}"] for name in ("Id", "Parent"))
    assert {"System.Id", "System.Parent", "System.Title"} == batch["value"][0]["fields"].keys()


async def test_a_batch_with_a_missing_id_fails_unless_told_to_omit_it(ana):
    failed = await ana.post(f"{BOOKING}/workitemsbatch", json={"ids": [1304, 99999]})
    omitted = await ana.post(f"{BOOKING}/workitemsbatch", json={"ids": [1304, 99999], "errorPolicy": "Omit"})

    assert (404, "WorkItemUnauthorizedAccessException") == (failed.status_code, failed.json()["typeKey"])
    assert (2, None) == (omitted.json()["count"], omitted.json()["value"][1])


async def test_a_batch_holds_200_ids_and_not_one_more(ana):
    allowed = await ana.post(f"{BOOKING}/workitemsbatch", json={"ids": [1304] * 200})
    refused = await ana.post(f"{BOOKING}/workitemsbatch", json={"ids": [1304] * 201})

    assert (200, 400) == (allowed.status_code, refused.status_code)
    assert "VssPropertyValidationException" == refused.json()["typeKey"]


async def test_fields_and_an_expansion_exclude_each_other(ana):
    body = {"ids": [1304], "fields": ["System.Id"], "$expand": "relations"}
    refused = await ana.post(f"{BOOKING}/workitemsbatch", json=body)

    assert (400, "ArgumentException") == (refused.status_code, refused.json()["typeKey"])


async def test_an_unknown_field_is_named(ana):
    refused = await ana.get(f"{BOOKING}/workitems/1304", params={"fields": "System.Colour"})

    assert 400 == refused.status_code
    assert refused.json()["message"].startswith("TF51535") and "System.Colour" in refused.json()["message"]


async def test_a_work_item_of_another_project_is_not_in_this_one(ana):
    refused = await ana.get(f"{BOOKING}/workitems/1310")

    assert (404, 3200) == (refused.status_code, refused.json()["eventId"])
    assert 200 == (await ana.get(f"{ORGANIZATION}/workitems/1310")).status_code


async def test_expansions_add_relations_and_links(ana):
    plain = (await ana.get(f"{ORGANIZATION}/workitems/1303")).json()
    everything = (await ana.get(f"{ORGANIZATION}/workitems/1303", params={"$expand": "all"})).json()

    assert not {"relations", "_links"} & plain.keys()
    assert ["Parent", "Pull Request"] == [each["attributes"]["name"] for each in everything["relations"]]
    assert everything["relations"][1]["url"].startswith("vstfs:///Git/PullRequestId/")
    assert everything["_links"]["html"]["href"].endswith("/_workitems/edit/1303")


async def test_creating_answers_200_with_defaults_filled_in(create):
    response = await create("User%20Story", TITLE, field("System.AssignedTo", "Ben Osei"))

    item = response.json()
    assert (200, 1, "New", "Booking") == (
        response.status_code,
        item["rev"],
        item["fields"]["System.State"],
        item["fields"]["System.AreaPath"],
    )
    assert "ben.osei@larkspur.example" == item["fields"]["System.AssignedTo"]["uniqueName"]
    assert "Ana Duarte" == item["fields"]["System.CreatedBy"]["displayName"]


async def test_the_dollar_may_be_encoded(ana):
    response = await ana.post(f"{BOOKING}/workitems/%24Task", json=[TITLE], headers=PATCH)

    assert "Task" == response.json()["fields"]["System.WorkItemType"]


async def test_validate_only_keeps_nothing(create, ana):
    before = (await create("Bug", TITLE)).json()["id"]
    validated = await create("Bug", TITLE, params={"validateOnly": "true"})
    after = (await create("Bug", TITLE)).json()["id"]

    assert (200, before + 1) == (validated.status_code, after)
    assert "id" not in validated.json()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_plain_json_is_an_unsupported_media_type(ana, method):
    path = f"{BOOKING}/workitems/$Bug" if method == "POST" else f"{BOOKING}/workitems/1304"
    refused = await ana.request(method, path, json=[TITLE])

    assert 415 == refused.status_code
    assert "application/json" in refused.json()["value"]["Message"]


async def test_an_unknown_type_is_a_404(create):
    refused = await create("Wish", TITLE)

    assert (404, "WorkItemTypeNotFoundException") == (refused.status_code, refused.json()["typeKey"])


@pytest.mark.parametrize(
    ("steps", "ref"),
    [
        ([], "System.Title"),
        ([field("System.Title", "x" * 256)], "System.Title"),
        ([TITLE, field("System.State", "Sleeping")], "System.State"),
        ([TITLE, field("Microsoft.VSTS.Common.Priority", 9)], "Microsoft.VSTS.Common.Priority"),
        ([TITLE, field("Microsoft.VSTS.Common.Priority", "high")], "Microsoft.VSTS.Common.Priority"),
        ([TITLE, field("System.AssignedTo", "Nobody")], "System.AssignedTo"),
        ([TITLE, field("System.AreaPath", "Booking\\Moon")], "System.AreaPath"),
        ([TITLE, field("System.IterationPath", "Sprint 47")], "System.IterationPath"),
        ([TITLE, field("System.CreatedDate", "2020-01-01")], "System.CreatedDate"),
        ([TITLE, field("Microsoft.VSTS.Common.Activity", "Sleeping")], "Microsoft.VSTS.Common.Activity"),
        (
            [TITLE, field("Microsoft.VSTS.Common.AcceptanceCriteria", "x")],
            "Microsoft.VSTS.Common.AcceptanceCriteria",
        ),
        ([TITLE, field("System.Description", 5)], "System.Description"),
    ],
)
async def test_a_broken_rule_names_its_field(create, steps, ref):
    refused = await create("Bug", *steps)

    assert (400, "RuleValidationException") == (refused.status_code, refused.json()["typeKey"])
    properties = refused.json()["customProperties"]
    named = [each["fieldReferenceName"] for each in properties.get("RuleValidationErrors", [])]
    assert [ref] == (named or [properties["FieldReferenceName"]])


@pytest.mark.parametrize(
    ("step", "type_key"),
    [
        (field("System.Colour", "red"), "WorkItemFieldInvalidException"),
        ({"op": "copy", "path": "/fields/System.Title"}, "VssPropertyValidationException"),
        (add("/colour", "red"), "PatchOperationFailedException"),
        ({"op": "remove", "path": "/relations/9"}, "PatchOperationFailedException"),
        (add("/relations/-", {"rel": "Cousin", "url": "x"}), "WorkItemLinkInvalidException"),
        (add("/relations/-", {"rel": "Hyperlink"}), "VssPropertyValidationException"),
        (
            add("/relations/-", {"rel": "ArtifactLink", "url": "vstfs:///Build/Build/4711"}),
            "WorkItemLinkInvalidException",
        ),
        ("not a step", "VssPropertyValidationException"),
    ],
)
async def test_a_step_that_cannot_be_done_is_refused(patch, step, type_key):
    refused = await patch(1304, step)

    assert (400, type_key) == (refused.status_code, refused.json()["typeKey"])


async def test_a_stale_revision_is_refused_and_changes_nothing(patch, ana):
    rev = (await ana.get(f"{ORGANIZATION}/workitems/1304")).json()["rev"]
    closed = field("System.State", "Closed")

    refused = await patch(1304, {"op": "test", "path": "/rev", "value": rev - 1}, closed)
    accepted = await patch(1304, {"op": "test", "path": "/rev", "value": rev}, closed)

    assert (412, "TestPatchOperationFailedException") == (refused.status_code, refused.json()["typeKey"])
    assert refused.json()["message"].startswith("VS403351")
    assert (200, rev + 1) == (accepted.status_code, accepted.json()["rev"])


async def test_a_refused_step_undoes_those_before_it(patch, ana):
    await patch(1304, field("System.Title", "Changed"), field("System.Colour", "red"))

    item = (await ana.get(f"{ORGANIZATION}/workitems/1304")).json()

    assert item["fields"]["System.Title"].startswith("Timetable shows")


async def test_a_new_state_sets_its_reason_and_dates(patch):
    fields = (await patch(1304, field("System.State", "closed"))).json()["fields"]

    assert ("Closed", "Acceptance tests pass") == (fields["System.State"], fields["System.Reason"])
    assert "2026-11-19T09:30:00Z" == fields["Microsoft.VSTS.Common.ClosedDate"]


async def test_tags_are_tidied_and_an_empty_value_removes_a_field(patch):
    fields = (
        await patch(
            1304, field("System.Tags", "timetable; build;cache; build"), field("System.AssignedTo", "")
        )
    ).json()["fields"]

    assert "build; cache; timetable" == fields["System.Tags"]
    assert "System.AssignedTo" not in fields


async def test_a_link_to_a_work_item_is_seen_from_both_ends(patch, ana):
    link = {
        "rel": "System.LinkTypes.Related",
        "url": "https://dev.azure.com/larkspur/_apis/wit/workItems/1303",
    }
    await patch(1304, add("/relations/-", {**link, "attributes": {"comment": "same cause"}}))

    other = (await ana.get(f"{ORGANIZATION}/workitems/1303", params={"$expand": "relations"})).json()

    assert other["relations"][-1]["url"].endswith("/_apis/wit/workItems/1304")


async def test_removing_a_link_removes_its_other_end(patch, ana):
    item = (await ana.get(f"{ORGANIZATION}/workitems/1304", params={"$expand": "relations"})).json()
    index = [each["rel"] for each in item["relations"]].index("System.LinkTypes.Related")
    unchanged = {"op": "test", "path": "/rev", "value": item["rev"]}
    await patch(1304, unchanged, {"op": "remove", "path": f"/relations/{index}"})

    other = (await ana.get(f"{ORGANIZATION}/workitems/1302", params={"$expand": "relations"})).json()

    assert "System.LinkTypes.Related" not in [each["rel"] for each in other["relations"]]


@pytest.mark.parametrize(
    ("rel", "target", "type_key"),
    [
        ("System.LinkTypes.Hierarchy-Reverse", 1001, "WorkItemLinkAddExtraParentException"),
        ("System.LinkTypes.Hierarchy-Forward", 1303, "WorkItemLinkAddExtraParentException"),
        ("System.LinkTypes.Related", 1302, "WorkItemLinkInvalidException"),
        ("System.LinkTypes.Related", 1304, "WorkItemLinkInvalidException"),
        ("System.LinkTypes.Related", 99999, "WorkItemUnauthorizedAccessException"),
    ],
)
async def test_impossible_links_are_refused(patch, rel, target, type_key):
    url = f"http://devops.test/larkspur/_apis/wit/workItems/{target}"
    refused = await patch(1304, add("/relations/-", {"rel": rel, "url": url}))

    assert type_key == refused.json()["typeKey"]


async def test_a_build_is_linked_as_an_artifact(patch):
    link = {"rel": "ArtifactLink", "url": "vstfs:///Build/Build/4711", "attributes": {"name": "Build"}}
    item = (await patch(1304, add("/relations/-", link))).json()

    assert {"name": "Build"} == item["relations"][-1]["attributes"]


async def test_the_last_update_has_no_time_of_its_own_and_one_of_links_no_fields(patch, ana):
    link = {"rel": "System.LinkTypes.Related", "url": f"https://devops.test{ORGANIZATION}/workItems/1303"}
    await patch(1305, add("/relations/-", link))
    own = (await ana.get(f"{ORGANIZATION}/workItems/1305/updates")).json()["value"]
    other = (await ana.get(f"{ORGANIZATION}/workItems/1303/updates")).json()["value"][-1]
    await patch(1305, field("Microsoft.VSTS.Common.Priority", 4))
    later = (await ana.get(f"{ORGANIZATION}/workItems/1305/updates")).json()["value"]

    assert "9999-01-01T00:00:00Z" == own[-1]["revisedDate"] == other["revisedDate"]
    assert not later[-2]["revisedDate"].startswith("9999") and "relations" not in later[-1]
    assert link["rel"] == own[-1]["relations"]["added"][0]["rel"] == other["relations"]["added"][0]["rel"]
    assert "fields" not in other
    assert "newValue" in own[-1]["fields"]["System.ChangedDate"]


async def test_what_a_link_adds_elsewhere_is_no_revision_of_its_own(patch, ana):
    moment = "2100-01-01T00:00:00Z"
    before = (await ana.get(f"{ORGANIZATION}/workitems/1303")).json()["rev"]
    link = {"rel": "System.LinkTypes.Related", "url": f"https://devops.test{ORGANIZATION}/workItems/1303"}
    await patch(1305, add("/relations/-", link))

    assert before == (await ana.get(f"{ORGANIZATION}/workitems/1303?asOf={moment}")).json()["rev"]
    past = "2026-11-19T09:00:00Z"
    assert before == (await ana.get(f"{ORGANIZATION}/workitems/1303?asOf={past}")).json()["rev"]


async def test_updates_tell_old_and_new_values(patch, ana):
    await patch(1304, field("System.State", "Resolved"))

    updates = (await ana.get(f"{ORGANIZATION}/workItems/1304/updates")).json()["value"]

    assert {"oldValue": "Active", "newValue": "Resolved"} == updates[-1]["fields"]["System.State"]


async def test_markdown_is_said_to_be_markdown(patch):
    markdown = add("/multilineFieldsFormat/System.Description", "Markdown")
    item = (await patch(1304, field("System.Description", "**b**"), markdown)).json()

    assert {"System.Description": "markdown"} == item["multilineFieldsFormat"]


async def test_a_history_entry_is_a_comment(patch):
    fields = (await patch(1304, field("System.History", "<b>noted</b>"))).json()["fields"]

    assert 3 == fields["System.CommentCount"]


async def tags_after(patch, *steps):
    answer = await patch(1304, *steps)

    assert answer.status_code == 200, answer.text
    return answer.json()["fields"].get("System.Tags")


async def test_added_tags_join_those_that_are_there_and_replaced_ones_do_not(patch):
    path = "/fields/System.Tags"
    first = await tags_after(patch, {"op": "replace", "path": path, "value": "b; a"})

    assert "a; b" == first
    assert "a; b; c" == await tags_after(patch, add(path, "c; A"))
    assert "a; b; c" == await tags_after(patch, add(path, ""))
    assert "d" == await tags_after(patch, {"op": "replace", "path": path, "value": "d"})
    assert await tags_after(patch, {"op": "replace", "path": path, "value": ""}) is None
    assert await tags_after(patch, add(path, "e"), {"op": "remove", "path": path}) is None


async def test_a_removal_has_no_value(patch):
    refused = await patch(1304, {"op": "remove", "path": "/fields/System.Tags", "value": "a"})

    assert (400, "Remove requires Value to be null.") == (
        refused.status_code,
        refused.json()["value"]["Message"],
    )


async def test_the_format_of_a_text_changes_only_with_the_text(patch):
    path = "System.Description"
    format_alone = add(f"/multilineFieldsFormat/{path}", "Markdown")
    alone = await patch(1304, format_alone)
    together = await patch(1304, format_alone, field(path, "**x**"))

    assert (400, 200) == (alone.status_code, together.status_code)
    assert {path: "markdown"} == together.json()["multilineFieldsFormat"]


async def test_all_broken_rules_are_told_at_once_and_the_message_names_one(create):
    refused = (
        await create(
            "Bug",
            field("Microsoft.VSTS.Common.Severity", "9"),
            field("Microsoft.VSTS.Common.Priority", 9),
        )
    ).json()
    named = [each["fieldReferenceName"] for each in refused["customProperties"]["RuleValidationErrors"]]

    assert ["System.Title", "Microsoft.VSTS.Common.Priority", "Microsoft.VSTS.Common.Severity"] == named
    assert refused["customProperties"]["FieldReferenceName"] is None
    assert "Severity" not in refused["message"]


async def test_a_work_item_of_very_many_revisions_is_refused_with_500(ana, patch, monkeypatch):
    monkeypatch.setattr(work_items, "_MOST_REVISIONS", 1)
    refused = await patch(1304, TITLE)

    assert (500, "VssServiceException") == (refused.status_code, refused.json()["typeKey"])


async def test_a_work_item_that_was_not_there_yet_is_missing_from_the_past(ana):
    body = {"ids": [1304], "fields": ["System.Title"], "errorPolicy": "omit"}
    now = (await ana.post(f"{BOOKING}/workitemsbatch", json=body)).json()["value"]
    then = (await ana.post(f"{BOOKING}/workitemsbatch", json={**body, "asOf": "2001-01-01"})).json()["value"]
    alone = await ana.get(f"{BOOKING}/workitems/1304", params={"asOf": "2001-01-01"})
    odd = await ana.get(f"{BOOKING}/workitems/1304", params={"asOf": "then"})

    assert (1304, [None], 404, 400) == (now[0]["id"], then, alone.status_code, odd.status_code)


def test_a_work_item_of_the_past_has_the_values_of_then():
    def at(hour):
        return datetime(2026, 11, 20, hour, tzinfo=UTC)

    somebody = Identity("ana", "1", "Ana", "ana@larkspur.example")
    item = WorkItem(7, "p", rev=3, fields={"System.Title": "C", "System.CreatedDate": at(1)})
    item.updates = [
        Update(2, somebody, at(2), {"System.Title": ("A", "B"), "System.Tags": (None, "x")}),
        Update(3, somebody, at(3), {"System.Title": ("B", "C"), "System.Tags": ("x", None)}),
    ]
    past = [item.as_of(at(hour)) for hour in range(4)]

    assert [None, ("A", None, 1), ("B", "x", 2), ("C", None, 3)] == [
        each and (each.fields["System.Title"], each.fields.get("System.Tags"), each.rev) for each in past
    ]
