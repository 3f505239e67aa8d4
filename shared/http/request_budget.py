"""Bounds the requests of one call, so that no list without an end is read on and on."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from shared.errors import ToolError

CALL_REQUESTS = 500
"""The most requests to Graph and Azure DevOps in one call."""


@dataclass(slots=True)
class _Budget:
    left: int


_BUDGET: ContextVar[_Budget | None] = ContextVar("request_budget", default=None)


@contextmanager
def request_budget(requests: int = CALL_REQUESTS) -> Iterator[None]:
    """Lets everything done in its body send so many requests together."""
    before = _BUDGET.set(_Budget(requests))
    try:
        yield
    finally:
        _BUDGET.reset(before)


def take_request(service: str) -> None:
    """Takes one request from the budget of the current call; outside of a call there is none.

    Raises:
        ToolError: `upstream_error`: the budget is used up.
    """
    budget = _BUDGET.get()
    if budget is None:
        return
    if budget.left <= 0:
        raise ToolError(
            "upstream_error",
            f"{service} has more pages for this than one call may read.",
            "Ask for less: a folder or a list of its own, a smaller limit, or a narrower search.",
            reason="request_budget",
        )
    budget.left -= 1
