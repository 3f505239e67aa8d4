"""Recurrences as Graph has them, in words; and as they are written."""

from datetime import date
from typing import Any

import pytest

from shared.apis.graph.recurrences import in_words, recurrence_pattern, recurrence_range

# As responses have them: with what the type does not need.
UNUSED = {"interval": 1, "month": 0, "dayOfMonth": 0, "index": "first", "firstDayOfWeek": "sunday"}
FOREVER = {"type": "noEnd", "startDate": "2026-12-01", "endDate": "0001-01-01", "numberOfOccurrences": 0}


@pytest.mark.parametrize(
    ("pattern", "limits", "words"),
    [
        ({"type": "daily"}, {}, "every day, from 2026-12-01, without an end"),
        (
            {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "friday"]},
            {"type": "endDate", "endDate": "2027-01-31"},
            "every 2 weeks on Monday and Friday, from 2026-12-01, until 2027-01-31",
        ),
        (
            {"type": "relativeMonthly", "daysOfWeek": ["tuesday"], "index": "last"},
            {"type": "numbered", "numberOfOccurrences": 12},
            "every month on the last Tuesday, from 2026-12-01, 12 times",
        ),
        (
            {"type": "relativeYearly", "daysOfWeek": ["thursday"], "index": "fourth", "month": 11},
            {},
            "every year on the fourth Thursday of November, from 2026-12-01, without an end",
        ),
        ({"type": "lunar"}, {}, "in a way that is not known here"),
    ],
)
def test_a_recurrence_is_told_in_words(pattern: dict[str, Any], limits: dict[str, Any], words: str):
    assert words == in_words({"pattern": {**UNUSED, **pattern}, "range": {**FOREVER, **limits}})


@pytest.mark.parametrize("odd", [{}, {"pattern": None, "range": None}, {"pattern": {"type": None}}])
def test_a_recurrence_of_an_odd_form_hides_no_event(odd: dict[str, Any]):
    assert "in a way that is not known here" == in_words(odd)


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        ({"unit": "day", "interval": 2}, {"type": "daily", "interval": 2}),
        (
            {"unit": "week"},
            {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"], "firstDayOfWeek": "monday"},
        ),
        ({"unit": "month"}, {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 1}),
        (
            {"unit": "month", "nth": "first", "days": ["tuesday", "wednesday"]},
            {
                "type": "relativeMonthly",
                "interval": 1,
                "daysOfWeek": ["tuesday", "wednesday"],
                "index": "first",
            },
        ),
        ({"unit": "year"}, {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 12}),
        (
            {"unit": "year", "nth": "first"},
            {
                "type": "relativeYearly",
                "interval": 1,
                "daysOfWeek": ["tuesday"],
                "index": "first",
                "month": 12,
            },
        ),
    ],
)
def test_only_what_the_type_needs_is_written(arguments: dict[str, Any], pattern: dict[str, Any]):
    first = date(2026, 12, 1)

    assert pattern == recurrence_pattern(
        **{"interval": 1, "days": (), "nth": None, "first": first, **arguments}
    )


def test_a_range_begins_with_the_event():
    first = date(2026, 12, 1)

    assert {"type": "noEnd", "startDate": "2026-12-01", "recurrenceTimeZone": "UTC"} == recurrence_range(
        first=first, until=None, count=None, zone_name="UTC"
    )
