"""Renders the spans a host recorded, as trees of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def span_tree(journal: Sequence[dict[str, Any]]) -> list[str]:
    """Returns a line for each span in the journal, in order of their beginning, indented below its parent."""
    spans = sorted((entry for entry in journal if entry["event"] == "span"), key=lambda span: span["started"])
    known = {span["span_id"] for span in spans}

    def lines(parent: dict[str, Any], depth: int) -> Iterator[str]:
        yield _line(parent, depth)
        for span in spans:
            if span["parent_id"] == parent["span_id"]:
                yield from lines(span, depth + 1)

    # The parent of a call's span is the host's own, or the client's.
    return [line for span in spans if span["parent_id"] not in known for line in lines(span, 0)]


def _line(span: dict[str, Any], depth: int) -> str:
    facts = " ".join(f"{name}={value}" for name, value in sorted(span["attributes"].items()))
    return f"{span['milliseconds']:9.1f} ms  {'  ' * depth}{span['name']}  {facts}".rstrip()
