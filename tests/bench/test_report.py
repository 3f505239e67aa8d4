"""What a run is made into: goals with verdicts, and tables."""

import pytest

from tests.bench import report
from tests.bench.goals import APP, CERTIFI, GOALS, IN_PROCESS, Goal


@pytest.mark.parametrize(
    ("goal", "value", "is_met"),
    [
        (Goal("p50", 0.75, CERTIFI), 0.5, True),
        (Goal("p50", 0.4, CERTIFI), 0.5, False),
        (Goal("p50", 60, unit="ms"), 50, True),
        (Goal("p50", 49, unit="ms"), 50, False),
        (Goal("calls/s", 10, CERTIFI, "at least"), 12, True),
        (Goal("calls/s", 13, CERTIFI, "at least"), 12, False),
    ],
)
def test_a_goal_is_a_bound_on_a_figure_or_on_a_ratio(goal: Goal, value: float, is_met: bool) -> None:
    table = {APP: {"p50": 50, "calls/s": 240}, CERTIFI: {"p50": 100, "calls/s": 20}}

    assert (value, is_met) == (goal.value(table), goal.is_met(table))


def test_a_missed_goal_shows() -> None:
    table = {APP: {"import": 90.0}, CERTIFI: {"import": 100.0}}
    (line,) = [line for line in report.goals(table).splitlines() if line.startswith("| import")]

    assert line.endswith("| at most 0.15 of FastMCP, certifi's roots | 0.9 | **missed** |")


def test_what_was_not_measured_is_not_met() -> None:
    lines = report.goals({APP: {}}).splitlines()[2:]

    assert len(GOALS) == len(lines)
    assert all(line.endswith("| not measured |  |") for line in lines)


def test_every_figure_has_its_row_and_every_server_its_column() -> None:
    table = {APP: {"warm p50": 68.2, "bystander ratio": 1.0}, CERTIFI: {"warm p50": 1234.0}}
    lines = report.figures(table).splitlines()

    assert len(report.ROWS) + 2 == len(lines)
    assert f"| | {APP} | {CERTIFI} |" == lines[0]
    assert "| warm call of one user, p50 | 68.2 ms | 1,234 ms |" in lines
    assert any(line.endswith("| 1.00 |  |") for line in lines)


def test_a_figure_of_the_app_alone_is_in_its_own_table_and_in_its_goal() -> None:
    table = {APP: {f"{IN_PROCESS}memory": 66.5}}
    (goal,) = [line for line in report.goals(table).splitlines() if "memory" in line and "1,000" in line]

    assert goal == "| in process: peak memory after 1,000 calls | at most 70 MB | 66.5 MB | met |"
    assert "| peak memory after 1,000 calls | 66.5 MB |" in report.own_figures(table).splitlines()
    assert "66.5" not in report.figures(table)
