"""Addresses of a page's items are told once where only the id differs."""

from typing import Any

import pytest

from shared.results.links import shorten_links


def page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": [*items], "complete": True, "web_url": None}


def item(number: Any, address: str | None, name: str = "web_url") -> dict[str, Any]:
    return {"id": number, "title": "x", name: address}


@pytest.mark.parametrize("name", ["web_url", "web_link"])
def test_the_form_is_told_once(name: str) -> None:
    before = page(*(item(each, f"https://a.example/edit/{each}?b=4", name) for each in (1, 22, 333)))

    assert {
        "items": [item(each, "", name) for each in (1, 22, 333)],
        "complete": True,
        "web_url": "https://a.example/edit/{id}?b=4",
    } == shorten_links(before)


def test_an_id_stands_quoted_in_an_address() -> None:
    found = shorten_links(page(*(item(f"{each}=/", f"https://a.example/?i={each}%3D%2F") for each in "ab")))

    assert "https://a.example/?i={id}" == found["web_url"]


def test_an_item_of_another_form_keeps_its_address() -> None:
    other = item("k3", "https://b.example/k3")
    found = shorten_links(page(item("k1", "https://a.example/k1"), other, item("k2", "https://a.example/k2")))

    assert ["", "https://b.example/k3", ""] == [each["web_url"] for each in found["items"]]
    assert "https://a.example/{id}" == found["web_url"]


@pytest.mark.parametrize(
    "document",
    [
        page(),
        page(item(1, "https://a.example/1")),
        page(item(1, "https://a.example/1"), item(2, None)),
        page(item(1, None), item(2, None)),
        page(item(1, "https://a.example/x"), item(2, "https://a.example/y")),
        page(item(1, "https://a.example/211"), item(2, "https://a.example/212")),
        page(item(1, "https://a.example/{id}/1"), item(2, "https://a.example/{id}/2")),
        page(item(1, "https://a.example/1/1"), item(2, "https://a.example/2/2")),
        page(item("", "https://a.example/"), item("", "https://a.example/")),
        {"items": [item(1, "https://a.example/1"), item(2, "https://a.example/2")]},
        {"id": 1, "web_url": "https://a.example/1"},
    ],
)
def test_what_has_no_common_form_stays_as_it_is(document: dict[str, Any]) -> None:
    assert document == shorten_links(document)
