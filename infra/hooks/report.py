"""How the hooks tell what they found: plain ASCII, as some consoles know nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, and what mends it."""

    problem: str
    cure: str


def show(check: str, findings: Sequence[Finding]) -> None:
    """Print the outcome of one check."""
    if not findings:
        print(f"  ok      {check}")
    for finding in findings:
        print(f"  FAILED  {check}: {finding.problem}")
        print(f"          cure: {finding.cure}")


def show_unchecked(check: str, why: str) -> None:
    """Print that a check could not be made; that is no failure."""
    print(f"  --      {check}: not checked, {why}")
