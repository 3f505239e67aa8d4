"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Outcome = Literal["ok", "warning", "wrong", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """How a check came out, what it saw, and how to mend that.

    A `warning` is something that works, though not for everybody; `unknown` says in `what` why it could
    not be checked.
    """

    outcome: Outcome
    what: str
    cure: str = ""


def ok(what: str) -> Verdict:
    """All is well."""
    return Verdict("ok", what)


def warning(what: str, cure: str) -> Verdict:
    """It works, though not for everybody."""
    return Verdict("warning", what, cure)


def wrong(what: str, cure: str) -> Verdict:
    """It does not work, or is not safe."""
    return Verdict("wrong", what, cure)


class CannotCheckError(Exception):
    """A check lacks what it needs: the text says why, `cure` what to do about it."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.cure = cure
