"""What of a line of a log is shown."""

from typing import Any

import pytest

from shared.apis.devops.build_logs import LINE_LIMIT, Log, read_log, read_log_end
from shared.apis.models import DevOpsList

TIME = "2026-11-20T09:14:20.0000000Z "
PLACE = ("larkspur", "Booking", 4711)


class Lines:
    """Stands where Azure DevOps does: one log, read by lines."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        self.log = Log(id=9, lineCount=len(lines))

    async def get(self, model: Any, path: str, *segments: Any, startLine: str, endLine: str) -> Any:  # noqa: N803
        return DevOpsList[str](value=list(self.lines[int(startLine) - 1 : int(endLine)]))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"{TIME}plain", "plain"),
        (f"\ufeff{TIME}first line of a file", "first line of a file"),
        ("without a time", "without a time"),
        (f"{TIME}  indented 2026-11-20T09:14:20Z inside", "  indented 2026-11-20T09:14:20Z inside"),
        (f"{TIME}\x1b[31;1mred\x1b[0m and \x1b]0;title\x07plain", "red and plain"),
        (f"{TIME}10 %\r50 %\r100 %\r\n", "100 %"),
        (f"{TIME}zero\u200bwidth and \u202eturned", "zerowidth and turned"),
        ("x" * (LINE_LIMIT + 7), f"{'x' * LINE_LIMIT}… (7 more characters)"),
        ("", ""),
    ],
)
async def test_a_line_is_what_a_terminal_shows_in_the_end(line: str, shown: str):
    devops = Lines(line)
    part = await read_log(devops, PLACE, devops.log, first_line=1, count=1)  # type: ignore[arg-type]

    assert shown == part.text.text


async def test_the_end_of_a_log_that_is_short_is_all_of_it():
    devops = Lines("a", "b")
    part = await read_log_end(devops, PLACE, devops.log, count=40)  # type: ignore[arg-type]

    assert ("a\nb", 1, 2, None) == (part.text.text, part.first_line, part.last_line, part.next_line)


async def test_a_limit_leaves_lines_whole_and_takes_them_from_the_right_side():
    devops = Lines(*(f"line {number}" for number in range(1, 101)))
    begin = await read_log(devops, PLACE, devops.log, first_line=1, count=100, limit=50)  # type: ignore[arg-type]
    end = await read_log_end(devops, PLACE, devops.log, count=100, limit=50)  # type: ignore[arg-type]

    assert ("line 1\nline 2\nline 3", 4) == (begin.text.text, begin.next_line)
    assert ("line 98\nline 99\nline 100", 98) == (end.text.text, end.first_line)
