"""Results as text."""

from typing import Any

import pytest

from shared.mcp.rendering import render


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
