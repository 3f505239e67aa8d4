"""Writes the logs of build steps from the templates of the data file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.devops.build import Build
from local.devops.data_files import data_file, pick
from local.devops.timeline import Record


def lines(build: Build, record: Record) -> list[str]:
    """Returns the lines of a record's log, each with its time (seven decimals, as agents write)."""
    if record.started is None or record.finished is None or not record.log:
        return []
    texts = list(_texts(build, record.log))
    step = (record.finished - record.started) / max(len(texts), 1)
    return [
        f"{record.started + step * number:%Y-%m-%dT%H:%M:%S.%f}{number % 10}Z {text}"
        for number, text in enumerate(texts)
    ]


def line_of(build: Build, record: Record, message: str) -> int | None:
    """Returns the number of the line that shows an issue's message, counted from 1."""
    for number, text in enumerate(_texts(build, record.log), start=1):
        if message in text:
            return number
    return None


def _texts(build: Build, name: str) -> Iterator[str]:
    facts: dict[str, Any] = {
        "agent": f"{build.id % 7 + 1:02d}",
        "number": build.number,
        "repository": build.definition.repository,
        "commit": build.commit,
        "short": build.commit[:8],
        "message": build.message,
        "cache": "redis-cache:6379",
    }
    for template in data_file("devops_builds.json")["logs"][name]:
        if isinstance(template, str):
            yield template.format(**facts)
            continue
        repeat = template["repeat"]
        for number in range(1, repeat + 1):
            word = pick(template.get("pick", [""]), build.id, name, number)
            yield template["line"].format(**facts, n=number, percent=number * 100 // repeat, pick=word)
