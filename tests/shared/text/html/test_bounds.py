# ruff: noqa: E501 - sources are as long as they are
"""Reading a page takes bounded time and room, whatever its source is."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.text.html import html_to_text
from shared.text.html.lines import LIMIT_CHARACTERS
from shared.text.html.source import LIMIT_DEPTH, LIMIT_TAGS, bounded
from shared.text.html.stylesheet import LIMIT_RULES
from shared.text.html.tree import parse

PIECES = [
    "<a ", "<a b='", "<!-- ", "<", "</a ", "<div>", "<b>x", "<table><td>x", "<ul><li>x", "<blockquote>x", "&#",
    "<a href='https://x.example'>y", "<p>a</p>", "<svg><p>", "<select><option>", "<style>p{}</style>",
    "<div><table><td></div></table>", "<div><object></div></object>", "<b><p></b>x", "<script>", "<template>",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_a_hostile_source_takes_no_longer_than_it_is_long(piece: str):
    started = time.process_time()
    html_to_text(piece * (300_000 // len(piece)))

    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "".join(f"<i a={number}>" for number in range(400)) + "<p>x" * 20_000,
        "".join(f"<i a={number}><s></i>" for number in range(2_000)) + "<p>x" * 2_000,
        "<p " + "".join(f"a{number} " for number in range(100_000)) + ">x",
        f"<style>{'.q * * * * * .z{color:red}' * 500}</style>" + "<div>" * 400 + "<p class=z>x</p>" * 500,
        f"<style>{''.join(f'.c{number}{{color:red}}' for number in range(5_000))}</style><p class=c1>x",
        "<style>p~p~p~p~i{color:red}p:last-of-type{color:red}i:has(~b){color:red}</style>"
        + "<p>x</p>" * 5_000,
        f"<style>{':not(' * 3_000}a{')' * 3_000}{{display:none}}</style>x",
        f"<style>{'@media screen{' * 5_000}p{{display:none}}</style>x",
        f"<p style='{'(' * 20_000}'>x",
    ],
    ids=[
        "unclosed",
        "misnested",
        "attributes",
        "descendants",
        "classes",
        "siblings",
        "negations",
        "media",
        "brackets",
    ],
)
def test_an_elaborate_attack_takes_bounded_time(html: str):
    started = time.process_time()
    page = html_to_text(html)

    assert time.process_time() - started < 5
    assert "x" in page.text


def test_more_tags_than_are_read_are_said_to_be_left_out():
    page = html_to_text("<p>x" * (LIMIT_TAGS + 1))

    assert page.text.endswith(f"[Left out: everything after the first {LIMIT_TAGS:,} tags of HTML.]")


def test_more_text_than_is_read_is_said_to_be_left_out():
    page = html_to_text("<p>" + "x" * (LIMIT_CHARACTERS + 1))

    assert page.text.endswith(f"x\n[Left out: everything after the first {LIMIT_CHARACTERS:,} characters.]")


def test_elements_nested_too_deep_are_flattened_and_their_text_read():
    page = html_to_text("<div>" * (LIMIT_DEPTH + 1) + "deep</div>")

    assert "deep" == page.text
    assert page.may_hide


def test_rules_beyond_the_limit_make_the_page_unclear():
    rules = "".join(f".c{number}{{color:red}}" for number in range(LIMIT_RULES))

    assert not html_to_text(f"<style>{rules}</style><p>x").may_hide
    assert html_to_text(f"<style>{rules}.x{{display:none}}</style><p class=x>x").may_hide


def test_formatting_that_is_never_closed_does_not_multiply():
    html = "<p>" + "".join(f"<i a={number}>" for number in range(400)) + "<p>x" * 2_000
    root, _ = parse(bounded(html))

    assert sum(1 for _ in root.iter_subtree()) < 3_000


FRAGMENTS = st.sampled_from(
    ["<", ">", "</", "<!--", "--!>", "<![CDATA[", "]]>", "<script>", "<p hidden>", "<a href='", "&#", "&#xD800;",
     "<td>", "</p>", "<!DOCTYPE", "<?", "\0", "text", "'", '"', "=", "/>", "<style>", "</style>", "p{display:none}",
     "<p style='", "color:#fff", "font:0/0 a", "<ol start=-9999999999>", "<li value=x>", "<table>", "<svg>", "<pre>",
     "<blockquote>", "</blockquote>", "<del>", "</del>", "<textarea>", "<plaintext>", "<br>", "<select>", "@media("]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(html=st.text(max_size=60) | st.lists(FRAGMENTS, max_size=30).map("".join))
def test_any_text_is_a_page(html: str):
    page = html_to_text(html)

    assert page.text == page.text.strip("\n")
    # Marks, indents and list numbers are all that is added.
    assert len(page.text) <= 40 * len(html) + 100
