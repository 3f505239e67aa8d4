"""What is declared and answered here, against the published description of Graph."""

import httpx
import pytest

from local.graph import operations
from local.graph.batch import Batch
from local.graph.operations import Operation
from tests.contract import published

from .conftest import Conforms

SERVED = [*operations(), *Batch().area.operations]
DECIDED_BY_THE_REQUEST = ("POST_search_query", "GET_me_messages_message_id")
READABLE = {
    "GET /me": "/me",
    "GET /me/manager": "/me/manager",
    "GET /me/memberOf": "/me/memberOf",
    "GET /me/transitiveMemberOf": "/me/transitiveMemberOf",
    "GET /me/people": "/me/people",
    "GET /users": "/users",
    "GET /users/{user-id}": "/users/ben.osei@larkspur.example",
    "GET /me/messages": "/me/messages?$top=500",
    "GET /me/mailFolders": "/me/mailFolders",
    "GET /me/mailFolders/{mailFolder-id}": "/me/mailFolders/inbox",
    "GET /me/mailFolders/{mailFolder-id}/messages": "/me/mailFolders/inbox/messages",
    "GET /me/mailboxSettings": "/me/mailboxSettings",
    "GET /me/outlook/masterCategories": "/me/outlook/masterCategories",
    "GET /me/mailFolders/inbox/messageRules": "/me/mailFolders/inbox/messageRules",
    "GET /me/contacts": "/me/contacts",
    "GET /me/calendars": "/me/calendars",
    "GET /me/events": "/me/events?$top=100",
    "GET /me/calendarView": "/me/calendarView?startDateTime=2026-11-01&endDateTime=2026-12-15&$top=500",
    "GET /users/{user-id}/calendar": "/users/ben.osei@larkspur.example/calendar",
    "GET /users/{user-id}/calendars": "/users/ben.osei@larkspur.example/calendars",
    "GET /users/{user-id}/calendarView": "/users/chiara.rossi@larkspur.example/calendarView"
    "?startDateTime=2026-11-01&endDateTime=2026-12-15&$top=500",
    "GET /places/microsoft.graph.room": "/places/microsoft.graph.room",
    "GET /places/microsoft.graph.roomList": "/places/microsoft.graph.roomList",
    "GET /places/{place-id}/microsoft.graph.roomList/rooms": "/places/rooms.lisbon@larkspur.example"
    "/microsoft.graph.roomList/rooms",
    "GET /places/{place-id}": "/places/room.pier@larkspur.example",
    "GET /me/todo/lists": "/me/todo/lists",
    "GET /me/planner/tasks": "/me/planner/tasks",
    "GET /me/planner/plans": "/me/planner/plans",
    "GET /me/onenote/notebooks": "/me/onenote/notebooks",
    "GET /me/onenote/sections": "/me/onenote/sections",
    "GET /me/onenote/pages": "/me/onenote/pages?$top=100",
    "GET /sites": "/sites?search=*",
    "GET /me/followedSites": "/me/followedSites",
    "GET /sites/{hostname}:/{server-relative-path}": "/sites/larkspur.sharepoint.com:/sites/engineering",
    "GET /sites/{site-id}/lists": "/sites/root/lists",
    "GET /me/drive": "/me/drive",
    "GET /me/drive/root": "/me/drive/root",
    "GET /me/drive/root/children": "/me/drive/root/children",
    "GET /me/drive/root:/{item-path}": "/me/drive/root:/Documents/objectives.docx",
    "GET /me/drive/root:/{item-path}:/children": "/me/drive/root:/Documents:/children",
    "GET /me/drive/root/search(q='{q}')": "/me/drive/root/search(q='cache')",
}


@pytest.mark.parametrize("operation", READABLE)
async def test_answers_fit_the_published_schema(ana: httpx.AsyncClient, conforms: Conforms, operation: str):
    response = await ana.get(READABLE[operation])

    conforms(response, operation)


async def test_what_lists_hold_fits_the_published_schema(ana: httpx.AsyncClient, conforms: Conforms):
    site = "/sites/larkspur.sharepoint.com:/sites/harbour-ops:"
    prefix = "GET /sites/{site-id}/lists/{list-id}"
    conforms(await ana.get(f"{site}/lists/Incidents"), prefix)
    conforms(await ana.get(f"{site}/lists/Incidents/columns"), f"{prefix}/columns")
    conforms(await ana.get(f"{site}/lists/Incidents/items?$expand=fields"), f"{prefix}/items")
    conforms(await ana.get(f"{site}/drive"), "GET /sites/{site-id}/drive")
    conforms(await ana.get(f"{site}/drives"), "GET /sites/{site-id}/drives")


def serving(described: published.Operation) -> Operation | None:
    """What serves a published operation, if anything does."""
    path = described.path
    for place, sample in (
        ("{hostname}", "larkspur.sharepoint.com"),
        ("{item-path}", "A/b.txt"),
        ("{filename}", "b.txt"),
    ):
        path = path.replace(place, sample)
    return next(
        (each for each in SERVED if each.method == described.method and each.arguments(path) is not None),
        None,
    )


BUILT = [(each, served) for each in published.operations("graph") if (served := serving(each))]
# The published permission is one to write; what the user may read is read with one to read all files.
READ_WITH_LESS = ("GET /shares/{encoded-sharing-url}/driveItem",)
PERMITTED = [
    each
    for each in BUILT
    if each[0].id not in DECIDED_BY_THE_REQUEST and f"{each[0].method} {each[0].path}" not in READ_WITH_LESS
]


@pytest.mark.parametrize(
    ("described", "served"), PERMITTED, ids=[f"{each.method} {each.path}" for each, _ in PERMITTED]
)
def test_what_is_served_needs_the_published_permission(described: published.Operation, served: Operation):
    assert described.permissions == set(served.permissions)


def test_what_is_served_does_not_become_less():
    assert len(BUILT) >= 120
