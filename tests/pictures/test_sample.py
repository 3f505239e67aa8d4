"""The sample is made of audit records as the app writes them, and is the same each time."""

from __future__ import annotations

import json

from shared.observability import audit
from tests.infra.rules.queries import OUTCOMES, reasons
from tests.pictures.sample import BEGIN, USERS, traces
from tests.shared.golden import CATALOGUE

LINES = [json.loads(row["message"]) for row in traces()]


def test_every_line_has_the_fields_of_the_audit_record() -> None:
    assert {tuple(audit.FIELDS)} == {tuple(line) for line in LINES}


def test_tools_outcomes_and_reasons_are_those_of_the_app() -> None:
    assert {line["tool"] for line in LINES} <= {tool.name for tool in CATALOGUE}
    assert {line["outcome"] for line in LINES} <= OUTCOMES
    assert {line["reason"] for line in LINES} <= reasons()


def test_a_line_without_a_valid_token_names_nobody() -> None:
    assert {line["outcome"] for line in LINES if line["user"] is None} == {"sign_in_required"}
    assert USERS == len({line["user"] for line in LINES} - {None})


def test_the_rows_are_in_order_and_carry_their_time() -> None:
    times = [row["timestamp"] for row in traces()]

    assert sorted(times) == times
    assert BEGIN < times[0]
    assert [line["time"] for line in LINES] == [each.isoformat(timespec="milliseconds") for each in times]


def test_it_is_the_same_each_time() -> None:
    assert traces() == traces.__wrapped__()
