"""Responses in the forms that the documentation of Graph v1.0 shows, shortened and with nulls as there."""

from typing import Any

from shared.tools.microsoft365.list_items import sharepoint_get_list_items
from shared.tools.microsoft365.mail import graph_get_email, graph_get_emails
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
