"""Prints what the hooks find, in characters that every console can show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Describes something that is wrong, and what mends it."""

    problem: str
    cure: str


def say(line: str) -> None:
    """Prints a line at once; a character that the console does not know is shown by its number."""
    encoding = sys.stdout.encoding
    print(line.encode(encoding, "backslashreplace").decode(encoding), flush=True)


def show(check: str, findings: Sequence[Finding]) -> None:
    """Prints the outcome of one check."""
    if not findings:
        say(f"  ok      {check}")
    for finding in findings:
        say(f"  FAILED  {check}: {finding.problem}")
        say(f"          cure: {finding.cure}")


def show_unchecked(check: str, why: str) -> None:
    """Prints that a check could not be made, which is no failure."""
    say(f"  --      {check}: not checked, {why}")
