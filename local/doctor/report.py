"""Renders findings for people and for programs."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from local.doctor.check_result import Outcome
from local.doctor.examination import Finding

_WORDS: Mapping[Outcome, str] = {
    "ok": "ok",
    "warning": "warning",
    "wrong": "WRONG",
    "unknown": "could not check",
}
_WIDTH = max(map(len, _WORDS.values())) + 2
_INDENT = " " * (_WIDTH + 2)


def status(findings: Sequence[Finding]) -> int:
    """Returns the exit status: 0 nothing is wrong, 1 something is, 3 nothing as far as checked."""
    outcomes = {finding.outcome for finding in findings}
    if "wrong" in outcomes:
        return 1
    return 3 if "unknown" in outcomes else 0


def as_text(examined: str, findings: Sequence[Finding]) -> str:
    """Returns the findings for people, by area, each that is not well with its cure."""
    lines = [f"Examined: {examined}"]
    for area, found in itertools.groupby(findings, key=lambda finding: finding.area):
        lines += ["", area]
        before = None
        for finding in found:
            lines += _lines(finding, before)
            before = finding
    counted = Counter(finding.outcome for finding in findings)
    lines += ["", ", ".join(f"{counted[outcome]} {word}" for outcome, word in _WORDS.items())]
    return "\n".join(lines)


def as_json(examined: str, findings: Sequence[Finding]) -> str:
    """Returns the findings for programs."""
    return json.dumps({"examined": examined, "findings": [asdict(finding) for finding in findings]}, indent=2)


def _lines(finding: Finding, before: Finding | None) -> Iterator[str]:
    start = f"  {_WORDS[finding.outcome]:{_WIDTH}}{finding.check.replace('_', ' ')}: "
    if before and (finding.outcome, finding.what) == (before.outcome, before.what):
        yield f"{start}as above"
        return
    first, *more = finding.what.splitlines() or [""]
    yield f"{start}{first}"
    for line in more:
        yield f"{_INDENT}{line}"
    if finding.cure:
        yield f"{_INDENT}mend: {finding.cure}"
