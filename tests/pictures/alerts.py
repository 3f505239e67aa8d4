"""Draws the alert rules as the Bicep files deploy them, and what each would have said of the sample."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import FOLDER, Infrastructure
from tests.pictures.kusto_queries import evaluate
from tests.pictures.sample import BEGIN, DAYS, traces
from tests.pictures.svg import Picture
from tests.pictures.widths import wrapped

SEVERITIES = ("Critical", "Error", "Warning", "Informational", "Verbose")
"""What Azure Monitor calls the severities from 0 to 4."""
_OPTION = "alertOnPlatformRefusals"
_PREFIX = "mcp-work-"
_KINDS = ("Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/metricAlerts")
_COLOURS = ("red", "red", "orange", "blue", "soft")
_SIGNS = {"GreaterThan": "more than"}
_WIDE = 980
_TOP = 104
_LINE = 16
_COLUMNS = {
    "severity": (16, 130),
    "rule": (136, 568),
    "fires when": (584, 762),
    "in the sample week": (770, 964),
}


class Rule(NamedTuple):
    """An alert rule, with lengths of time as people write them.

    Attributes:
        query: Of the log; empty for a rule that watches a metric.
        measure: The column or metric held against the threshold; empty where rows are counted.
        optional: Whether it is deployed only with the parameter `alertOnPlatformRefusals`.
    """

    name: str
    text: str
    severity: int
    window: str
    frequency: str
    query: str
    measure: str
    condition: str
    threshold: int
    optional: bool


class Seen(NamedTuple):
    """What a rule found: the highest value of a window, and the number of windows above the threshold."""

    highest: float
    above: int


@cache
def rules(folder: Path = FOLDER) -> tuple[Rule, ...]:
    """Every rule, the gravest first, those that have to be asked for last."""
    infrastructure = Infrastructure(folder)
    usual, every = (_deployed(infrastructure.deploy(each).resources) for each in ({}, {_OPTION: True}))
    found = [_rule(name, each, optional=name not in usual) for name, each in every.items()]
    return tuple(sorted(found, key=lambda rule: (rule.optional, rule.severity, rule.name)))


def seen_in_sample(rule: Rule) -> Seen | None:
    """What the rule found in the sample, window by window; None for a rule that watches a metric."""
    if not rule.query:
        return None
    step = _length(rule.window)
    values = []
    for number in range(timedelta(days=DAYS) // step):
        begin = BEGIN + number * step
        rows = [row for row in traces() if begin <= row["timestamp"] < begin + step]
        found = evaluate(rule.query, {"traces": rows, "exceptions": []})
        values.append(max((row[rule.measure] for row in found), default=0) if rule.measure else len(found))
    return Seen(max(values), sum(value > rule.threshold for value in values))


def draw() -> Picture:
    """The picture."""
    heights = [max(54, 36 + _LINE * len(_lines(rule))) for rule in rules()]
    titles = "; ".join(f"{rule.name}: {_condition(rule)} in {_spoken(rule.window)}" for rule in rules())
    description = f"Each alert rule with its severity, threshold and window. {titles}."
    picture = Picture("Alert rules", description, (_WIDE, _TOP + sum(heights) + 16))
    picture.text(16, 36, "Alert rules", room=(16, 500), size=18, bold=True)
    about = "As infra/modules/alerts.bicep deploys them. The last column is what each finds in sample data."
    picture.text(16, 60, about, room=(16, _WIDE), fill="soft")
    picture.rect(1, 74, _WIDE - 2, 26, fill="panel", radius=0)
    for name, room in _COLUMNS.items():
        picture.text(room[0], 91, name, room=room, bold=True)
    y = float(_TOP)
    for rule, high in zip(rules(), heights, strict=True):
        _row(picture, rule, y)
        y += high
        if rule is not rules()[-1]:
            picture.line([(16, y - 4), (_WIDE - 16, y - 4)], stroke="grid", thick=1)
    return picture


def _row(picture: Picture, rule: Rule, y: float) -> None:
    severity, about, when, sample = _COLUMNS.values()
    colour = _COLOURS[rule.severity]
    words = f"{rule.severity} {SEVERITIES[rule.severity]}"
    picture.text(severity[0], y + 18, words, room=severity, fill=colour, bold=True)
    picture.text(about[0], y + 18, rule.name, room=about, size=13, bold=True)
    for number, line in enumerate(_lines(rule)):
        picture.text(about[0], y + 36 + _LINE * number, line, room=about, size=11.5)
    picture.text(when[0], y + 18, _condition(rule), room=when, bold=True)
    window = f"in {_spoken(rule.window)}, asked"
    picture.text(when[0], y + 34, window, room=when, size=11.5, fill="soft")
    picture.text(when[0], y + 49, f"every {_spoken(rule.frequency)}", room=when, size=11.5, fill="soft")
    seen = seen_in_sample(rule)
    if seen is None:
        picture.text(sample[0], y + 18, "metric, not in the log", room=sample, fill="soft")
        return
    words, colour = (f"above it: {seen.above} ×", "red") if seen.above else ("never above it", "green")
    picture.text(sample[0], y + 18, words, room=sample, fill=colour, bold=True)
    picture.text(sample[0], y + 34, f"highest: {seen.highest:,.0f}", room=sample, size=11.5, fill="soft")


def _lines(rule: Rule) -> list[str]:
    note = f" Only where {_OPTION} asks for it." if rule.optional else ""
    left, right = _COLUMNS["rule"]
    return wrapped(rule.text + note, right - left, 11.5)


def _condition(rule: Rule) -> str:
    # The unit is in the name of the record's field that the query measures.
    noun = "ms" if rule.measure and "duration_ms" in rule.query else "" if rule.measure else "records"
    named = f"{rule.measure} " if rule.measure else ""
    return f"{named}{rule.condition} {rule.threshold:,} {noun}".rstrip()


def _deployed(resources: list[Resource]) -> dict[str, Resource]:
    return {
        each.name.removeprefix(_PREFIX): each for each in resources if each.type in _KINDS and each.deployed
    }


def _rule(name: str, resource: Resource, *, optional: bool) -> Rule:
    (criterion,) = resource.property("properties.criteria.allOf")
    return Rule(
        name=name,
        text=resource.property("properties.description"),
        severity=resource.property("properties.severity"),
        window=resource.property("properties.windowSize"),
        frequency=resource.property("properties.evaluationFrequency"),
        query=criterion.get("query", ""),
        measure=_measure(criterion),
        condition=_SIGNS[criterion["operator"]],
        threshold=criterion["threshold"],
        optional=optional,
    )


def _measure(criterion: Mapping[str, Any]) -> str:
    return str(criterion.get("metricMeasureColumn") or criterion.get("metricName") or "")


def _length(duration: str) -> timedelta:
    """The length of an ISO 8601 duration of minutes, such as `PT15M`."""
    return timedelta(minutes=int(duration.removeprefix("PT").removesuffix("M")))


def _spoken(duration: str) -> str:
    return f"{_length(duration) // timedelta(minutes=1)} minutes"
