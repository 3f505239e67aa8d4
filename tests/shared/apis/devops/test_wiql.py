"""What a query says that has to be carried into the requests beside it."""

import pytest

from shared.apis.devops.wiql import has_time_of_day, is_about_the_past

DATE = "SELECT [System.Id] FROM WorkItems WHERE [System.ChangedDate] >= {}"


@pytest.mark.parametrize(
    "literal",
    [
        "'2020-03-25T08:36:50Z'",
        "'2020-03-25 08:36'",
        "'2020-03-25T08:36:50.1234567+01:00'",
        "'3/25/2020 8:36 AM'",
        "'25.03.2020 08:36:50'",
        "'March 25, 2020 8:36 PM'",
        "'25 Mar 2020 08:36'",
        "'3/25/2020 8 AM'",
        '"2020-03-25T00:00:00Z"',
    ],
)
def test_a_time_of_day_is_seen(literal: str):
    assert has_time_of_day(DATE.format(literal))
    assert has_time_of_day(f"{DATE.format('@Today')} ASOF {literal}")
    assert has_time_of_day(DATE.format(f"'2020-03-25' AND [System.CreatedDate] IN ('2020-01-01', {literal})"))


@pytest.mark.parametrize(
    "query",
    [
        DATE.format("'2020-03-25'"),
        DATE.format("'3/25/2020'"),
        DATE.format("@Today - 7"),
        "SELECT [System.Id] FROM WorkItems WHERE [System.Title] CONTAINS '2020-03-25 08:36'",
        "SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'at 08:36'",
        "SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'x = ''2020-03-25'' 08:36'",
    ],
)
def test_no_time_of_day_is_seen_where_there_is_none(query: str):
    assert not has_time_of_day(query)


@pytest.mark.parametrize(
    ("query", "past"),
    [
        ("SELECT [System.Id] FROM WorkItems ASOF '2026-10-01'", True),
        ("SELECT [System.Id] FROM WorkItems\nasof\n'2026-10-01'", True),
        ("SELECT [Custom.ASOF] FROM WorkItems WHERE [ASOF] = 'ASOF ''2026-10-01'' '", False),
        ('SELECT [System.Id] FROM WorkItems WHERE [System.Title] = "ASOF"', False),
        ("SELECT [System.Id] FROM WorkItems", False),
    ],
)
def test_a_query_for_the_past_is_told_by_its_clause(query: str, past: bool):
    assert past == is_about_the_past(query)
