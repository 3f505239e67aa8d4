"""Spans as trees of text."""

from typing import Any

from local.span_tree import span_tree


def span(name: str, span_id: str, parent_id: str | None, started: int, **attributes: Any) -> dict[str, Any]:
    return {
        "event": "span",
        "name": name,
        "span_id": span_id,
        "parent_id": parent_id,
        "started": started,
        "milliseconds": 1.25,
        "attributes": attributes,
    }


def test_spans_stand_below_their_parents_in_order_of_their_beginning():
    journal = [
        {"event": "invoked", "function": "any"},
        span("second", "b", "a", 3),
        span("inner", "d", "c", 2, status=200),
        span("first", "c", "a", 1),
        span("call", "a", "the client's", 0, tool="any"),
        span("another call", "e", None, 4),
    ]

    assert span_tree(journal) == [
        "      1.2 ms  call  tool=any",
        "      1.2 ms    first",
        "      1.2 ms      inner  status=200",
        "      1.2 ms    second",
        "      1.2 ms  another call",
    ]


def test_without_spans_there_is_no_line():
    assert span_tree([{"event": "invoked", "function": "any"}]) == []
