"""Results as text."""

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
