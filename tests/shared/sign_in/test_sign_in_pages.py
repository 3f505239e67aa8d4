"""The pages people see: readable in light and dark, usable by keyboard and screen reader, and only text."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from shared.sign_in.entra_refusals import code_in, refusal_of
from shared.sign_in.sign_in_pages import (
    HEADERS,
    REFUSED,
    TO_ENTRA,
    Asker,
    consent_page,
    message_page,
    onward_page,
)

ASKER = Asker("A client", "", "127.0.0.1:33418", is_local=True)
PAGES = {
    "consent": consent_page(ASKER, server_host="mcp.example", handle="h" * 43, writes=True),
    "refused": onward_page(REFUSED, "https://client.example/?error=access_denied"),
    "onward": onward_page(TO_ENTRA, "https://login.example/?a=b&c=d"),
    "message": message_page("You are not signed in", ["Why."], link="https://client.example/?a=b&c=d"),
}
THEMES = ["light", "dark"]
# WCAG 2.2, 1.4.3 for text and 1.4.11 for what shows where a control is.
CONTRASTS = [
    ("text", "card", 4.5),
    ("text", "page", 4.5),
    ("soft", "card", 4.5),
    ("accent", "card", 4.5),
    ("on-accent", "accent", 4.5),
    ("line", "page", 3.0),
    ("line", "card", 3.0),
]


class Outline(HTMLParser):
    """The elements of a page in their order, with what is void left out."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def colours(theme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{([^}]*)\}", PAGES["consent"])
    chosen = light if theme == "light" else dark
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", chosen))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("front", "back", "least"), CONTRASTS)
def test_colours_are_told_apart(theme: str, front: str, back: str, least: float) -> None:
    one, other = sorted((luminance(colours(theme)[name]) for name in (front, back)), reverse=True)

    assert (one + 0.05) / (other + 0.05) >= least


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_has_a_language_a_title_one_heading_and_one_main_part(page: str) -> None:
    outline = Outline(page)

    assert page.startswith("<!doctype html>")
    assert [] == outline.open
    assert [{"lang": "en"}] == outline.named("html")
    assert [1, 1, 1] == [len(outline.named(tag)) for tag in ("title", "main", "h1")]
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert "width=device-width" in str(outline.named("meta"))


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_is_used_in_its_order_and_without_scripts(page: str) -> None:
    outline = Outline(page)

    assert not [tag for tag, _ in outline.elements if tag in ("script", "img", "link", "iframe", "object")]
    for _, attributes in outline.elements:
        assert not {"tabindex", "style", "autofocus"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]


def test_both_decisions_are_buttons_that_say_what_they_do() -> None:
    outline = Outline(PAGES["consent"])

    assert ["allow", "refuse"] == [each["value"] for each in outline.named("button")]
    assert [{"method": "post", "action": "/oauth/consent"}] == outline.named("form")
    assert re.search(r">Allow</button>.*>Refuse</button>", PAGES["consent"], re.DOTALL)
    assert ["hidden"] == [each["type"] for each in outline.named("input")]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_style_is_the_one_that_the_policy_allows(page: str) -> None:
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{allowed}'" in HEADERS["Content-Security-Policy"]


def test_focus_is_seen_and_targets_are_large() -> None:
    assert re.search(r":focus-visible \{ outline: 3px solid", PAGES["consent"])
    assert "min-height: 2.75rem" in PAGES["consent"]


def test_an_address_in_a_page_is_escaped() -> None:
    assert 'href="https://login.example/?a=b&amp;c=d"' in PAGES["onward"]
    assert "&lt;b&gt;" in message_page("<b>", ["<b>"])
    assert "<b>" not in message_page("<b>", ["<b>"], link='https://a/?"><b>')


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("AADSTS50105: no", 50105),
        ("Error AADSTS7000112", 7000112),
        ("", None),
        ("AADSTS", None),
        ("AADSTS123", None),
        ("AADSTS123456789", None),
        ("x" * 5000 + "AADSTS50105", None),
    ],
)
def test_of_entras_text_only_the_number_is_taken(text: str, number: int | None) -> None:
    assert number == code_in(text)


def test_every_refusal_has_a_cause_and_a_remedy() -> None:
    for number in (50105, 65001, 53003, 50076, 50020, 50053, 700016, 70008, 1, None):
        refusal = refusal_of(number)

        assert refusal.cause.endswith(".")
        assert refusal.remedy.endswith(".")
