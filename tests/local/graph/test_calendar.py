from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import httpx
import pytest

from local.relative_time import working_day

from .conftest import NOW, Sandbox, code

TODAY = {"startDateTime": "2026-11-18T00:00:00Z", "endDateTime": "2026-11-19T00:00:00Z", "$top": "50"}


async def test_a_window_is_required(ana: httpx.AsyncClient):
    assert (400, "ErrorInvalidParameter") == code(
        await ana.get("/me/calendarView?startDateTime=2026-11-18T00:00:00Z")
    )


@pytest.mark.parametrize(
    "bounds", [{"startDateTime": "yesterday"}, {"startDateTime": "2026-11-20T00:00:00Z"}]
)
async def test_a_window_must_be_one(ana: httpx.AsyncClient, bounds: dict[str, str]):
    assert (400, "ErrorInvalidParameter") == code(
        await ana.get("/me/calendarView", params={**TODAY, **bounds})
    )


async def test_a_window_has_a_longest_length(ana: httpx.AsyncClient):
    bounds = {"startDateTime": "2020-01-01", "endDateTime": "2026-01-01"}

    assert (400, "ErrorCalendarViewRangeTooBig") == code(await ana.get("/me/calendarView", params=bounds))


async def test_a_day_holds_its_meetings_in_order(ana: httpx.AsyncClient):
    events = (await ana.get("/me/calendarView", params=TODAY)).json()["value"]

    assert ["Platform stand-up", "Read the log of build 4711", "Cache move: what is left"] == [
        each["subject"] for each in events
    ]
    assert ["occurrence", "singleInstance", "singleInstance"] == [each["type"] for each in events]
    assert {"dateTime": "2026-11-18T09:30:00.0000000", "timeZone": "UTC"} == events[0]["start"]


@pytest.mark.parametrize("name", ["Korea Standard Time", "Asia/Seoul"])
async def test_times_come_in_the_preferred_zone(ana: httpx.AsyncClient, name: str):
    response = await ana.get(
        "/me/calendarView", params=TODAY, headers={"Prefer": f'outlook.timezone="{name}"'}
    )

    assert {"dateTime": "2026-11-18T18:30:00.0000000", "timeZone": name} == response.json()["value"][0][
        "start"
    ]
    assert f'outlook.timezone="{name}"' == response.headers["preference-applied"]


async def test_an_unknown_zone_is_refused(ana: httpx.AsyncClient):
    response = await ana.get("/me/calendarView", params=TODAY, headers={"Prefer": 'outlook.timezone="Mars"'})

    assert (400, "TimeZoneNotSupportedException") == code(response)


async def test_series_repeat_in_local_time_on_their_days(ana: httpx.AsyncClient):
    window = {"startDateTime": "2027-03-22T00:00:00Z", "endDateTime": "2027-04-05T00:00:00Z", "$top": "500"}
    events = (await ana.get("/me/calendarView", params=window)).json()["value"]
    starts = [
        datetime.fromisoformat(each["start"]["dateTime"][:19] + "+00:00")
        for each in events
        if each["subject"] == "Platform stand-up"
    ]
    local = [start.astimezone(ZoneInfo("Europe/Lisbon")) for start in starts]

    assert 10 == len(local)
    assert {(9, 30)} == {(each.hour, each.minute) for each in local}
    assert {8, 9} == {start.hour for start in starts}
    assert max(each.weekday() for each in local) < 5


async def test_a_fortnightly_series_skips_every_other_week(ana: httpx.AsyncClient):
    window = {"startDateTime": "2026-11-01T00:00:00Z", "endDateTime": "2026-12-31T00:00:00Z", "$top": "500"}
    events = (await ana.get("/me/calendarView", params=window)).json()["value"]
    days = [
        datetime.fromisoformat(each["start"]["dateTime"][:10])
        for each in events
        if each["subject"] == "Ben / Ana"
    ]

    assert {14} == {(later - earlier).days for earlier, later in pairwise(days)}


async def test_an_occurrence_can_be_read_by_its_id(ana: httpx.AsyncClient):
    listed = (await ana.get("/me/calendarView", params=TODAY)).json()["value"][0]
    event = (await ana.get(f"/me/events/{listed['id']}")).json()

    assert ("occurrence", listed["start"]) == (event["type"], event["start"])
    assert "seriesMaster" == (await ana.get(f"/me/events/{event['seriesMasterId']}")).json()["type"]


async def test_events_list_masters_instead_of_occurrences(ana: httpx.AsyncClient):
    events = (await ana.get("/me/events?$top=200")).json()["value"]

    assert {"singleInstance", "seriesMaster"} == {each["type"] for each in events}


async def test_an_all_day_event_runs_from_midnight_to_midnight(untouched: Sandbox):
    async with untouched.client("chiara") as client:
        events = (
            await client.get(
                "/me/events?$filter=isAllDay eq true", headers={"Prefer": 'outlook.timezone="Europe/Berlin"'}
            )
        ).json()["value"]

    assert {"T00:00:00.0000000"} == {
        each[edge]["dateTime"][10:] for each in events for edge in ("start", "end")
    }


async def test_basic_reading_shows_no_bodies(untouched: Sandbox):
    async with untouched.client(scopes="Calendars.ReadBasic") as client:
        event = (await client.get("/me/events?$top=1")).json()["value"][0]

    assert {"body", "bodyPreview"}.isdisjoint(event)


async def test_a_calendar_is_its_owners(untouched: Sandbox, ana: httpx.AsyncClient):
    async with untouched.client("ben") as ben:
        event = (await ben.get("/me/events?$top=1")).json()["value"][0]

    assert (404, "ErrorItemNotFound") == code(await ana.get(f"/me/events/{event['id']}"))


def test_working_days_skip_the_weekend():
    friday = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
    saturday = datetime.fromisoformat("2026-11-21T12:00:00+00:00")

    assert ["2026-11-20", "2026-11-23", "2026-11-19"] == [
        working_day(count, friday).date().isoformat() for count in (0, 1, -1)
    ]
    assert ["2026-11-23", "2026-11-20"] == [
        working_day(count, saturday).date().isoformat() for count in (0, -1)
    ]
    assert "2026-11-25" == working_day(5, NOW).date().isoformat()
