"""No JSON body, however odd, makes an operation fail other than by a refusal."""

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.layout import Layout

from .conftest import Sandbox

NAMES = [
    "subject", "body", "toRecipients", "from", "emailAddress", "address", "contentType", "content",
    "message", "comment", "attachments", "@odata.type", "name", "contentBytes", "AttachmentItem",
    "size", "destinationId", "start", "end", "dateTime", "timeZone", "attendees", "location",
    "recurrence", "pattern", "range", "type", "daysOfWeek", "isAllDay", "schedules", "startTime",
    "endTime", "timeConstraint", "timeSlots", "meetingDuration", "title", "status", "dueDateTime",
    "percentComplete", "assignments", "planId", "fields", "Title", "item", "requests", "entityTypes",
    "query", "queryString", "id", "method", "url", "headers", "dependsOn", "groupIds",
]  # fmt: skip
WORDS = [
    "",
    "x",
    "ana@x.example",
    "2026-11-18T10:00:00",
    "9999-12-31T00:00:00",
    "UTC",
    "weekly",
    "message",
    "GET",
    "/me",
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.sampled_from(WORDS)
BODIES = st.dictionaries(
    st.sampled_from(NAMES),
    st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
        ),
        max_leaves=6,
    ),
    max_size=8,
)
OPERATIONS = [
    "POST /me/messages", "POST /me/sendMail", "PATCH /me/messages/{message}",
    "POST /me/messages/{message}/reply",
    "POST /me/messages/{message}/forward", "POST /me/messages/{message}/move",
    "POST /me/messages/{message}/attachments", "POST /me/messages/{message}/attachments/createUploadSession",
    "POST /me/events", "PATCH /me/events/{event}", "POST /me/events/{event}/tentativelyAccept",
    "POST /me/findMeetingTimes", "POST /me/calendar/getSchedule", "POST /me/todo/lists/{list}/tasks",
    "PATCH /planner/tasks/{task}", "POST {items}", "PATCH {items}/1/fields",
    "POST /me/drive/root:/a.txt:/createUploadSession", "POST /search/query", "POST /$batch",
    "POST /me/checkMemberGroups",
]  # fmt: skip


@pytest.fixture(scope="module")
async def targets(graph_layout: Layout) -> tuple[Sandbox, dict[str, str]]:
    """A Graph to be hostile to, and the ids of things in it."""
    sandbox = Sandbox(graph_layout)
    places = {
        "message": "/me/messages",
        "event": "/me/events",
        "list": "/me/todo/lists",
        "task": "/me/planner/tasks",
    }
    ids = {"items": "/sites/larkspur.sharepoint.com:/sites/harbour-ops:/lists/Incidents/items"}
    async with sandbox.client() as client:
        for name, path in places.items():
            ids[name] = (await client.get(path)).json()["value"][0]["id"]
    return sandbox, ids


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(body=BODIES)
async def test_an_odd_body_is_answered_or_refused(
    targets: tuple[Sandbox, dict[str, str]], operation: str, body: object
):
    sandbox, ids = targets
    method, path = operation.format(**ids).split(" ", 1)
    async with sandbox.client() as client:
        response: httpx.Response = await client.request(method, path, json=body, headers={"If-Match": "*"})

    assert response.status_code < 500
