"""Several things at once: results in order, and one failure ends the rest."""

import ast
import asyncio
from pathlib import Path

import pytest

from shared.concurrency import run_all, run_concurrently
from shared.errors import ToolError

SHARED = Path(__file__).parents[2] / "shared"


async def after(turns: int, value: object) -> object:
    """The value, after some turns of the loop; an exception is raised."""
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(value, BaseException):
        raise value
    return value


class Sibling:
    """Waits for ever, and notes how it ended."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.ended = "not at all"

    async def work(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            # Its end is waited for, however long that takes.
            await asyncio.sleep(0)
            self.ended = "cancelled"
            raise


async def test_results_come_in_the_order_asked_for() -> None:
    assert ("slow", 2) == await run_concurrently(after(5, "slow"), after(1, 2))
    assert [3, 2, 1] == await run_all(after(number, number) for number in (3, 2, 1))
    assert [] == await run_all([])


async def test_a_failure_cancels_the_others_and_is_what_the_caller_sees() -> None:
    sibling = Sibling()
    cause = OSError("the network")
    failure = ToolError("not_found", "There is none.", "Look again.")
    failure.__cause__ = cause

    with pytest.raises(ToolError) as raised:
        await run_concurrently(sibling.work(), after(2, failure))

    assert failure is raised.value
    assert cause is raised.value.__cause__
    assert "cancelled" == sibling.ended


async def test_of_two_failures_the_first_to_happen_is_told() -> None:
    late, early = ToolError("conflict", "Late.", "-"), ToolError("forbidden", "Early.", "-")

    with pytest.raises(ToolError) as raised:
        await run_concurrently(after(3, late), after(1, early))
    assert early is raised.value

    # In the same turn, before either can be cancelled.
    with pytest.raises(ToolError) as raised:
        await run_all([after(0, early), after(0, late)])
    assert early is raised.value


async def test_a_failure_inside_another_group_is_itself() -> None:
    sibling = Sibling()
    failure = ToolError("timeout", "Slow.", "Wait.")

    with pytest.raises(ToolError) as raised:
        await run_concurrently(run_all([sibling.work(), after(1, failure)]), after(9, None))

    assert failure is raised.value
    assert "cancelled" == sibling.ended


async def test_who_is_cancelled_cancels_all_of_them() -> None:
    siblings = [Sibling(), Sibling()]
    task = asyncio.create_task(run_all(each.work() for each in siblings))
    for each in siblings:
        await each.begun.wait()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ["cancelled"] * 2 == [each.ended for each in siblings]


def test_nothing_of_the_app_gathers_in_a_way_that_leaves_siblings_running() -> None:
    gathers = [
        f"{path.relative_to(SHARED)}:{node.lineno}"
        for path in SHARED.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute | ast.Name)
        and getattr(node, "attr", getattr(node, "id", None)) == "gather"
    ]

    assert [] == gathers
