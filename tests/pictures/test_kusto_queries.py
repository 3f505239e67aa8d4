"""Queries are evaluated as Kusto does, and refused where they use what is not evaluated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.pictures.kusto_expressions import KustoError, percentile
from tests.pictures.kusto_queries import evaluate

BEGIN = datetime(2026, 11, 16, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "timestamp": BEGIN + timedelta(minutes=10 * number),
        "tool": tool,
        "user": user,
        "ms": ms,
        "message": f'{{"hosts":{hosts},"user":null}}',
    }
    for number, (tool, user, ms, hosts) in enumerate(
        [
            ("mail", "ana", 10, '{"graph":{"200":2}}'),
            ("mail", "ben", 20, '{"graph":{"200":1,"503":3}}'),
            ("wiki", "ana", 30, '{"devops":{"200":1}}'),
            ("mail", "", 40, "{}"),
        ]
    )
]


def rows(query: str) -> list[dict[str, Any]]:
    return evaluate(f"traces {query}", {"traces": ROWS})


@pytest.mark.parametrize(
    ("condition", "milliseconds"),
    [
        ("tool == 'mail'", [10, 20, 40]),
        ('tool != "mail" or ms > 30', [30, 40]),
        ("tool == 'wiki' or tool == 'mail' and ms >= 20", [20, 30, 40]),
        ("tool in ('wiki', 'chat')", [30]),
        ("'*' in ('*') or tool in ('*')", [10, 20, 30, 40]),
        ("isnotempty(user)", [10, 20, 30]),
        ("tool startswith 'WI'", [30]),
        ("tool contains 'IK'", [30]),
        ("tool endswith 'il' and ms < 20", [10]),
        ("2 * ms - 10 <= 30 / 2 + 15", [10, 20]),
    ],
)
def test_rows_are_chosen(condition: str, milliseconds: list[int]) -> None:
    assert milliseconds == [row["ms"] for row in rows(f"| where {condition}")]


def test_rows_are_summarized_by_group() -> None:
    found = rows(
        "| summarize calls = count(), slow = countif(ms > 15), users = dcountif(user, isnotempty(user)), "
        "tools = dcount(tool), most = max(ms), sum = sum(ms), who = make_set(user, 2) by tool"
    )

    assert [
        {
            "tool": "mail",
            "calls": 3,
            "slow": 2,
            "users": 2,
            "tools": 1,
            "most": 40,
            "sum": 70,
            "who": ["ana", "ben"],
        },
        {
            "tool": "wiki",
            "calls": 1,
            "slow": 1,
            "users": 1,
            "tools": 1,
            "most": 30,
            "sum": 30,
            "who": ["ana"],
        },
    ] == found


def test_without_groups_nothing_is_one_row() -> None:
    assert [{"calls": 0}] == rows("| where ms > 100 | summarize calls = count()")
    assert [] == rows("| where ms > 100 | summarize calls = count() by tool")


def test_times_are_put_into_steps() -> None:
    found = rows("| summarize calls = count() by bin(timestamp, 15m)")

    assert [(BEGIN, 2), (BEGIN + timedelta(minutes=15), 1), (BEGIN + timedelta(minutes=30), 1)] == [
        (row["timestamp"], row["calls"]) for row in found
    ]


def test_lists_become_rows() -> None:
    found = rows(
        "| extend hosts = parse_json(message).hosts | mv-expand host = bag_keys(hosts) to typeof(string) "
        "| extend statuses = hosts[host] | mv-expand status = bag_keys(statuses) to typeof(string) "
        "| summarize requests = sum(tolong(statuses[status])) by host, status "
        "| order by host asc, requests desc"
    )

    assert [("devops", "200", 1), ("graph", "200", 3), ("graph", "503", 3)] == [
        tuple(row.values()) for row in found
    ]


def test_what_one_list_has_besides_another_is_found() -> None:
    found = rows(
        '| extend graph = parse_json(message).hosts["graph"] '
        '| where array_length(set_difference(bag_keys(graph), dynamic(["200"]))) > 0'
    )

    assert [20] == [row["ms"] for row in found]


def test_rows_are_ordered_and_the_first_ones_taken() -> None:
    assert [40, 20, 10, 30] == [row["ms"] for row in rows("| order by tool asc, ms desc")]
    assert [{"ms": 40, "name": "mail"}, {"ms": 30, "name": "wiki"}] == rows(
        "| top 2 by ms desc | project ms, name = tostring(tool)"
    )
    assert [{"tool": "mail"}, {"tool": "wiki"}] == rows("| distinct tool")


def test_null_is_an_empty_text() -> None:
    assert [{"user": ""}] == rows("| extend user = tostring(parse_json(message).user) | distinct user")


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([1, 2, 3, 4], 50, 2), ([4, 3, 2, 1], 95, 4), ([*range(1, 101)], 95, 95), ([7], 50, 7)],
)
def test_a_percentile_is_a_value_there_is(values: list[int], percent: int, expected: int) -> None:
    assert expected == percentile(values, percent)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("| join other on tool", "operator join"),
        ("| where strlen(tool) > 3", "function strlen"),
        ("| where nothing == 1", "no column nothing"),
        ("| summarize stdev(ms) by tool", "aggregate stdev"),
        ("| order by ms", "ends too early"),
        ("| where tool has_any ~ 'x'", "is not read"),
        ("| where tool has 'x'", "'has' stands where"),
    ],
)
def test_what_is_not_evaluated_is_refused(query: str, said: str) -> None:
    with pytest.raises(KustoError, match=said):
        rows(query)


def test_a_table_there_is_not_is_refused() -> None:
    with pytest.raises(KustoError, match="no table requests"):
        evaluate("requests | where ms > 1", {"traces": ROWS})
