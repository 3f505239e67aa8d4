import pytest

from local.graph.errors import GraphError
from local.graph.filters import filter_paths, filtered

ITEMS = [
    {
        "id": 1,
        "subject": "Build failed",
        "isRead": False,
        "from": {"emailAddress": {"address": "ben@x"}},
        "at": "2026-11-17T10:00:00Z",
        "n": 5,
    },
    {
        "id": 2,
        "subject": "O'Brien's booking",
        "isRead": True,
        "from": {"emailAddress": {"address": "Ana@x"}},
        "at": "2026-11-18T10:00:00Z",
        "n": 12,
    },
    {"id": 3, "subject": None, "isRead": True, "from": None, "at": "2026-11-19T10:00:00.0000000", "n": None},
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("isRead eq false", [1]),
        ("isRead ne false", [2, 3]),
        ("not (isRead eq true)", [1]),
        ("subject eq 'O''Brien''s booking'", [2]),
        ("startswith(subject,'build')", [1]),
        ("contains(subject, 'book')", [2]),
        ("endswith(subject,'FAILED')", [1]),
        ("from/emailAddress/address eq 'ana@x'", [2]),
        ("at ge 2026-11-18T00:00:00Z and at lt 2026-11-19T00:00:00Z", [2]),
        ("at ge 2026-11-18", [2, 3]),
        ("at gt '2026-11-18T12:00:00Z'", [3]),
        ("n gt 5 or n eq 5", [1, 2]),
        ("n eq null", [3]),
        ("n ne null", [1, 2]),
        ("id in (1, 3)", [1, 3]),
        ("isRead eq true and (n gt 100 or subject eq null)", [3]),
        ("n eq 'five'", []),
    ],
)
def test_a_filter_keeps_what_it_asks_for(text: str, ids: list[int]):
    assert ids == [item["id"] for item in filtered(ITEMS, text)]


@pytest.mark.parametrize(
    "text",
    [
        "isRead",
        "isRead eq",
        "eq eq eq eq",
        "isRead is true",
        "(isRead eq true",
        "subject eq 'open",
        "isRead eq true)",
        "n eq 1 n eq 2",
        "contains(subject)",
        "'a' eq 'a'",
        "id in ()",
        "n eq 2 or",
        "(" * 3000,
        "x eq 1 or " * 1000 + "x eq 1",
    ],
)
def test_what_is_no_filter_is_refused(text: str):
    with pytest.raises(GraphError) as refusal:
        filtered(ITEMS, text)

    assert 400 == refusal.value.status


def test_the_paths_of_a_filter_come_in_order():
    assert ["a/b", "c", "d"] == filter_paths("a/b eq 'c x' and (c ge 2026-01-01 or startswith(d,'e'))")
