"""Automatic replies, hours and zone of a mailbox, categories, and what rules do with mail that arrives."""

from typing import Any

import httpx
import pytest

from .conftest import Conforms, Sandbox, code, find

SETTINGS = "/me/mailboxSettings"
RULES = "/me/mailFolders/inbox/messageRules"
CATEGORIES = "/me/outlook/masterCategories"
AWAY = {"status": "alwaysEnabled", "internalReplyMessage": "Back on Monday.<br>Ben covers."}
BERLIN = "W. Europe Standard Time"


def time(text: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": text, "timeZone": zone}


def letter(subject: str, to: str = "ana") -> dict[str, Any]:
    surname = {"ana": "duarte", "ben": "osei"}[to]
    return {
        "message": {
            "subject": subject,
            "body": {"contentType": "text", "content": "Hello"},
            "toRecipients": [{"emailAddress": {"address": f"{to}.{surname}@larkspur.example"}}],
        }
    }


async def test_all_settings_come_at_once_with_times_in_utc(untouched: Sandbox):
    async with untouched.client("chiara") as chiara:
        settings = (await chiara.get(SETTINGS)).json()
        preferred = {"Prefer": f'outlook.timezone="{BERLIN}"'}
        there = (await chiara.get(SETTINGS, headers=preferred)).json()

    replies = settings["automaticRepliesSetting"]
    assert ("scheduled", "contactsOnly") == (replies["status"], replies["externalAudience"])
    assert replies["externalReplyMessage"].startswith("<html>\n<body>\n<p>I am out")
    assert time("2026-11-24T00:00:00.0000000") == replies["scheduledStartDateTime"]
    assert (
        time("2026-11-24T01:00:00.0000000", BERLIN)
        == there["automaticRepliesSetting"]["scheduledStartDateTime"]
    )


async def test_a_change_leaves_the_rest_and_answers_with_what_was_changed(
    writer: httpx.AsyncClient, conforms: Conforms
):
    changed = await writer.patch(SETTINGS, json={"automaticRepliesSetting": AWAY})
    later = await writer.patch(SETTINGS, json={"automaticRepliesSetting": {"externalAudience": "none"}})
    after = (await writer.get(SETTINGS)).json()

    conforms(changed, "PATCH /me/mailboxSettings")
    assert {"@odata.context", "automaticRepliesSetting"} == changed.json().keys()
    assert later.json()["automaticRepliesSetting"] == after["automaticRepliesSetting"]
    assert ("alwaysEnabled", "none", "<html>\n<body>\nBack on Monday.<br>Ben covers.\n</body></html>\n") == (
        after["automaticRepliesSetting"]["status"],
        after["automaticRepliesSetting"]["externalAudience"],
        after["automaticRepliesSetting"]["internalReplyMessage"],
    )


async def test_zone_and_hours_are_set_by_windows_names(writer: httpx.AsyncClient):
    hours = {"startTime": "08:00:00.0000000", "timeZone": {"name": "Tokyo Standard Time"}}
    await writer.patch(SETTINGS, json={"timeZone": "Tokyo Standard Time", "workingHours": hours})
    after = (await writer.get(SETTINGS)).json()

    assert "Tokyo Standard Time" == after["timeZone"]
    assert ("08:00:00.0000000", "17:30:00.0000000", {"name": "Tokyo Standard Time"}) == tuple(
        after["workingHours"][name] for name in ("startTime", "endTime", "timeZone")
    )


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"timeZone": "Europe/Berlin"}, (400, "TimeZoneNotSupportedException")),
        ({"workingHours": {"timeZone": {"name": "Mars/Base"}}}, (400, "TimeZoneNotSupportedException")),
        ({"workingHours": {"startTime": "08"}}, (400, "RequestBodyRead")),
        ({"workingHours": {"daysOfWeek": ["Monday"]}}, (400, "RequestBodyRead")),
        ({"userPurpose": "room"}, (400, "RequestBodyRead")),
        ({"archiveFolder": "x"}, (400, "RequestBodyRead")),
        ({"automaticRepliesSetting": {"status": "on"}}, (400, "RequestBodyRead")),
        ({"automaticRepliesSetting": {"externalAudience": "everybody"}}, (400, "RequestBodyRead")),
        (
            {"automaticRepliesSetting": {"scheduledEndDateTime": time("2026-12-01T00:00:00", "CET")}},
            (400, "TimeZoneNotSupportedException"),
        ),
        (
            {
                "automaticRepliesSetting": {
                    "status": "scheduled",
                    "scheduledStartDateTime": time("2026-12-02T00:00:00"),
                    "scheduledEndDateTime": time("2026-12-01T00:00:00"),
                }
            },
            (400, "ErrorInvalidTimeInterval"),
        ),
    ],
)
async def test_settings_that_are_none_are_refused_whole(
    writer: httpx.AsyncClient, body: dict[str, Any], refusal: tuple[int, str]
):
    before = (await writer.get(SETTINGS)).json()
    response = await writer.patch(SETTINGS, json=body)

    assert refusal == code(response)
    assert before == (await writer.get(SETTINGS)).json()


@pytest.mark.parametrize(
    "name", ["Europe/Kyiv", "Europe/Kiev", "Asia/Toshkent", "Tokyo Standard Time", "UTC"]
)
async def test_times_take_windows_names_and_the_additional_ones(ana: httpx.AsyncClient, name: str):
    headers = {"Prefer": f'outlook.timezone="{name}"'}

    assert 200 == (await ana.get(f"{SETTINGS}", headers=headers)).status_code


@pytest.mark.parametrize("name", ["CET", "EST", "US/Pacific", "Europe/Rome", "Europe/Lisbon", "Mars/Base"])
async def test_times_take_no_other_name_of_the_tz_database(ana: httpx.AsyncClient, name: str):
    refused = await ana.get(SETTINGS, headers={"Prefer": f'outlook.timezone="{name}"'})

    assert (400, "TimeZoneNotSupportedException") == code(refused)
    assert refused.json()["error"]["message"].endswith(f"TimeZone value is not supported: '{name}'.")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", SETTINGS),
        ("POST", RULES),
        ("PATCH", f"{RULES}/x"),
        ("DELETE", f"{RULES}/x"),
        ("POST", CATEGORIES),
    ],
)
async def test_who_may_only_read_settings_changes_none(untouched: Sandbox, method: str, path: str):
    async with untouched.client(scopes="MailboxSettings.Read Mail.ReadWrite") as client:
        assert (403, "ErrorAccessDenied") == code(await client.request(method, path, json={}))


async def test_a_category_is_made_once(writer: httpx.AsyncClient, conforms: Conforms):
    made = await writer.post(CATEGORIES, json={"displayName": "Audit", "color": "preset0"})
    again = await writer.post(CATEGORIES, json={"displayName": "audit"})
    listed = await writer.get(f"{CATEGORIES}?$top=50")

    conforms(made, "POST /me/outlook/masterCategories")
    conforms(listed, "GET /me/outlook/masterCategories")
    assert (409, "ErrorItemExists") == code(again)
    assert "Audit" in [each["displayName"] for each in listed.json()["value"]]
    assert (400, "RequestBodyRead") == code(
        await writer.post(CATEGORIES, json={"displayName": "x", "color": "red"})
    )


async def test_a_rule_is_made_changed_and_deleted(writer: httpx.AsyncClient, conforms: Conforms):
    body = {"displayName": "Builds", "sequence": 9, "conditions": {"subjectContains": ["build"]}}
    made = await writer.post(RULES, json={**body, "actions": {"markAsRead": True}})
    path = f"{RULES}/{made.json()['id']}"
    changed = await writer.patch(path, json={"isEnabled": False})
    listed = await writer.get(RULES)

    conforms(made, "POST /me/mailFolders/inbox/messageRules")
    conforms(changed, "PATCH /me/mailFolders/inbox/messageRules/{messageRule-id}")
    conforms(listed, "GET /me/mailFolders/inbox/messageRules")
    assert ("Builds", False, {"markAsRead": True}) == tuple(
        listed.json()["value"][-1][name] for name in ("displayName", "isEnabled", "actions")
    )
    assert 204 == (await writer.delete(path)).status_code
    assert (404, "ErrorItemNotFound") == code(await writer.delete(path))


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"actions": {"markAsRead": True}}, (400, "ErrorInvalidRequest")),
        ({"displayName": "x"}, (400, "ErrorInvalidRequest")),
        ({"displayName": "x", "isReadOnly": True}, (400, "RequestBodyRead")),
        ({"displayName": "x", "actions": {"moveToFolder": "archive"}}, (400, "ErrorInvalidIdMalformed")),
        ({"displayName": "x", "actions": {"moveToFolder": "AQMk" + "x" * 30}}, (404, "ErrorItemNotFound")),
        ({"displayName": "x", "actions": {"burn": True}}, (400, "RequestBodyRead")),
        ({"displayName": "x", "conditions": {"subjectContains": "x"}}, (400, "RequestBodyRead")),
        ({"displayName": "x", "actions": {"forwardTo": ["a@b.example"]}}, (400, "RequestBodyRead")),
    ],
)
async def test_a_rule_that_is_none_is_refused(
    writer: httpx.AsyncClient, body: dict[str, Any], refusal: tuple[int, str]
):
    assert refusal == code(await writer.post(RULES, json=body))


async def test_a_rule_of_outlook_on_a_desktop_cannot_be_changed(writer: httpx.AsyncClient):
    rules = (await writer.get(RULES)).json()["value"]
    path = f"{RULES}/{next(each['id'] for each in rules if each['isReadOnly'])}"

    assert (403, "ErrorAccessDenied") == code(await writer.patch(path, json={"isEnabled": False}))
    assert (403, "ErrorAccessDenied") == code(await writer.delete(path))


async def test_rules_are_applied_to_what_arrives(sandbox: Sandbox):
    async with sandbox.client("ana") as ana, sandbox.client("ben") as ben:
        archive = (await ana.get("/me/mailFolders/archive")).json()["id"]
        await ana.post(
            RULES,
            json={
                "displayName": "Ben",
                "conditions": {"senderContains": ["osei"], "subjectContains": ["minutes"]},
                "actions": {"moveToFolder": archive, "markAsRead": True, "assignCategories": ["Customers"]},
            },
        )
        await ben.post("/me/sendMail", json=letter("Minutes of today"))
        await ben.post("/me/sendMail", json=letter("Something else"))
        hit, miss = await find(ana, "Minutes of today"), await find(ana, "Something else")

    assert (archive, True, ["Customers"]) == (hit["parentFolderId"], hit["isRead"], hit["categories"])
    assert (False, []) == (miss["isRead"], miss["categories"])
    assert archive != miss["parentFolderId"]


async def test_who_writes_to_somebody_away_gets_one_answer(sandbox: Sandbox):
    async with sandbox.client("ana") as ana, sandbox.client("ben") as ben:
        await ana.patch(SETTINGS, json={"automaticRepliesSetting": AWAY})
        for subject in ("First", "Second"):
            await ben.post("/me/sendMail", json=letter(subject))
        answers = (await ben.get("/me/messages?$search=\"subject:'Automatic reply'\"")).json()["value"]

    assert ["Automatic reply: First"] == [each["subject"] for each in answers]


async def test_free_times_are_looked_for_in_the_hours_that_were_set(writer: httpx.AsyncClient):
    await writer.patch(SETTINGS, json={"workingHours": {"startTime": "11:00:00", "daysOfWeek": ["friday"]}})
    slot = {"start": time("2026-11-20T07:00:00"), "end": time("2026-11-20T18:00:00")}
    body = {"timeConstraint": {"activityDomain": "work", "timeSlots": [slot]}, "maxCandidates": 100}
    found = (await writer.post("/me/findMeetingTimes", json=body)).json()["meetingTimeSuggestions"]

    assert "11:00" <= min(each["meetingTimeSlot"]["start"]["dateTime"][11:16] for each in found)
