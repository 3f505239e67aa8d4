"""Knows how long the result of the current call may be, and sizes everything that goes into it by that."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

USUAL = 40_000
"""Characters of a result where nothing else is set. Budgets are stated for a result of this length."""

_LIMIT: ContextVar[int] = ContextVar("result_limit", default=USUAL)


@contextmanager
def result_limit(characters: int) -> Iterator[None]:
    """Sets the longest result of the call in its body."""
    before = _LIMIT.set(characters)
    try:
        yield
    finally:
        _LIMIT.reset(before)


def share(budget: int) -> int:
    """Returns the part of a budget, stated for a result of the usual length, that the current call has."""
    return max(1, budget * _LIMIT.get() // USUAL)
