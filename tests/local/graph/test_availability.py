import httpx
import pytest

from .conftest import Conforms, code

BEN = {"type": "required", "emailAddress": {"address": "ben.osei@larkspur.example"}}
CHIARA = {"type": "required", "emailAddress": {"address": "chiara.rossi@larkspur.example"}}


def at(text: str) -> dict[str, str]:
    return {"dateTime": text, "timeZone": "UTC"}


def slot(start: str, end: str) -> dict[str, object]:
    return {"timeSlots": [{"start": at(start), "end": at(end)}]}


async def test_a_schedule_has_a_digit_for_each_slot(ana: httpx.AsyncClient, conforms: Conforms):
    body = {
        "schedules": ["ben.osei@larkspur.example", "nobody@larkspur.example"],
        "startTime": at("2026-11-18T09:00:00"),
        "endTime": at("2026-11-18T11:00:00"),
    }
    response = await ana.post("/me/calendar/getSchedule", json=body)
    known, unknown = response.json()["value"]

    assert ("0200", ["busy"]) == (
        known["availabilityView"],
        [each["status"] for each in known["scheduleItems"]],
    )
    assert "subject" not in known["scheduleItems"][0]
    assert ("", "ErrorMailRecipientNotFound") == (
        unknown["availabilityView"],
        unknown["error"]["responseCode"],
    )
    conforms(response, "POST /me/calendar/getSchedule")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"availabilityViewInterval": 4}, "ErrorInvalidMergedFreeBusyInterval"),
        ({"endTime": at("2026-11-18T09:00:00")}, "ErrorInvalidTimeInterval"),
        ({"endTime": at("2027-11-18T09:00:00")}, "ErrorTimeIntervalTooBig"),
        ({"endTime": at("2026-11-18T09:29:59")}, "ErrorInvalidMergedFreeBusyInterval"),
        ({"availabilityViewInterval": 121}, "ErrorInvalidMergedFreeBusyInterval"),
        ({"schedules": []}, "ErrorInvalidRequest"),
        ({"schedules": ["x@y"] * 21}, "ErrorInvalidRequest"),
    ],
)
async def test_a_bad_schedule_request_is_refused(
    ana: httpx.AsyncClient, changes: dict[str, object], refusal: str
):
    body = {
        "schedules": ["ben.osei@larkspur.example"],
        "startTime": at("2026-11-18T09:00:00"),
        "endTime": at("2026-11-18T11:00:00"),
        **changes,
    }

    assert (400, refusal) == code(await ana.post("/me/calendar/getSchedule", json=body))


async def test_meeting_times_are_free_for_all(ana: httpx.AsyncClient, conforms: Conforms):
    body = {
        "attendees": [BEN, CHIARA],
        "meetingDuration": "PT30M",
        "timeConstraint": slot("2026-11-19T09:00:00", "2026-11-19T18:00:00"),
        "minimumAttendeePercentage": 100,
        "maxCandidates": 5,
    }
    response = await ana.post("/me/findMeetingTimes", json=body)
    found = response.json()
    starts = [each["meetingTimeSlot"]["start"]["dateTime"][11:16] for each in found["meetingTimeSuggestions"]]

    # Stand-up is at 09:30, Ana reviews until 11:30, Chiara tests until 10:30, both steer from 14:00.
    assert ["09:00", "11:30", "12:00", "12:30", "13:00"] == starts
    assert ("", {100.0}) == (
        found["emptySuggestionsReason"],
        {each["confidence"] for each in found["meetingTimeSuggestions"]},
    )
    conforms(response, "POST /me/findMeetingTimes")


async def test_no_time_for_anybody_says_why(ana: httpx.AsyncClient):
    body = {
        "attendees": [BEN],
        "meetingDuration": "PT1H",
        "timeConstraint": slot("2026-11-19T14:00:00", "2026-11-19T15:00:00"),
        "minimumAttendeePercentage": 100,
    }
    found = (await ana.post("/me/findMeetingTimes", json=body)).json()
    own = (
        await ana.post(
            "/me/findMeetingTimes",
            json={"timeConstraint": slot("2026-11-19T10:00:00", "2026-11-19T11:00:00")},
        )
    ).json()

    assert ([], "attendeesUnavailable") == (found["meetingTimeSuggestions"], found["emptySuggestionsReason"])
    assert ([], "organizerUnavailable") == (own["meetingTimeSuggestions"], own["emptySuggestionsReason"])


async def test_work_stays_inside_working_hours(ana: httpx.AsyncClient):
    evening = slot("2026-11-19T19:00:00", "2026-11-19T20:00:00")
    work = (await ana.post("/me/findMeetingTimes", json={"timeConstraint": evening})).json()
    anytime = (
        await ana.post(
            "/me/findMeetingTimes", json={"timeConstraint": {"activityDomain": "unrestricted", **evening}}
        )
    ).json()

    assert (0, 2) == (len(work["meetingTimeSuggestions"]), len(anytime["meetingTimeSuggestions"]))


@pytest.mark.parametrize(
    "body",
    [
        {"meetingDuration": "half an hour"},
        {"maxCandidates": "five"},
        {"timeConstraint": []},
        {"timeConstraint": {"timeSlots": ["noon"]}},
    ],
)
async def test_a_bad_question_is_refused(ana: httpx.AsyncClient, body: dict[str, object]):
    assert (400, "ErrorInvalidRequest") == code(
        await ana.post("/me/findMeetingTimes", json={"meetingDuration": "half an hour"})
    )
