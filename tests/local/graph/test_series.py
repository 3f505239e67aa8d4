"""Series of events as Exchange keeps them: patterns, occurrences, exceptions, versions."""

from datetime import date
from itertools import islice
from typing import Any

import httpx
import pytest

from local.graph.recurrence import read_recurrence

from .conftest import Conforms, Sandbox, code

FIRST = date(2026, 12, 1)  # a Tuesday
ZONE = "GMT Standard Time"
WEEKLY = {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"], "firstDayOfWeek": "monday"}
FOUR = {"type": "numbered", "numberOfOccurrences": 4, "startDate": "2026-12-01"}
SERIES: dict[str, Any] = {
    "subject": "Corvo prices",
    "start": {"dateTime": "2026-12-01T15:00:00", "timeZone": ZONE},
    "end": {"dateTime": "2026-12-01T15:30:00", "timeZone": ZONE},
    "recurrence": {"pattern": WEEKLY, "range": FOUR},
    "attendees": [{"type": "required", "emailAddress": {"address": "ben.osei@larkspur.example"}}],
}
WINDOW = {"startDateTime": "2026-11-30T00:00:00Z", "endDateTime": "2027-01-31T00:00:00Z", "$top": "200"}


def first_days(pattern: dict[str, Any], **limits: Any) -> list[str]:
    given = {"pattern": pattern, "range": {"type": "noEnd", "startDate": str(FIRST), **limits}}
    recurrence = read_recurrence(given, FIRST, ZONE)
    assert recurrence
    return [str(day) for day in islice(recurrence.all_days(), 3)]


@pytest.mark.parametrize(
    ("pattern", "days"),
    [
        ({"type": "daily", "interval": 3}, ["2026-12-01", "2026-12-04", "2026-12-07"]),
        (
            {**WEEKLY, "interval": 2, "daysOfWeek": ["tuesday", "monday"]},
            ["2026-12-01", "2026-12-14", "2026-12-15"],
        ),
        (
            {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
            ["2026-12-31", "2027-01-31", "2027-02-28"],
        ),
        (
            {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["tuesday"]},
            ["2026-12-01", "2027-01-05", "2027-02-02"],
        ),
        (
            {"type": "relativeMonthly", "interval": 2, "daysOfWeek": ["friday"], "index": "last"},
            ["2026-12-25", "2027-02-26", "2027-04-30"],
        ),
        (
            {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 12},
            ["2026-12-01", "2027-12-01", "2028-12-01"],
        ),
        (
            {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"], "month": 1},
            ["2027-01-04", "2028-01-03", "2029-01-01"],
        ),
    ],
)
def test_a_pattern_has_its_days(pattern: dict[str, Any], days: list[str]):
    assert days == first_days(pattern)


def test_a_range_ends_by_its_last_day_or_its_number():
    daily = {"type": "daily", "interval": 1}

    assert ["2026-12-01", "2026-12-02"] == first_days(daily, type="endDate", endDate="2026-12-02")
    assert ["2026-12-01"] == first_days(daily, type="numbered", numberOfOccurrences=1)


@pytest.mark.parametrize(
    ("pattern", "limits", "refusal"),
    [
        ({"type": "lunar"}, {}, "RequestBodyRead"),
        ({"type": "daily"}, {}, "ErrorPropertyValidationFailure"),
        ({"type": "daily", "interval": 0}, {}, "ErrorPropertyValidationFailure"),
        ({"type": "daily", "interval": 1, "month": 0}, {}, "ErrorPropertyValidationFailure"),
        ({"type": "weekly", "interval": 1}, {}, "ErrorPropertyValidationFailure"),
        ({**WEEKLY, "daysOfWeek": []}, {}, "ErrorPropertyValidationFailure"),
        ({**WEEKLY, "daysOfWeek": ["someday"]}, {}, "ErrorPropertyValidationFailure"),
        ({**WEEKLY, "index": "first"}, {}, "ErrorPropertyValidationFailure"),
        ({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1}, {}, "ErrorPropertyValidationFailure"),
        (WEEKLY, {"startDate": "2026-12-02"}, "ErrorPropertyValidationFailure"),
        (WEEKLY, {"startDate": None}, "ErrorPropertyValidationFailure"),
        (WEEKLY, {"numberOfOccurrences": 0}, "ErrorPropertyValidationFailure"),
        (WEEKLY, {"type": "endDate"}, "ErrorPropertyValidationFailure"),
        (WEEKLY, {"type": "endDate", "endDate": "2026-11-30"}, "ErrorPropertyValidationFailure"),
        (WEEKLY, {"type": "forever"}, "RequestBodyRead"),
    ],
)
async def test_a_bad_recurrence_is_refused(
    writer: httpx.AsyncClient, pattern: dict[str, Any], limits: dict[str, Any], refusal: str
):
    recurrence = {"pattern": pattern, "range": {**FOUR, **limits}}

    assert (400, refusal) == code(await writer.post("/me/events", json={**SERIES, "recurrence": recurrence}))


async def instances(client: httpx.AsyncClient, master_id: str) -> list[dict[str, Any]]:
    response = await client.get(f"/me/events/{master_id}/instances", params=WINDOW)
    return list(response.json()["value"])


async def test_a_series_has_a_master_and_instances(writer: httpx.AsyncClient, conforms: Conforms):
    made = (await writer.post("/me/events", json=SERIES)).json()
    response = await writer.get(f"/me/events/{made['id']}/instances", params=WINDOW)
    found = response.json()["value"]
    conforms(response, "GET /me/events/{event-id}/instances")

    assert "seriesMaster" == made["type"]
    # With what its type does not need, as the service writes it.
    assert ("weekly", 0, "first") == tuple(
        made["recurrence"]["pattern"][name] for name in ("type", "dayOfMonth", "index")
    )
    assert ("numbered", 4, "0001-01-01", ZONE) == tuple(
        made["recurrence"]["range"][name]
        for name in ("type", "numberOfOccurrences", "endDate", "recurrenceTimeZone")
    )
    assert ["2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22"] == [
        each["start"]["dateTime"][:10] for each in found
    ]
    assert {("occurrence", made["id"], None)} == {
        (each["type"], each["seriesMasterId"], each["recurrence"]) for each in found
    }


async def test_instances_want_a_window_and_a_master(writer: httpx.AsyncClient):
    made = (await writer.post("/me/events", json=SERIES)).json()
    [first, *_] = await instances(writer, made["id"])

    assert (400, "ErrorInvalidParameter") == code(await writer.get(f"/me/events/{made['id']}/instances"))
    assert (400, "ErrorInvalidRequest") == code(
        await writer.get(f"/me/events/{first['id']}/instances", params=WINDOW)
    )


async def test_what_went_its_own_way_is_told_where_it_is_asked_for(writer: httpx.AsyncClient):
    made = (await writer.post("/me/events", json=SERIES)).json()
    first, second, *_ = await instances(writer, made["id"])
    await writer.patch(f"/me/events/{first['id']}", json={"subject": "For once"})
    await writer.post(f"/me/events/{second['id']}/cancel", json={"comment": ""})
    plain = (await writer.get(f"/me/events/{made['id']}")).json()
    query = "$select=cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences"
    told = (await writer.get(f"/me/events/{made['id']}?{query}")).json()

    assert {"cancelledOccurrences", "exceptionOccurrences"}.isdisjoint(plain)
    assert [f"OID.{made['id']}.2026-12-08"] == told["cancelledOccurrences"]
    [exception] = told["exceptionOccurrences"]
    assert ("exception", first["id"], "For once", "2026-12-01T15:00:00Z") == tuple(
        exception[name] for name in ("type", "id", "subject", "originalStart")
    )


async def test_an_occurrence_has_no_recurrence_and_does_not_pass_its_neighbours(writer: httpx.AsyncClient):
    made = (await writer.post("/me/events", json=SERIES)).json()
    [first, *_] = await instances(writer, made["id"])
    late = {"dateTime": "2026-12-08T15:00:00", "timeZone": ZONE}
    later = {"dateTime": "2026-12-08T15:30:00", "timeZone": ZONE}
    path = f"/me/events/{first['id']}"

    assert (400, "ErrorPropertyValidationFailure") == code(
        await writer.patch(path, json={"recurrence": SERIES["recurrence"]})
    )
    assert (400, "ErrorOccurrenceCrossingBoundary") == code(
        await writer.patch(path, json={"start": late, "end": later})
    )


async def test_a_new_recurrence_undoes_exceptions_and_cancellations(writer: httpx.AsyncClient):
    made = (await writer.post("/me/events", json=SERIES)).json()
    first, second, *_ = await instances(writer, made["id"])
    await writer.patch(f"/me/events/{first['id']}", json={"subject": "For once"})
    await writer.delete(f"/me/events/{second['id']}")
    kept = await writer.patch(f"/me/events/{made['id']}", json={"subject": "All"})
    before = await instances(writer, made["id"])
    recurrence = {"pattern": WEEKLY, "range": {**FOUR, "numberOfOccurrences": 5}}
    await writer.patch(f"/me/events/{made['id']}", json={"recurrence": recurrence})
    after = await instances(writer, made["id"])

    assert (200, SERIES["recurrence"]["range"]["numberOfOccurrences"]) == (
        kept.status_code,
        kept.json()["recurrence"]["range"]["numberOfOccurrences"],
    )
    assert ["For once", "All", "All"] == [each["subject"] for each in before]
    assert ["All"] * 5 == [each["subject"] for each in after]


async def test_a_master_does_not_start_on_another_day_than_its_range(writer: httpx.AsyncClient):
    made = (await writer.post("/me/events", json=SERIES)).json()
    moved = {
        edge: {"dateTime": f"2026-12-02T{clock}:00", "timeZone": ZONE}
        for edge, clock in (("start", "15:00"), ("end", "15:30"))
    }

    assert (400, "ErrorPropertyValidationFailure") == code(
        await writer.patch(f"/me/events/{made['id']}", json=moved)
    )


async def test_one_occurrence_is_moved_and_one_cancelled_for_the_attendees_too(
    sandbox: Sandbox, writer: httpx.AsyncClient
):
    made = (await writer.post("/me/events", json=SERIES)).json()
    first, second, *_ = await instances(writer, made["id"])
    moved = {
        edge: {"dateTime": f"2026-12-02T{clock}:00", "timeZone": ZONE}
        for edge, clock in (("start", "10:00"), ("end", "10:30"))
    }
    await writer.patch(f"/me/events/{first['id']}", json=moved)
    await writer.post(f"/me/events/{second['id']}/cancel", json={"comment": "away"})
    own = [each["start"]["dateTime"][:13] for each in await instances(writer, made["id"])]
    async with sandbox.client("ben") as ben:
        seen = (await ben.get("/me/calendarView", params=WINDOW)).json()["value"]
    his = {each["start"]["dateTime"][:13]: each["isCancelled"] for each in seen if "Corvo" in each["subject"]}

    assert ["2026-12-02T10", "2026-12-15T15", "2026-12-22T15"] == own
    assert {
        "2026-12-02T10": False,
        "2026-12-08T15": True,
        "2026-12-15T15": False,
        "2026-12-22T15": False,
    } == his


async def test_a_series_goes_with_all_that_belongs_to_it(writer: httpx.AsyncClient):
    made = (await writer.post("/me/events", json=SERIES)).json()
    [first, *_] = await instances(writer, made["id"])
    await writer.patch(f"/me/events/{first['id']}", json={"subject": "Corvo, for once"})
    deleted = await writer.delete(f"/me/events/{made['id']}")
    left = (await writer.get("/me/calendarView", params=WINDOW)).json()["value"]

    assert 204 == deleted.status_code
    assert [] == [each for each in left if "Corvo" in each["subject"]]
