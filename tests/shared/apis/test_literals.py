from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.apis.literals import kql_phrase, odata_string, odata_time, search_string, wiql_string


@pytest.mark.parametrize("quoted", [odata_string, wiql_string])
def test_a_quote_inside_a_string_is_doubled(quoted):
    assert "'O''Brien'' or ''1'' eq ''1'" == quoted("O'Brien' or '1' eq '1")


def test_a_moment_is_written_in_utc_to_the_second():
    lisbon = timezone(timedelta(hours=1))

    assert "2026-06-01T08:30:00Z" == odata_time(datetime(2026, 6, 1, 9, 30, 0, 999, tzinfo=lisbon))
    assert "0999-06-01T00:00:00Z" == odata_time(datetime(999, 6, 1, tzinfo=UTC))


def test_a_phrase_cannot_be_left_from_within():
    assert '"red OR from:eva build"' == kql_phrase('red" OR from:eva "build')


def test_a_search_keeps_its_quotes_and_backslashes():
    assert r'"subject:\"a \\ b\""' == search_string(r'subject:"a \ b"')
