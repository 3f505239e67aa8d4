"""What every page owes, whatever it shows: it is static and small, safe, and for everybody to use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from shared.apps.app_page import LIMIT_BYTES, join, page, page_names
from tests.apps.browser import Browser, refused, show
from tests.apps.samples import HOSTILE, MARKUP, PAGES, hostile, result, sample, server
from tests.sign_in.programs import with_browser

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "shared" / "tools" / "catalogue.json"
DOCUMENT = ROOT / "docs" / "apps.md"
FORBIDDEN = {
    "loads something": r"""https?://|\bsrc\s*=|\bhref\s*=|@import|url\s*\(|<link|<img|<iframe|import\s*\(""",
    "makes markup or code of text": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|"
    r"createContextualFragment|srcdoc|\beval\b|new Function|setTimeout\(\s*[\"'`]|\bon[a-z]+\s*=\s*[\"']",
    "asks the network or keeps something": r"\bfetch\b|XMLHttpRequest|WebSocket|EventSource|sendBeacon|"
    r"localStorage|sessionStorage|indexedDB|\.cookie",
    "goes elsewhere": r"\blocation\b\s*[.=]|window\.open|<form|\balert\(|\bprompt\(",
}
TOLD = "The tenant has no such thing <b>here</b>."
HOST_COLORS = {
    "--color-background-primary": "#1f1f1f",
    "--color-background-secondary": "#181818",
    "--color-text-primary": "#cccccc",
    "--color-text-secondary": "#9d9d9d",
    "--color-border-primary": "#2b2b2b",
    "--font-sans": "sans-serif",
}
pages = pytest.mark.parametrize("name", PAGES)


@pages
@pytest.mark.parametrize("rule", FORBIDDEN)
def test_no_page_does_what_pages_may_not(name: str, rule: str) -> None:
    found = re.findall(rf".*(?:{FORBIDDEN[rule]}).*", page(name))

    assert [] == found


@pages
def test_a_page_is_small_and_whole(name: str) -> None:
    text = page(name)

    assert len(text.encode()) <= LIMIT_BYTES
    assert text.startswith("<!doctype html>\n")
    assert 2 == text.count("<script>") == text.count("</script>")
    assert 1 == text.count("<head>") == text.count("<style>")
    assert not re.search(r"/\* [\w.]+\.(css|js) \*/", text)


@pages
def test_a_page_calls_what_reads_and_changes_by_what_a_press_stands_for(name: str) -> None:
    tools = {each["name"]: each["writes"] for each in json.loads(CATALOGUE.read_text())["tools"]}
    called = re.findall(r"app\.(call|write)\(\"(\w+)\"", page(name))

    assert called
    assert {tool: how == "write" for how, tool in called} == {tool: tools[tool] for _, tool in called}


@pages
def test_a_page_is_described(name: str) -> None:
    assert f"(`{name}.html`)" in DOCUMENT.read_text()


def test_no_other_page_is_given() -> None:
    for name in ("", "nothing", "../pages/review", "bridge.js"):
        with pytest.raises(ValueError, match="There is no page"):
            page(name)


@pytest.mark.parametrize("markup", ["nothing", "/* app.css */ and again /* app.css */"])
def test_a_part_has_one_place(markup: str) -> None:
    with pytest.raises(ValueError, match=r"app\.css"):
        join(markup, {"app.css": "style"})


def test_what_a_part_says_is_taken_as_it_is() -> None:
    assert r"<a \1 $& {x}>" == join("</* a */>", {"a": r"a \1 $& {x}"})


def test_there_are_pages() -> None:
    assert page_names()


@with_browser
@pages
@pytest.mark.parametrize(("scheme", "width"), [("light", 700), ("dark", 700), ("light", 320), ("dark", 320)])
async def test_everybody_can_read_a_page(browser: Browser, name: str, scheme: str, width: int) -> None:
    shown = await show(
        browser,
        name,
        result(name),
        server(name),
        arguments=sample(name)["arguments"],
        scheme=scheme,
        width=width,
    )
    await shown.settle()

    await shown.assert_sound(name)


@with_browser
@pages
async def test_every_button_is_reached_by_the_keyboard_and_seen_there(browser: Browser, name: str) -> None:
    shown = await show(browser, name, result(name), server(name))
    await shown.settle()
    await shown.open_details()

    order = await shown.do("tab_through")

    assert await shown.do("count", selector=REACHED) == len(order) > 0
    assert [] == [each for each in order if not each["visible"]]


REACHED = (
    "button:enabled:visible:not([tabindex='-1']), input:enabled:visible, select:visible, summary:visible, "
    "[tabindex='0']:visible"
)


@with_browser
@pages
async def test_a_page_looks_as_its_host_does(browser: Browser, name: str) -> None:
    context = {"theme": "dark", "styles": {"variables": HOST_COLORS}}
    shown = await show(browser, name, result(name), server(name), context=context)
    await shown.settle()

    await shown.assert_sound(f"{name}-host")
    assert ["rgb(31, 31, 31)", "rgb(204, 204, 204)", "dark"] == await shown.do("evaluate", script=COLORS)


COLORS = """(() => { const body = getComputedStyle(document.body);
return [body.backgroundColor, body.color, body.colorScheme]; })()"""


@with_browser
@pages
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "styles",
    [
        {},
        {"variables": {"--color-text-primary": "#000000"}},
        {"variables": {"--color-border-primary": "red"}},
    ],
    ids=["none", "text-alone", "border-alone"],
)
async def test_a_host_that_tells_little_of_its_colors_shows_no_black_on_black(
    browser: Browser, name: str, scheme: str, styles: dict[str, object]
) -> None:
    shown = await show(browser, name, result(name), server(name), context={"styles": styles}, scheme=scheme)
    await shown.settle()

    await shown.assert_sound()


@with_browser
@pages
async def test_a_change_of_theme_is_followed(browser: Browser, name: str) -> None:
    shown = await show(browser, name, result(name), server(name), scheme="light")
    await shown.settle()
    before = await shown.do("evaluate", script=COLORS)

    await shown.do("deliver", method="host-context-changed", params={"theme": "dark"})
    await shown.settle()
    after = await shown.do("evaluate", script=COLORS)

    assert ("light", "dark") == (before[2], after[2])
    assert before[0] != after[0]


@with_browser
@pages
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_what_others_wrote_stays_text(browser: Browser, name: str, text: str) -> None:
    given, answering = hostile(name, text)
    shown = await show(browser, name, given, answering, width=320)
    await shown.settle()

    await shown.open_details()

    assert text in await shown.text()
    assert 0 == await shown.do("count", selector="img, svg[onload], b, a[href]")
    assert 2 == await shown.do("count", selector="script")
    assert not await shown.do("evaluate", script=SCROLLS)


SCROLLS = "document.documentElement.scrollWidth > window.innerWidth"


@with_browser
@pages
async def test_a_failure_is_shown_as_text(browser: Browser, name: str) -> None:
    shown = await show(browser, name, refused("not_found", TOLD, HOSTILE[1]))
    await shown.wait(TOLD)

    assert HOSTILE[1] in await shown.text()
    assert 1 == await shown.do("count", selector="[role=alert]")
    assert [] == shown.calls
    await shown.assert_sound()


@with_browser
@pages
async def test_a_client_that_passes_on_text_alone_gets_the_text_shown(browser: Browser, name: str) -> None:
    shown = await show(browser, name, {"content": [{"type": "text", "text": f"All of it:\n{MARKUP}"}]})
    await shown.wait("All of it")

    assert f"All of it:\n{MARKUP}" in await shown.text()
    assert [] == shown.calls
    await shown.assert_sound()


@with_browser
@pages
async def test_the_last_result_is_the_one_shown(browser: Browser, name: str) -> None:
    shown = await show(browser, name, result(name), server(name))
    await shown.settle()

    await shown.deliver(refused("not_found", TOLD, "Look elsewhere."))
    await shown.wait(TOLD)
    await shown.deliver(result(name))
    await shown.settle()

    assert TOLD not in await shown.text()


@with_browser
@pages
async def test_cancelling_is_told(browser: Browser, name: str) -> None:
    shown = await show(browser, name, None)

    await shown.do("deliver", method="tool-cancelled", params={"reason": MARKUP})
    await shown.wait(MARKUP)

    await shown.assert_sound()


@with_browser
@pages
async def test_a_page_that_is_shown_changes_nothing(browser: Browser, name: str) -> None:
    shown = await show(browser, name, result(name), server(name), arguments=sample(name)["arguments"])
    await shown.settle()

    assert [] == [tool for tool, _ in shown.calls if tool not in sample(name).get("answers", {})]
    assert [] == [tool for tool, _ in shown.calls if not re.match(r"[a-z]+_(get|list|search|find)_", tool)]
