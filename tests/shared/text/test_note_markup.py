"""Markdown as OneNote takes it: well-formed whatever it says, and escaped."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.note_markup import markdown_to_note, note_page
from shared.text.note_text import note_to_text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\nc", "<p>a<br />b</p><p>c</p>"),
        ("### x ###", "<h3>x</h3>"),
        ("#x", "<p>#x</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("- a\n  1. b\n- c", "<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>"),
        ("1. a\n- b", "<ol><li>a</li></ol><ul><li>b</li></ul>"),
        ("- [ ] a\n- [X] b", '<p data-tag="to-do">a</p><p data-tag="to-do:completed">b</p>'),
        ("```py\na < b\n  c\n```\nd", "<pre>a &lt; b\n  c</pre><p>d</p>"),
        ("```\nopen", "<pre>open</pre>"),
        ("**a** *b* ** c **", "<p><b>a</b> <i>b</i> ** c **</p>"),
        ("`<x>`", '<p><span style="font-family:Consolas">&lt;x&gt;</span></p>'),
        ("[a](https://x.example/?a=1&b=2)", '<p><a href="https://x.example/?a=1&amp;b=2">a</a></p>'),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ('<script>"&', "<p>&lt;script&gt;&quot;&amp;</p>"),
        (
            "| a | b |\n|---|:-:|\n| 1 | *2* |",
            '<table border="1"><tr><td><b>a</b></td><td><b>b</b></td></tr><tr><td>1</td>'
            "<td><i>2</i></td></tr></table>",
        ),
        ("| a |", "<p>| a |</p>"),
        (
            "| a | b |\n|---|---|\n|  | x \\| y |",
            '<table border="1"><tr><td><b>a</b></td><td><b>b</b></td></tr>'
            "<tr><td></td><td>x | y</td></tr></table>",
        ),
        ("1. a\n\n2. b\n\nc", "<ol><li>a</li><li>b</li></ol><p>c</p>"),
        ("3. a\n2026. A year", "<p>3. a<br />2026. A year</p>"),
        ("![quay](https://x.example/q.png)", '<p><a href="https://x.example/q.png">quay</a></p>'),
        ("a\x00b\x1bc", "<p>abc</p>"),
    ],
)
def test_markdown_becomes_what_onenote_has(text: str, html: str):
    assert html == markdown_to_note(text)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("\n# Berth  plan #\n\nOne", "<p>One</p>"),
        ("# Berth plan", "<h1>Berth plan</h1>"),
        ("# Other\nOne", "<h1>Other</h1><p>One</p>"),
    ],
)
def test_a_heading_that_says_the_title_is_not_there_twice(text: str, body: str):
    page = "<html><head><title>berth plan</title></head>"

    assert f"{page}<body>{body}</body></html>" == note_page("berth plan", text)


@given(st.text(alphabet=st.sampled_from(list("-*#`[]()|1. \n\t<&>\"'ax:/")), max_size=80))
def test_any_text_is_well_formed(text: str):
    ElementTree.fromstring(note_page(text, text))


def test_what_is_written_is_read_as_it_was():
    text = "# Title\nPlain <text>\n- one\n  - two\n1. three"

    assert text == note_to_text(note_page("x", text)).text


def test_hidden_text_has_no_marks_and_is_not_read():
    page = '<p style="display:none" data-tag="to-do">hidden</p><p>seen</p><object data-attachment=" " />'

    assert "seen" == note_to_text(page).text


@pytest.mark.parametrize("text", ["*" * 100_000, "`" * 99_999, "[" * 100_000, "|" * 100_000, "- " * 50_000])
def test_odd_texts_take_no_time(text: str):
    assert markdown_to_note(text)
