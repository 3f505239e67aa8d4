"""Defines the results of checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Outcome = Literal["ok", "warning", "wrong", "unknown"]


@dataclass(frozen=True)
class CheckResult:
    """Holds the outcome of a check, what it saw, and how to mend that.

    A `warning` is something that works, though not for everybody, or with more rights than it needs;
    `unknown` says in `what` why it could not be checked.
    """

    outcome: Outcome
    what: str
    cure: str = ""


def ok(what: str) -> CheckResult:
    """Returns the result of a passed check."""
    return CheckResult("ok", what)


def warning(what: str, cure: str) -> CheckResult:
    """Returns the result of a check of something that works, though not as it should."""
    return CheckResult("warning", what, cure)


def wrong(what: str, cure: str) -> CheckResult:
    """Returns the result of a check that fails or is not safe."""
    return CheckResult("wrong", what, cure)


class CannotCheckError(Exception):
    """Raised when a check lacks what it needs: the text says why, `cure` what to do about it."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.cure = cure
