"""Answers of Graph that hold less than usual: as its documentation shows them, and with nulls."""

from typing import Any

import pytest

from shared.errors import ToolError
from shared.tools.microsoft365.files import sharepoint_get_file
from shared.tools.microsoft365.files_organizing import (
    sharepoint_create_folder,
    sharepoint_delete_file,
    sharepoint_organize_file,
)
from shared.tools.microsoft365.files_sharing import sharepoint_share_file
from shared.tools.microsoft365.files_writing import sharepoint_upload_file
from shared.tools.microsoft365.list_items import (
    sharepoint_create_list_item,
    sharepoint_get_list_items,
    sharepoint_update_list_item,
)
from shared.tools.microsoft365.mailbox import graph_get_mailbox_settings
from shared.tools.microsoft365.people import graph_search_people
from tests.shared.tools.played_graph import PlayedGraph, Sent, refusal

NEVER = "0001-01-01T00:00:00Z"
IN_X = {"driveId": "b!x"}
FOLDER = {"id": "01F", "name": "Reports", "folder": {}, "parentReference": IN_X, "eTag": '"f,1"'}
FILE = {"id": "01X", "name": "a.txt", "file": {}, "parentReference": IN_X, "eTag": '"x,2"'}
RENAMED = {"id": "01X", "name": "b.txt", "file": {}}


def library(sent: Sent) -> Any:
    """A library whose answers to a change tell the id and the name alone."""
    if sent.method in ("PATCH", "PUT", "POST"):
        return RENAMED
    if ":/b.txt" in sent.path:
        return refusal(404, "itemNotFound")
    return FOLDER if "01F" in sent.path or sent.path.endswith("/root") else FILE


async def test_a_change_whose_answer_tells_little_is_told_in_full() -> None:
    graph = PlayedGraph(library)
    renamed = await graph.call(
        sharepoint_organize_file, file="b!x:01X", action="move", name="b.txt", version='"x,1"'
    )
    made = await graph.call(sharepoint_create_folder, name="b.txt", folder="b!x:01F")
    uploaded = await graph.call(sharepoint_upload_file, name="b.txt", folder="b!x:01F", text="x")
    replaced = await graph.call(
        sharepoint_upload_file,
        name="a.txt",
        folder="b!x:01F",
        text="x",
        on_conflict="replace",
        version='"x,1"',
    )

    assert {("b!x:01X", '"x,2"')} == {
        (each.id, each.version) for each in (renamed.file, made, uploaded, replaced)
    }


async def test_a_file_whose_answer_tells_no_drive_is_in_the_one_it_was_read_from() -> None:
    graph = PlayedGraph(
        lambda _: {"id": "01NKDM7H", "name": "OneDrive", "root": {}, "folder": {"childCount": 2}}
    )
    found = await graph.call(sharepoint_get_file, file="b!x:01NKDM7H")

    assert ("b!x:01NKDM7H", 2) == (found.id, found.children)


async def test_a_change_that_cannot_be_read_again_is_told_as_made() -> None:
    def play(sent: Sent) -> Any:
        if sent.method == "GET" and any(each.method == "PATCH" for each in graph.requests):
            return refusal(503, "serviceNotAvailable")
        return library(sent)

    graph = PlayedGraph(play)
    with pytest.raises(ToolError) as failed:
        await graph.call(
            sharepoint_organize_file, file="b!x:01X", action="move", name="b.txt", version='"x,1"'
        )

    assert failed.value.message.startswith("It was written. What was left failed: ")


@pytest.mark.parametrize("facet", [{}, {"childCount": None}, {"childCount": 3}])
async def test_a_folder_of_which_no_count_is_told_is_one_and_not_deleted_unasked(facet: Any) -> None:
    def play(sent: Sent) -> Any:
        return (204, None) if sent.method == "DELETE" else {**FOLDER, "folder": facet}

    graph = PlayedGraph(play)
    with pytest.raises(ToolError) as refused:
        await graph.call(sharepoint_delete_file, file="b!x:01F", version='"f,1"')
    moved = await graph.call(
        sharepoint_organize_file, file="b!x:01X", action="move", folder="b!x:01F", version='"f,1"'
    )

    assert ("invalid_argument", True) == (
        refused.value.code,
        "is a folder that holds" in refused.value.message,
    )
    assert "Reports" == moved.file.name
    assert "DELETE" not in [each.method for each in graph.requests]


async def test_a_name_that_is_taken_by_what_is_hidden_is_a_conflict() -> None:
    def play(sent: Sent) -> Any:
        if sent.method == "POST":
            return refusal(409, "nameAlreadyExists")
        return library(sent)

    with pytest.raises(ToolError) as refused:
        await PlayedGraph(play).call(sharepoint_create_folder, name="b.txt", folder="b!x:01F")

    assert ("conflict", True) == (refused.value.code, "b.txt already" in refused.value.message)


async def test_access_without_an_end_and_of_an_older_form_is_told() -> None:
    john = {"user": {"id": "5D", "displayName": "John Doe"}}
    permissions = [
        {"id": "1", "roles": ["write"], "link": {"type": "edit", "webUrl": "x"}, "expirationDateTime": NEVER},
        {"id": "2", "roles": ["write"], "grantedTo": john, "inheritedFrom": {"id": "1"}},
        {"id": "3", "roles": None, "grantedToV2": None, "grantedTo": john, "expirationDateTime": ""},
        {"id": "4", "link": {"scope": "users"}, "grantedToIdentities": [john], "grantedToIdentitiesV2": None},
    ]

    def play(sent: Sent) -> Any:
        return {"value": permissions} if sent.path.endswith("/permissions") else FILE

    found = await PlayedGraph(play).call(sharepoint_get_file, file="b!x:01X", include=["access"])

    assert [
        ("whoever has the link (scope unknown)", ["write"], False, None),
        ("John Doe", ["write"], True, None),
        ("John Doe", [], False, None),
        ("the people it was made for: John Doe", [], False, None),
    ] == [(each.who, each.roles, each.inherited, each.expires) for each in found.access]
    assert [] == found.gaps


async def test_who_was_let_in_without_a_mail_is_told_as_let_in() -> None:
    error = {"code": "notAllowed", "message": "Account verification needed to unblock sending emails."}
    adams = {
        "id": "1",
        "grantedTo": {"user": {"displayName": "John Adams"}},
        "invitation": {"email": "adams@contoso.example"},
        "roles": ["write"],
        "error": error,
    }
    gregg = {"id": "2", "invitation": {"email": "gregg@contoso.example"}, "roles": ["write"], "error": error}

    def play(sent: Sent) -> Any:
        if sent.path == "/users":
            return {"value": [{"id": "1", "userPrincipalName": "adams@contoso.example"}]}
        return (207, {"value": [adams, gregg]}) if sent.method == "POST" else FILE

    people = ["adams@contoso.example", "gregg@contoso.example"]
    shared = await PlayedGraph(play).call(sharepoint_share_file, file="b!x:01X", people=people)

    assert ["John Adams"] == [each.who for each in shared.access]
    assert [
        f"adams@contoso.example, who has access now: {error['message']}",
        f"gregg@contoso.example: {error['message']}",
    ] == shared.problems


async def test_a_mailbox_full_of_nulls_is_read() -> None:
    def play(sent: Sent) -> Any:
        match sent.path.rpartition("/")[2]:
            case "mailboxSettings":
                replies = {
                    "status": "scheduled",
                    "scheduledStartDateTime": {"dateTime": NEVER, "timeZone": "UTC"},
                    "scheduledEndDateTime": {"dateTime": None, "timeZone": "UTC"},
                }
                hours = {"daysOfWeek": None, "startTime": "08:00:00", "timeZone": None}
                return {"timeZone": "", "workingHours": hours, "automaticRepliesSetting": replies}
            case "messageRules":
                moving = {"moveToFolder": "AQ1"}
                return {"value": [{"id": "1", "displayName": None, "sequence": None, "actions": moving}]}
            case "masterCategories":
                return {"value": [{"id": "1", "displayName": "Audit", "color": None}]}
            case "contacts":
                contact = {"id": "1", "emailAddresses": None, "businessPhones": None, "displayName": None}
                return {"value": [contact]}
        return {"displayName": "Builds", "totalItemCount": None}

    graph = PlayedGraph(play)
    settings = await graph.call(graph_get_mailbox_settings)
    people = await graph.call(graph_search_people, query="Pia", contacts=True)

    assert ([], "08:00", None) == (
        settings.working_hours.days,
        settings.working_hours.start,
        settings.working_hours.time_zone,
    )
    assert (None, None) == (settings.automatic_replies.start, settings.automatic_replies.end)
    assert [("", "move it to Builds")] == [(each.name, each.does) for each in settings.rules]
    assert [] == settings.gaps
    assert [([], [])] == [(each.addresses, each.business_phones) for each in people.items]


RISKS = {"site": "https://contoso.sharepoint.com/sites/finance", "list_name": "Risks"}


async def test_a_list_item_without_fields_has_none() -> None:
    item = {"id": "1", "eTag": '"1"', "fields": None, "lastModifiedBy": None}
    found = await PlayedGraph(lambda _: {"value": [item]}).call(sharepoint_get_list_items, **RISKS)

    assert [{}] == [each.fields for each in found.items]


async def test_list_items_that_tell_no_version_are_listed_and_read_again_after_a_change() -> None:
    widget = {"Name": "Widget", "Color": "Fuchsia", "Quantity": 934}

    def play(sent: Sent) -> Any:
        match sent.method, sent.path.rpartition("/")[2]:
            case "GET", "items":
                return {"value": [{"id": "2", "fields": widget}]}
            case "GET", "columns":
                return {"value": [{"name": name, "displayName": name} for name in widget]}
            case "GET", _:
                return {"id": "2", "@odata.etag": '"w,3"', "fields": widget}
            case "POST", _:
                return 201, {"id": "2", "fields": widget}
        return widget

    graph = PlayedGraph(play)
    (listed,) = (await graph.call(sharepoint_get_list_items, **RISKS)).items
    made = await graph.call(sharepoint_create_list_item, **RISKS, fields={"Name": "Widget"})
    changed = await graph.call(
        sharepoint_update_list_item, **RISKS, item_id="2", version='"w,2"', fields={"Color": "Fuchsia"}
    )

    assert (None, widget) == (listed.version, listed.fields)
    assert [('"w,3"', widget)] * 2 == [(each.version, each.fields) for each in (made, changed)]
