"""Draws the workbook: sections, tiles and titles as `workbook.json` has them, its queries on the sample."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.pictures import tiles
from tests.pictures.facts import ROOT
from tests.pictures.kusto_expressions import timespan
from tests.pictures.kusto_queries import evaluate
from tests.pictures.sample import DAYS, traces
from tests.pictures.svg import Picture
from tests.pictures.tiles import Place, Tile

WORKBOOK = ROOT / "infra" / "modules" / "workbook.json"
CHOSEN = {"Tool": "'*'", "Outcome": "'*'", "User": "'*'", "Client": "'*'", "TimeRange:grain": "6h"}
"""What the workbook's parameters hold. The portal chooses the grain by the time range; here it is 6h."""
SHOWN = 6
"""Rows of a table that are drawn at most."""
_WIDE = 980
_MARGIN = 16
_GAP = 12
_CONTENT = _WIDE - 2 * _MARGIN


class Item(NamedTuple):
    """A query of the workbook: how it is shown, and on how many percent of the page's width."""

    title: str
    query: str
    visualization: str
    percent: int


class Section(NamedTuple):
    """A heading, and the queries until the next one."""

    heading: str
    items: list[Item]


@cache
def sections(path: Path = WORKBOOK) -> Mapping[str, Section]:
    """The workbook's sections by the name of the item with their heading.

    Raises:
        ValueError: It has an item of a kind that is not drawn here.
    """
    found: dict[str, Section] = {}
    for item in json.loads(path.read_text())["items"]:
        content = item["content"]
        match item["type"]:
            case 1 if content["json"].startswith("### "):
                found[item["name"]] = section = Section(content["json"].removeprefix("### "), [])
            case 3:
                percent = int(item.get("customWidth", 100))
                section.items.append(
                    Item(content["title"], content["query"], content["visualization"], percent)
                )
            case 1 | 9:
                continue
            case kind:
                raise ValueError(f"{item['name']} is of the kind {kind}")
    return found


def parameters(path: Path = WORKBOOK) -> list[str]:
    """The labels of what its readers can choose."""
    items = json.loads(path.read_text())["items"]
    return [each["label"] for item in items for each in item["content"].get("parameters", [])]


def draw(name: str) -> Picture:
    """The picture of one section."""
    section = sections()[name]
    rows = list(_rows(section))
    high = 108 + sum(height + _GAP for _, height in rows) + 8
    chosen = ", ".join(parameters())
    titles = "; ".join(f"{each.title} ({each.visualization})" for each in section.items)
    description = (
        f"The part “{section.heading}” of the workbook, on sample data: {titles}. Readers choose: {chosen}."
    )
    picture = Picture(f"Workbook: {section.heading}", description, (_WIDE, high))
    picture.text(16, 36, section.heading, room=(16, 500), size=18, bold=True)
    picture.rect(_WIDE - 16 - 128, 18, 128, 24, fill="orange-tint", stroke="orange", radius=12)
    room = (_WIDE - 142, _WIDE - 18)
    picture.text(_WIDE - 80, 34.5, "SAMPLE DATA", room=room, fill="orange", anchor="middle", bold=True)
    about = (
        f"The workbook's own queries on a seeded sample of {len(traces()):,} audit records of {DAYS} days."
    )
    picture.text(16, 60, about, room=(16, _WIDE), fill="soft")
    _choices(picture)
    top = 108.0
    for items, height in rows:
        left = float(_MARGIN)
        for item in items:
            wide = (_CONTENT + _GAP) * item.percent / 100 - _GAP
            _tile(picture, item, Place(left, top, wide), height)
            left += wide + _GAP
        top += height + _GAP
    return picture


def _choices(picture: Picture) -> None:
    """The parameters, as the pills above the tiles that they are."""
    left = float(_MARGIN)
    for label in parameters():
        words = f"{label}: {f'last {DAYS} days' if label == 'Time range' else 'All'}"
        long = tiles.width(words, 11) + 20
        picture.rect(left, 74, long, 22, fill="panel", stroke="grid", radius=11)
        picture.text(left + long / 2, 89, words, room=(left + 4, left + long - 4), size=11, anchor="middle")
        left += long + 8


def _rows(section: Section) -> Iterator[tuple[list[Item], float]]:
    """What stands side by side, with its height: as many tiles as make a whole width."""
    row: list[Item] = []
    for item in section.items:
        if row and sum(each.percent for each in [*row, item]) > 100:
            yield row, max(map(_height, row))
            row = []
        row.append(item)
    yield row, max(map(_height, row))


def _height(item: Item) -> float:
    return tiles.CHART if item.visualization == "timechart" else tiles.table_height(_evaluated(item), SHOWN)


def _tile(picture: Picture, item: Item, place: Place, high: float) -> None:
    match item.visualization:
        case "timechart":
            tiles.chart(picture, _evaluated(item), place, step=timespan(CHOSEN["TimeRange:grain"]))
        case "table":
            tiles.table(picture, _evaluated(item), place, shown=SHOWN, high=high)
        case kind:
            raise ValueError(f"{item.title} is a {kind}")


@cache
def _evaluated(item: Item) -> Tile:
    """What the tile shows.

    Raises:
        ValueError: The sample has nothing for it.
    """
    query = re.sub(r"\{([A-Za-z:]+)\}", lambda match: CHOSEN[match[1]], item.query)
    rows: list[dict[str, Any]] = evaluate(query, {"traces": traces()})
    if not rows:
        raise ValueError(f"the sample has nothing for {item.title}")
    return Tile(item.title, rows)
