"""Reads logs of builds by lines, without times and terminal colours."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsList, DevOpsModel
from shared.result_limit import share
from shared.text.content import TEXT_LIMIT, Quoted, clean, quote

LINE_LIMIT = 1_000
"""Characters of one line that are shown."""

type BuildKey = tuple[str, str, int]
"""Organization, project and id of a build."""

_LOGS = "/{}/{}/_apis/build/builds/{}/logs"
_TIME = re.compile(r"\A\ufeff?(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z ?")
# Colours, cursor movements and titles (ECMA-48, 5.4; xterm control sequences, OSC).
_TERMINAL = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\^_])")


class Log(DevOpsModel):
    """A log of a build, without its lines."""

    id: int
    line_count: int = 0


class LogPart(BaseModel):
    """Some lines of a log, without their times and colours; lines count from 1."""

    log_id: int
    first_line: int
    last_line: int
    total_lines: int
    next_line: int | None = Field(description="Give it as first_line to read on; null at the end.")
    written_from: datetime | None = Field(description="When the first of the lines was written.")
    written_to: datetime | None
    text: Quoted


async def list_logs(devops: DevOps, build: BuildKey) -> dict[int, Log]:
    """Returns the logs a build has written so far, by id."""
    return {log.id: log for log in (await devops.get(DevOpsList[Log], _LOGS, *build)).value}


async def read_log(
    devops: DevOps, build: BuildKey, log: Log, *, first_line: int, count: int, limit: int | None = None
) -> LogPart:
    """Returns lines of a log from one on: `count`, or as many as fit into `limit` characters."""
    lines = await _fetch(devops, build, log, first_line, count)
    shown = _fitting(map(_readable, lines), limit or share(TEXT_LIMIT))
    return _part(build, log, first_line, lines[: len(shown)], shown)


async def read_log_end(
    devops: DevOps, build: BuildKey, log: Log, *, count: int, limit: int | None = None
) -> LogPart:
    """Returns the last lines of a log: `count`, or as many as fit into `limit` characters."""
    first_line = max(1, log.line_count - count + 1)
    lines = await _fetch(devops, build, log, first_line, count)
    shown = _fitting(map(_readable, reversed(lines)), limit or share(TEXT_LIMIT))[::-1]
    left_out = len(lines) - len(shown)
    return _part(build, log, first_line + left_out, lines[left_out:], shown)


async def _fetch(devops: DevOps, build: BuildKey, log: Log, first_line: int, count: int) -> list[str]:
    last_line = min(log.line_count, first_line + count - 1)
    if last_line < first_line:
        return []
    lines = await devops.get(
        DevOpsList[str],
        _LOGS + "/{}",
        *build,
        log.id,
        startLine=str(first_line),
        endLine=str(last_line),
    )
    return lines.value[:count]


def _part(build: BuildKey, log: Log, first_line: int, lines: Sequence[str], shown: Sequence[str]) -> LogPart:
    last_line = first_line + len(shown) - 1
    text = "\n".join(shown)
    return LogPart(
        log_id=log.id,
        first_line=first_line,
        last_line=last_line,
        total_lines=log.line_count,
        next_line=last_line + 1 if last_line < log.line_count else None,
        written_from=_written(lines[0]) if lines else None,
        written_to=_written(lines[-1]) if lines else None,
        text=quote(text, f"log {log.id} of build {build[2]}", limit=len(text)),
    )


def _readable(line: str) -> str:
    """Returns what a terminal would show in the end, without the time in front."""
    bare = _TERMINAL.sub("", _TIME.sub("", line, count=1))
    # Progress is written over what was there before.
    last = bare.rstrip("\r\n").rpartition("\r")[2]
    left_out = len(last) - LINE_LIMIT
    text = clean(last[:LINE_LIMIT]).replace("\n", " ")
    return text if left_out <= 0 else f"{text}… ({left_out:,} more characters)"


def _fitting(lines: Iterable[str], limit: int) -> list[str]:
    """Returns the first lines, as many as have room; at least one."""
    room = limit
    fitting: list[str] = []
    for line in lines:
        # In a result every line is indented.
        room -= len(line) + 8
        if room < 0 and fitting:
            break
        fitting.append(line)
    return fitting


def _written(line: str) -> datetime | None:
    match = _TIME.match(line)
    return datetime.fromisoformat(match["second"]).replace(tzinfo=UTC) if match else None
