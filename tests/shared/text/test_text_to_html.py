"""Plain text as HTML that shows it as it was written."""

import html
import re

import pytest

from shared.text.text_to_html import text_to_html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo", "one<br>\ntwo"),
        ("one\r\n\r\ntwo", "one<br>\n<br>\ntwo"),
        ("one\rtwo\u2028three", "one<br>\ntwo<br>\nthree"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("<script>&lt;", "&lt;script&gt;&amp;lt;"),
        ("a  b", "a &nbsp;b"),
        ("  - x", "&nbsp;&nbsp;- x"),
        ("\tx", "&nbsp;&nbsp;&nbsp;&nbsp;x"),
        ("\"quoted\" and 'so'", "\"quoted\" and 'so'"),
        ("", ""),
    ],
)
def test_lines_spaces_and_signs_are_kept(text: str, shown: str) -> None:
    assert shown == text_to_html(text)


def test_any_text_comes_back_out_of_its_html() -> None:
    text = "Table:\n    a   b\n  <c> & d"
    back = html.unescape(re.sub(r"<br>\n", "\n", text_to_html(text))).replace("\u00a0", " ")

    assert text == back
