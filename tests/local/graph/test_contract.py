"""What is declared and answered here, against the published description of Graph."""

import json

import httpx
import pytest

from local.graph import operations
from local.graph.batch import Batch

from .conftest import SPECS, Conforms

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
    "GET /me/calendars": "/me/calendars",
    "GET /me/events": "/me/events?$top=100",
    "GET /me/calendarView": "/me/calendarView?startDateTime=2026-11-01&endDateTime=2026-12-15&$top=500",
    "GET /me/todo/lists": "/me/todo/lists",
    "GET /me/planner/tasks": "/me/planner/tasks",
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


def published() -> list[dict[str, object]]:
    if not SPECS.exists():
        return []
    listed = json.loads((SPECS / "operations.json").read_text())["operations"]
    return [each for each in listed if each["api"] == "graph" and each["group"] != "teams"]


@pytest.mark.skipif(not SPECS.exists(), reason=f"the published operations are not at {SPECS}")
@pytest.mark.parametrize("described", published(), ids=lambda each: f"{each['method']} {each['path']}")
def test_every_published_operation_is_served_with_the_published_permission(described: dict[str, object]):
    path = str(described["path"])
    for place, sample in (
        ("{hostname}", "larkspur.sharepoint.com"),
        ("{item-path}", "A/b.txt"),
        ("{filename}", "b.txt"),
    ):
        path = path.replace(place, sample)
    served = [
        each
        for each in [*operations(), *Batch().area.operations]
        if each.method == described["method"] and each.arguments(path) is not None
    ]
    wanted = {permission["name"] for permission in described["permissions"]}

    assert served, "not served"
    if described["id"] in DECIDED_BY_THE_REQUEST:
        return
    assert wanted == set(served[0].permissions)
