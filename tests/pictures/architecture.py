"""Draws `architecture.toml`: boxes, the groups around them and the arrows between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.pictures.descriptions import read
from tests.pictures.facts import facts
from tests.pictures.svg import Picture
from tests.pictures.widths import width

_TINTS = {"blue": "blue-tint", "green": "green-tint", "purple": "purple-tint", "edge": "ground"}
_SIDE = 10
"""Pixels between the side of a box and its text."""


def description() -> dict[str, Any]:
    """What `architecture.toml` says."""
    return read("architecture.toml", facts())


def draw() -> Picture:
    """The picture."""
    given = description()
    picture = Picture(given["title"], given["description"], tuple(given["size"]))
    picture.text(16, 36, given["title"], room=(16, 400), size=18, bold=True)
    for group in given["group"]:
        left, top, wide, high = group["place"]
        picture.rect(left, top, wide, high, fill="panel", stroke="edge")
        picture.text(left + _SIDE, top + 20, group["title"], room=(left, left + wide), fill="soft", bold=True)
    for box in given["box"]:
        _box(picture, box)
    for arrow in given["arrow"]:
        _arrow(picture, arrow)
    for entry in given["legend"]:
        _legend(picture, entry)
    return picture


def _box(picture: Picture, box: Mapping[str, Any]) -> None:
    left, top, wide, high = box["place"]
    fill, room = _TINTS[box["colour"]], (left + _SIDE - 2, left + wide - 2)
    picture.rect(left, top, wide, high, fill=fill, stroke=box["colour"], dashed=box.get("dashed", False))
    picture.text(left + _SIDE, top + 24, box["title"], room=room, size=13, bold=True)
    for number, line in enumerate(box["lines"]):
        picture.text(left + _SIDE, top + 44 + 17 * number, line, room=room)


def _arrow(picture: Picture, arrow: Mapping[str, Any]) -> None:
    picture.line(arrow["way"], stroke=arrow["colour"], thick=2, head=True)
    for number, line in enumerate(arrow.get("label", [])):
        x, y = arrow["at"]
        anchor, long = arrow.get("anchor", "start"), width(line, 12, bold=True)
        room = (x - long, x) if anchor == "end" else (x, x + long)
        picture.text(
            x, y + 16 * number, line, room=room, fill=_ink(arrow["colour"]), anchor=anchor, bold=True
        )


def _legend(picture: Picture, entry: Mapping[str, Any]) -> None:
    x, y = entry["at"]
    room = (x, picture.wide - 4)
    picture.line([(x, y - 4), (x + 20, y - 4)], stroke=entry["colour"], thick=3)
    picture.text(x + 28, y, entry["title"], room=room, fill=entry["colour"], bold=True)
    for number, line in enumerate(entry["lines"]):
        picture.text(x, y + 18 + 16 * number, line, room=room)


def _ink(colour: str) -> str:
    return "soft" if colour == "edge" else colour
