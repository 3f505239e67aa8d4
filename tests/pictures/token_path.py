"""Draws `token_path.toml`: who takes part from left to right, what passes between them from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.pictures.descriptions import read
from tests.pictures.facts import facts
from tests.pictures.svg import Picture
from tests.pictures.widths import width

_LINE = 16
"""Pixels from one line of text to the next."""
_TOP = 128
"""Pixels above the first step."""
_TINTS = {"blue": "blue-tint", "green": "green-tint"}


def description() -> dict[str, Any]:
    """What `token_path.toml` says."""
    return read("token_path.toml", facts())


def draw() -> Picture:
    """The picture."""
    given = description()
    high = _TOP + sum(_height(step) for step in given["step"]) + 20
    picture = Picture(given["title"], given["description"], (given["wide"], high))
    picture.text(16, 36, given["title"], room=(16, 400), size=18, bold=True)
    _legend(picture, given["wide"])
    room = (given["wide"] - 24) / len(given["party"])
    centres = {party["id"]: 12 + room * (number + 0.5) for number, party in enumerate(given["party"])}
    for party in given["party"]:
        _party(picture, party, centres[party["id"]], room, high)
    y = _TOP
    for step in given["step"]:
        if "at" in step:
            _note(picture, step, centres[step["at"]], y)
        else:
            _message(picture, step, centres[step["from"]], centres[step["to"]], y)
        y += _height(step)
    return picture


def _height(step: Mapping[str, Any]) -> float:
    return _LINE * len(step["lines"]) + (28 if "at" in step else 20)


def _legend(picture: Picture, wide: float) -> None:
    x = wide - 16
    for words, colour in (("Token B", "green"), ("client assertion", "purple"), ("Token A", "blue")):
        long = width(words, 12, bold=True)
        picture.text(x, 36, words, room=(x - long, x), anchor="end", fill=colour, bold=True)
        picture.line([(x - long - 30, 32), (x - long - 6, 32)], stroke=colour, thick=3)
        x -= long + 50


def _party(picture: Picture, party: Mapping[str, Any], centre: float, room: float, high: float) -> None:
    left, wide = centre - room / 2 + 4, room - 8
    picture.line([(centre, 106), (centre, high - 14)], stroke="grid", thick=2)
    picture.rect(left, 56, wide, 50, fill="panel", stroke="edge")
    within = (left + 2, left + wide - 2)
    picture.text(centre, 76, party["title"], room=within, size=14, anchor="middle", bold=True)
    picture.text(centre, 95, party["note"], room=within, size=10.5, anchor="middle", fill="soft")


def _message(picture: Picture, step: Mapping[str, Any], begin: float, end: float, y: float) -> None:
    """An arrow with its text above; the text has a ground of its own, so that no lifeline runs through it."""
    lines, colour = step["lines"], step["colour"]
    middle = (begin + end) / 2
    for number, line in enumerate(lines):
        long = width(line, 12, bold=number == 0)
        room = (middle - long / 2 - 3, middle + long / 2 + 3)
        top = y + _LINE * number
        picture.rect(room[0], top, room[1] - room[0], _LINE, fill="ground", radius=0)
        fill = ("ink" if colour == "edge" else colour) if number == 0 else "ink"
        picture.text(middle, top + 12, line, room=room, anchor="middle", fill=fill, bold=number == 0)
    at = y + _LINE * len(lines) + 5
    gap = 3 if end > begin else -3
    dash = "6 4" if step.get("answer") else ""
    picture.line([(begin + gap, at), (end - gap, at)], stroke=colour, thick=2, dash=dash, head=True)


def _note(picture: Picture, step: Mapping[str, Any], centre: float, y: float) -> None:
    lines, colour = step["lines"], step["colour"]
    long = max(width(line, 12) for line in lines) + 20
    high = _LINE * len(lines) + 12
    picture.rect(centre - long / 2, y, long, high, fill=_TINTS[colour], stroke=colour)
    room = (centre - long / 2 + 4, centre + long / 2 - 4)
    for number, line in enumerate(lines):
        picture.text(centre, y + 18 + _LINE * number, line, room=room, anchor="middle")
