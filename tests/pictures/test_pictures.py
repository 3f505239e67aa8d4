"""The pictures of the documents: up to date, legible in both modes, and readable without seeing them."""

from __future__ import annotations

import re
from functools import cache
from itertools import combinations
from xml.etree import ElementTree

import pytest

from tests.pictures.colours import DARK, LIGHT, contrast
from tests.pictures.facts import ROOT
from tests.pictures.made import FOLDER, PICTURES
from tests.pictures.svg import Picture, Text

SVG = "{http://www.w3.org/2000/svg}"
LEGIBLE = 4.5
"""The contrast that WCAG 2.2 AA asks of text (1.4.3)."""
VISIBLE = 3.0
"""The contrast that it asks of what a picture cannot be understood without (1.4.11)."""
DECORATION = {"grid"}
"""Strokes that only set apart what is apart already."""
pytestmark = pytest.mark.parametrize("name", PICTURES)


@cache
def drawn(name: str) -> Picture:
    return PICTURES[name]()


def ground(picture: Picture, text: Text) -> str:
    """The colour behind a text: of the rectangle painted last at its place."""
    left, right = text.extent
    middle = ((left + right) / 2, text.y - text.size / 3)
    return [rect.fill for rect in picture.rects if rect.holds(*middle)][-1]


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two boxes of left, top, right and bottom have an area in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def box(text: Text) -> tuple[float, float, float, float]:
    left, right = text.extent
    return left, text.y - 0.8 * text.size, right, text.y + 0.2 * text.size


def test_it_is_what_code_and_infrastructure_say(name: str) -> None:
    assert (FOLDER / name).read_text() == drawn(name).render(), "run `make pictures` and look at what changed"


def test_a_screen_reader_has_a_title_and_a_description(name: str) -> None:
    root = ElementTree.parse(FOLDER / name).getroot()

    assert "img" == root.get("role")
    named = {each.get("id"): each.text for each in root if each.tag in (f"{SVG}title", f"{SVG}desc")}
    assert ["title", "desc"] == str(root.get("aria-labelledby")).split()
    assert named["title"]
    assert len(named["desc"] or "") > 100


def test_it_runs_nothing_and_loads_nothing(name: str) -> None:
    root = ElementTree.parse(FOLDER / name).getroot()
    drawing = {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "polyline", "text"}

    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= drawing
    assert not [key for each in root.iter() for key in each.attrib if key.startswith("on") or "href" in key]
    assert not re.search(r"url\((?!#)|@import|@font-face", (FOLDER / name).read_text())


def test_a_document_shows_it_and_says_what_it_shows(name: str) -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = [
        alternative
        for each in documents
        for alternative, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", each.read_text())
        if (each.parent / path).resolve() == FOLDER / name
    ]

    assert shown
    assert all(len(each) > 30 for each in shown)


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_contrast_enough(name: str, mode: int) -> None:
    picture = drawn(name)
    measured = {text.words: contrast(text.fill, ground(picture, text), mode) for text in picture.texts}

    assert measured
    assert {} == {words: ratio for words, ratio in measured.items() if ratio < LEGIBLE}


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
def test_every_line_has_contrast_enough(name: str, mode: int) -> None:
    strokes = set(re.findall(r'<polyline[^>]* s-([a-z-]+)"', drawn(name).render())) - DECORATION
    grounds = {"ground", "panel"}

    assert {} == {
        (stroke, each): ratio
        for stroke in strokes
        for each in grounds
        if (ratio := contrast(stroke, each, mode)) < VISIBLE
    }


def test_every_text_keeps_to_its_room(name: str) -> None:
    picture = drawn(name)
    beyond = {
        text.words: (text.extent, text.room)
        for text in picture.texts
        if text.extent[0] < max(text.room[0], 0) - 1 or text.extent[1] > min(text.room[1], picture.wide) + 1
    }

    assert {} == beyond


def test_no_text_is_written_over_another(name: str) -> None:
    both = [
        (one.words, other.words)
        for one, other in combinations(drawn(name).texts, 2)
        if overlap(box(one), box(other))
    ]

    assert [] == both
