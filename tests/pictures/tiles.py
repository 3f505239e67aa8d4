"""Draws the tiles of a workbook: tables, and charts over time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shared.errors import CODES
from tests.pictures.svg import Picture
from tests.pictures.widths import shortened, width

SIZE = 11.5
ROW = 22
"""Pixels from one row of a table to the next."""
HEAD = 34
"""Pixels from the top of a tile to what it shows."""
CHART = 210
"""The height of a chart in pixels, its legend included."""
_WIDEST_CELL = 172
_STYLES = (
    ("blue", ""),
    ("orange", "7 3"),
    ("green", "2 3"),
    ("purple", "9 3 2 3"),
    ("red", "4 3"),
    ("teal", "12 4"),
    ("pink", "1 3"),
)


class Tile(NamedTuple):
    """A tile's title, and the rows that its query gives, all with the same columns."""

    title: str
    rows: Sequence[dict[str, Any]]


class Place(NamedTuple):
    """Where a tile is, in pixels."""

    left: float
    top: float
    wide: float


def table_height(tile: Tile, shown: int) -> float:
    """The height in pixels of a table of which so many rows are shown at most."""
    return HEAD + ROW * (1 + min(shown, len(tile.rows))) + 30


def table(picture: Picture, tile: Tile, place: Place, *, shown: int, high: float) -> None:
    """Draws a table: as many columns as there is room for, and below it the names of the others."""
    _frame(picture, tile.title, place, high)
    rows = tile.rows[:shown]
    cells = {name: [_cell(row[name]) for row in rows] for name in tile.rows[0]}
    wide = {
        name: min(_WIDEST_CELL, max(width(name, SIZE, bold=True), *(width(each, SIZE) for each in values)))
        + 14
        for name, values in cells.items()
    }
    right, x, left_out = place.left + place.wide - 6, place.left + 10, list(cells)
    y = place.top + HEAD
    picture.rect(place.left + 1, y, place.wide - 2, ROW, fill="panel", radius=0)
    for name, values in cells.items():
        if x + wide[name] > right + 8:
            break
        left_out.remove(name)
        is_number = isinstance(tile.rows[0][name], int | float)
        at, anchor = (x + wide[name] - 14, "end") if is_number else (x, "start")
        room = (x, min(x + wide[name], right))
        picture.text(at, y + 15, name, room=room, size=SIZE, anchor=anchor, bold=True)
        for number, value in enumerate(values, 1):
            words = shortened(value, wide[name] - 13, SIZE)
            picture.text(at, y + 15 + ROW * number, words, room=room, size=SIZE, anchor=anchor)
        x += wide[name]
    for number in range(1, len(rows)):
        at = y + ROW * (number + 1)
        picture.line([(place.left + 10, at), (right - 4, at)], stroke="grid", thick=1)
    foot = [f"{len(rows)} of {len(tile.rows)} rows"]
    foot += [f"to the right: {', '.join(left_out)}"] if left_out else []
    words = shortened("; ".join(foot), place.wide - 20, 10.5)
    at = y + ROW * (1 + len(rows)) + 18
    picture.text(place.left + 10, at, words, room=(place.left, right), size=10.5, fill="soft")


def chart(picture: Picture, tile: Tile, place: Place, *, step: timedelta) -> None:
    """Draws lines over time: one for each number of the rows, or for each value of their text column."""
    _frame(picture, tile.title, place, CHART)
    lines = _lines(tile.rows)
    times = _steps(lines, step)
    begin, end = times[0], times[-1]
    top, bottom = place.top + HEAD + 6, place.top + CHART - 56
    left, right = place.left + 58, place.left + place.wide - 20
    highest = 4 * _quarter(max(value for points in lines.values() for value in points.values()))

    def at(when: datetime, value: float) -> tuple[float, float]:
        share = (when - begin) / (end - begin)
        return left + share * (right - left), bottom - value / highest * (bottom - top)

    for part in range(5):
        value = highest * part / 4
        _, y = at(begin, value)
        picture.line([(left, y), (right, y)], stroke="grid", thick=1)
        room = (place.left + 2, left - 4)
        picture.text(left - 8, y + 4, f"{value:,.0f}", room=room, size=10.5, fill="soft", anchor="end")
    for when in times:
        if when.hour == 0:
            x, _ = at(when, 0)
            words = f"{when:%b} {when.day}"
            picture.line([(x, bottom), (x, bottom + 4)], stroke="edge", thick=1)
            picture.text(x, bottom + 18, words, room=(x - 4, x + 60), size=10.5, fill="soft")
    x = left
    # The first is for what is no failure, so that an outcome looks the same with and without it.
    styles = _STYLES[1:] if lines.keys() <= {*CODES} else _STYLES
    if len(lines) > len(styles):
        raise ValueError(f"{len(lines)} lines are more than can be told apart")
    for (name, points), (stroke, dash) in zip(lines.items(), styles, strict=False):
        # A count of nothing is no row, and zero.
        picture.line([at(when, points.get(when, 0)) for when in times], stroke=stroke, dash=dash)
        long = width(name, SIZE)
        y = place.top + CHART - 18
        picture.line([(x, y - 4), (x + 26, y - 4)], stroke=stroke, thick=2.5, dash=dash)
        picture.text(x + 32, y, name, room=(x + 32, x + 32 + long), size=SIZE)
        x += long + 56


def _frame(picture: Picture, title: str, place: Place, high: float) -> None:
    picture.rect(place.left, place.top, place.wide, high, fill="ground", stroke="grid")
    room = (place.left + 10, place.left + place.wide - 4)
    picture.text(place.left + 10, place.top + 22, title, room=room, size=13, bold=True)


def _lines(rows: Sequence[dict[str, Any]]) -> dict[str, dict[datetime, float]]:
    """Numbers by time, by the name of their line."""
    lines: dict[str, dict[datetime, float]] = {}
    for row in rows:
        (when,) = (each for each in row.values() if isinstance(each, datetime))
        texts = [each for each in row.values() if isinstance(each, str)]
        for name, value in row.items():
            if isinstance(value, int | float):
                lines.setdefault(texts[0] if texts else name, {})[when] = value
    return lines


def _steps(lines: dict[str, dict[datetime, float]], step: timedelta) -> list[datetime]:
    """Every step from the first to the last, also those of which no line has a point."""
    times = [when for points in lines.values() for when in points]
    return [min(times) + number * step for number in range((max(times) - min(times)) // step + 1)]


def _quarter(value: float) -> float:
    """The distance of the marks of an axis that reaches that value with four of them: a round number."""
    size = 1
    while True:
        for each in (1, 1.5, 2, 2.5, 3, 4, 5, 7.5):
            if each * size == round(each * size) and 4 * each * size >= value:
                return each * size
        size *= 10


def _cell(value: Any) -> str:
    match value:
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case float():
            return f"{value:,.1f}"
        case int():
            return f"{value:,}"
        case list():
            return json.dumps(value, separators=(",", ":"))
    return str(value)
