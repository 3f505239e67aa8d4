"""Results as text."""

import re
from typing import Any

import pytest

from shared.mcp.rendering import render
from shared.text.content import quote


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (
            {"display_name": "Ana", "age": 3, "member": True, "guest": False},
            "display name: Ana\nage: 3\nmember: yes\nguest: no",
        ),
        ({"count": 0, "ratio": 0.5}, "count: 0\nratio: 0.5"),
        ({"mail": None, "job": "", "groups": [], "manager": {}}, "(nothing)"),
        ({}, "(nothing)"),
        ({"body": "one\ntwo"}, "body:\n  one\n  two"),
        ({"office": {"city": "Oslo"}}, "office:\n  city: Oslo"),
        ({"tags": ["a", "b"]}, "tags:\n  - a\n  - b"),
        (
            {"items": [{"id": 1, "name": "x"}, {"id": 2, "name": None}]},
            "items:\n  - id: 1\n    name: x\n  - id: 2",
        ),
        (
            {"items": [{"id": 1, "parts": [{"n": 1}, {"n": 2}]}]},
            "items:\n  - id: 1\n    parts:\n      - n: 1\n      - n: 2",
        ),
    ],
)
def test_a_document_reads_as_lines(document: Any, text: str) -> None:
    assert text == render(document)


@pytest.mark.parametrize("note", [None, "Parts may be hidden."])
def test_a_note_about_a_text_stands_outside_of_it_and_only_if_there_is_one(note: str | None) -> None:
    document = quote("text", "origin", note=note).model_dump(mode="json")
    *_, end, last = render(document).splitlines()

    assert ("note" in document) == bool(note)
    assert (last == f"note: {note}") == bool(note)
    assert "end: characters" in (end if note else last)


def test_a_text_by_others_stands_between_marks_that_nobody_knows_before() -> None:
    document = quote("text of another", "a mail").model_dump(mode="json") | {"offset": 5, "next_offset": 20}
    first, second = (render(document).splitlines() for _ in range(2))
    marks = {re.findall(r"^\[([0-9a-f]{8}) (?:begin|end): ", line)[0] for line in (first[0], first[-2])}

    assert 1 == len(marks)
    assert first[0] != second[0]
    assert f"end: characters 5 to 20 of {document['total_characters']}]" in first[-2]
    assert "next offset: 20" == first[-1]
