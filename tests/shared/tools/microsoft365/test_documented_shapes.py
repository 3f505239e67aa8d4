"""Responses in the forms that the documentation of Graph v1.0 shows, shortened and with nulls as there."""

from typing import Any

import pytest

from shared.tools.microsoft365.list_items import sharepoint_get_list_items
from shared.tools.microsoft365.mail import (
    graph_get_email,
    graph_get_email_thread,
    graph_get_emails,
    graph_list_mail_folders,
)
from shared.tools.microsoft365.mail_organizing import graph_organize_email
from shared.tools.microsoft365.mail_writing import graph_create_draft
from shared.tools.microsoft365.people import graph_search_people
from shared.tools.microsoft365.sites import sharepoint_search_sites
from shared.tools.microsoft365.tasks import graph_list_tasks
from tests.shared.tools.played_graph import PlayedGraph, Sent

SITE = "contoso.sharepoint.com,da60e844-ba1d-49bc-b4d4-d5e36bae9019,712a596e-90a1-49e3-9b48-bfa80bee8740"


def playing(**documents: Any) -> PlayedGraph:
    """A Graph that gives a document where a path holds its name, and else an empty collection."""

    def play(sent: Sent) -> Any:
        return next((each for name, each in documents.items() if name in sent.path), {"value": []})

    return PlayedGraph(play)


async def test_messages_with_few_properties_are_listed():
    """List messages: the example has the sender and the subject alone."""
    message = {
        "@odata.etag": 'W/"CQ"',
        "id": "AAMk",
        "subject": "You have late tasks!",
        "sender": {"emailAddress": {"name": "Planner", "address": "noreply@planner.example"}},
    }
    page = await playing(messages={"value": [message]}).call(graph_get_emails)

    assert [("You have late tasks!", None, None, None)] == [
        (each.subject, each.sender, each.is_read, each.has_attachments) for each in page.items
    ]


async def test_an_email_with_nulls_and_an_attachment_of_few_properties_is_read():
    """List attachments: the type has no # in front there."""
    message = {
        "@odata.etag": 'W/"CQ"',
        "id": "AAMk",
        "subject": None,
        "from": None,
        "toRecipients": None,
        "importance": None,
        "isDraft": None,
        "flag": {"flagStatus": "notFlagged"},
        "body": {"contentType": "html", "content": None},
        "attachments": [
            {"@odata.type": "microsoft.graph.fileAttachment", "id": "A1", "name": None, "isInline": None},
            {"@odata.type": "#microsoft.graph.itemAttachment", "id": "A2", "size": None},
        ],
    }
    email = await playing(messages=message).call(graph_get_email, message_id="AAMk")

    assert ([], "normal", False, "") == (email.to, email.importance, email.is_draft, email.body.text)
    assert [("file", None), ("item", None)] == [(each.kind, each.size_bytes) for each in email.attachments]


async def test_tasks_without_version_and_day_are_listed():
    """Get plannerTask: the example has no etag, no percentage and no due date."""
    task = {"id": "01gz", "planId": "xqQg", "title": "title", "priority": 5, "percentComplete": None}
    todo = {"id": "AQMk", "status": "notStarted", "importance": "low", "title": None, "dueDateTime": None}
    lists = {"value": [{"id": "AAMk", "displayName": "Tasks", "wellknownListName": "defaultList"}]}
    graph = PlayedGraph(
        lambda sent: (
            {"value": [task]}
            if "planner" in sent.path
            else {"value": [todo]}
            if sent.path.endswith("/tasks")
            else lists
            if sent.path.endswith("/lists")
            else {}
        )
    )

    page = await graph.call(graph_list_tasks)

    assert [] == page.gaps
    assert {("To Do", None, None, ""), ("Planner", None, None, "title")} == {
        (each.source, each.version, each.due, each.title) for each in page.items
    }


async def test_list_items_without_a_version_are_listed():
    """List items: the example has ids and columns alone."""
    items = {
        "value": [{"id": "2", "fields": {"Name": "Gadget", "Quantity": 503}}, {"id": "4", "fields": None}]
    }

    page = await playing(items=items).call(
        sharepoint_get_list_items, site="https://contoso.sharepoint.com/sites/a", list_name="Stock"
    )

    assert [("2", None), ("4", None)] == [(each.id, each.version) for each in page.items]
    assert 503 == page.items[0].fields["Quantity"]


async def test_a_site_without_a_title_has_its_name():
    """Search for sites: the example has names alone."""
    site = {
        "id": SITE,
        "name": "Team A Site",
        "displayName": None,
        "description": "",
        "webUrl": "https://contoso.sharepoint.com/sites/siteA",
    }

    page = await playing(sites={"value": [site]}).call(sharepoint_search_sites, query="team")

    assert [("Team A Site", "Team A Site")] == [(each.title, each.name) for each in page.items]


async def test_people_with_nulls_are_found():
    person = {
        "id": "33b4",
        "displayName": "Marketing",
        "mail": None,
        "userPrincipalName": "",
        "jobTitle": None,
    }

    page = await playing(users={"value": [person]}).call(graph_search_people, query="market")

    assert [("Marketing", None)] == [(each.display_name, each.mail) for each in page.items]


async def test_a_sender_without_an_address_is_their_name():
    message = {"id": "AAMk", "from": {"emailAddress": {"name": "Booking team"}}}
    page = await playing(messages={"value": [message]}).call(graph_get_emails)

    assert ["Booking team"] == [each.sender for each in page.items]


@pytest.mark.parametrize("text", [{}, {"body": None, "uniqueBody": None}])
async def test_an_email_without_any_text_is_read_and_says_so(text: dict[str, Any]):
    graph = playing(**{"messages/AAMk": {"id": "AAMk", **text}, "messages": {"value": [{"id": "B", **text}]}})
    email = await graph.call(graph_get_email, message_id="AAMk")
    thread = await graph.call(graph_get_email_thread, conversation_id="C")

    for each in (email.body, thread.items[0].text):
        assert ("", "The service gave no text.") == (each.text, each.note)


async def test_attachments_of_other_namespaces_and_of_new_kinds_are_listed():
    kinds = ["#Microsoft.OutlookServices.ReferenceAttachment", "#microsoft.graph.newAttachment", None]
    attachments = [{"@odata.type": kind, "id": str(number)} for number, kind in enumerate(kinds)]
    email = await playing(messages={"id": "AAMk", "attachments": attachments}).call(
        graph_get_email, message_id="AAMk"
    )

    assert ["link", "file", "file"] == [each.kind for each in email.attachments]


async def test_a_folder_without_counts_is_listed():
    page = await playing(mailFolders={"value": [{"id": "AQMk", "displayName": None}]}).call(
        graph_list_mail_folders
    )

    assert [("", None)] == [(each.name, each.unread) for each in page.items]


@pytest.mark.parametrize("change", [{"mark": "read"}, {"move_to": "archive"}])
async def test_an_email_of_which_few_properties_come_back_was_changed(change: dict[str, Any]):
    """Update message: the example has the subject and the body alone."""
    graph = PlayedGraph(lambda sent: (201 if sent.method == "POST" else 200, {"id": "AAMk", "subject": "S"}))
    changed = await graph.call(graph_organize_email, message_id="AAMk", **change)

    assert ("S", None, None) == (changed.subject, changed.is_read, changed.folder_id)


async def test_a_draft_of_which_few_properties_come_back_is_read_again():
    """createReply: the example has neither version nor whether it is a draft."""
    whole = {
        "@odata.etag": 'W/"2"',
        "id": "D",
        "isDraft": True,
        "lastModifiedDateTime": "2026-11-01T09:00:00Z",
        "body": {"contentType": "html", "content": "<div>Yes</div><hr>Shall we?"},
    }
    graph = PlayedGraph(
        lambda sent: (
            (201, {"id": "D", "subject": "S"})
            if sent.method == "POST"
            else whole
            if sent.path.endswith("/D")
            else {}
        )
    )
    draft = await graph.call(graph_create_draft, kind="reply", message_id="M", body="Yes")

    assert ('W/"2"', []) == (draft.version, [each for each in graph.requests if each.method == "PATCH"])


async def test_people_added_to_a_reply_do_not_take_the_place_of_those_who_did_not_come_back():
    made = {"@odata.etag": 'W/"1"', "id": "D", "body": {"contentType": "html", "content": "<p>Yes</p><hr>"}}
    ben = {"emailAddress": {"name": "Ben", "address": "ben@x.example"}}
    graph = PlayedGraph(
        lambda sent: (
            (201, made)
            if sent.method == "POST"
            else {**made, "toRecipients": [ben]}
            if sent.path.endswith("/D")
            else {}
        )
    )
    await graph.call(graph_create_draft, kind="reply", message_id="M", body="Yes", to="ana@x.example")
    (change,) = (each.body for each in graph.requests if each.method == "PATCH")

    assert {"toRecipients": [ben, {"emailAddress": {"address": "ana@x.example"}}]} == change
