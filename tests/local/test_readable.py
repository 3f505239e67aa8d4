"""How an afternoon shows calls and results to people."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from local.afternoons import readable
from local.relative_time import at

MAIL = {
    "id": "AAMkAD8BTQ_WorDvFfGyFMIq50DlFLNylOHlR2",
    "subject": "Berth 4",
    "received": "2026-11-24T16:05:00Z",
    "is_read": False,
    "importance": "normal",
    "web_url": "https://outlook.office365.com/owa/",
    "text": {"notice": "Written by others", "text": "Closed.\n\nGrace", "total_characters": 14},
}


def test_a_result_is_shown_without_what_only_programs_need():
    shown = readable.result({"items": [MAIL], "next_cursor": "uFYrONAJ", "complete": False, "note": None})

    assert "- Berth 4\n  received: Tue 24 Nov 16:05 UTC\n  | Closed.\n  |\n  | Grace" == shown


def test_numbers_that_people_use_are_shown():
    assert "#1303 Open port 6379\nrev: 2" == readable.result(
        {"id": 1303, "title": "Open port 6379", "rev": 2, "links": []}
    )


def test_items_of_no_interest_are_counted():
    items = [{"subject": each} for each in ("Stand-up", "Days off", "Lunch")]

    assert "- Days off\n  … and 2 others" == readable.result(
        {"items": items}, lambda each: each["subject"] == "Days off"
    )


@pytest.mark.parametrize("found", [{}, {"items": []}, {"items": [], "complete": True, "gaps": []}])
def test_an_empty_result_says_so(found: dict[str, object]):
    assert "(nothing)" == readable.result(found)


def test_long_texts_and_lists_end_with_how_much_more_there_is():
    text = {"text": "\n".join(map(str, range(30))), "notice": "Written by others"}
    shown = readable.result({"text": text, "names": [{"name": str(each)} for each in range(10)]})

    assert "| 23\n| … 6 more lines" in shown
    assert "- 7\n  … and 2 more" in shown


def test_arguments_are_on_one_line_until_they_are_too_long():
    long = "Ana,\n" + "the harbour authority waits " * 6
    shown = readable.arguments({"kind": "reply", "body": long.strip()}).splitlines()

    assert "message_id=AAMkAD8BTQ…, limit=5" == readable.arguments({"message_id": MAIL["id"], "limit": 5})
    assert ["", "      kind='reply'", "      body=Ana,"] == shown[:3]
    assert max(map(len, shown)) <= 115


def test_a_moment_may_be_counted_in_working_days():
    monday = datetime(2026, 11, 30, 12, 0, tzinfo=ZoneInfo("Europe/Lisbon"))

    assert ["2026-11-27T16:05", "2026-11-29T16:05"] == [
        at(text, monday).isoformat()[:16] for text in ("-1w 16:05", "-1d 16:05")
    ]
