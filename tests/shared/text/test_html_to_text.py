"""Turning HTML into the text a reader sees, whatever the HTML is."""

import time

import pytest

from shared.text.content import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\nb"),
        ("<p>a</p>b", "a\nb"),
        ("<p>a</p> <b>b</b>", "a\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr></table>after", "a\tb\nafter"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ('see <a href="https://x.example/y">this</a>', "see this (https://x.example/y)"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ('<a href="javascript:x()">click</a>', "click"),
        ("<head><title>t</title></head>a<style>x</style><script>y</script>b", "ab"),
        ("a<!-- hidden -->b &amp; <b>c</b>", "ab & c"),
        ("<p hidden>x</p><p style='Display: none'>y</p><i aria-hidden='true'>z</i>seen", "seen"),
        ("<div hidden><p hidden>x</p></div>seen", "seen"),
        ("1 < 2 and <b>bold", "1 < 2 and bold"),
        ("", ""),
    ],
)
def test_html_becomes_the_text_a_reader_sees(html: str, text: str):
    assert text == html_to_text(html)


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<a b='",
        "<!-- ",
        "<",
        "</a ",
        "<div>",
        "<a href='https://x.example'>",
        "<p>a</p>",
        "<td>",
        "&#",
    ],
)
def test_hostile_html_takes_no_longer_than_it_is_long(piece: str):
    started = time.process_time()
    html_to_text(piece * 8_000)

    assert time.process_time() - started < 5
