"""Markdown as the HTML of a chat: what is meant as formatting, and nothing else."""

import html
import re
from html.parser import HTMLParser
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.text.markdown_dialects import CHATS
from shared.text.markdown_inline import OwnHtml
from shared.text.markdown_to_html import markdown_to_html


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Hello", "<p>Hello</p>"),
        ("one\ntwo\r\n\r\nthree", "<p>one<br>two</p>\n<p>three</p>"),
        ("**red** and *soft*, _too_, ~~gone~~", None),
        ("a `x < *y*` b", "<p>a <code>x &lt; *y*</code> b</p>"),
        ("- one\n- **two**\n\nend", "<ul><li>one</li><li><strong>two</strong></li></ul>\n<p>end</p>"),
        ("1. one\n2) two", "<ol><li>one</li><li>two</li></ol>"),
        ("1. one\n\ntext\n\n2. two", '<ol><li>one</li></ol>\n<p>text</p>\n<ol start="2"><li>two</li></ol>'),
        ("> said\n> so\nno", "<blockquote>said<br>so</blockquote>\n<p>no</p>"),
        ("# Big\n#### Small", "<h1>Big</h1>\n<h3>Small</h3>"),
        ("```sh\na  **b**\n```\nc", "<pre>a  **b**</pre>\n<p>c</p>"),
        ("```\nopen", "<pre>open</pre>"),
        ("[4711](https://x.test/?a=1&b=2)", '<p><a href="https://x.test/?a=1&amp;b=2">4711</a></p>'),
        ("See https://x.test/a_b_c.", '<p>See <a href="https://x.test/a_b_c">https://x.test/a_b_c</a>.</p>'),
        ("**a *b** c*", "<p><strong>a *b</strong> c*</p>"),
        (r"\*not\* \[it\]", "<p>*not* [it]</p>"),
        ("- one\n  - two", "<ul><li>one\n<ul><li>two</li></ul></li></ul>"),
        ("7. seven\n\n---", '<ol start="7"><li>seven</li></ol>\n<p>---</p>'),
        ("| a |\n|---|", "<p>| a |<br>|---|</p>"),
    ],
)
def test_formatting_is_html(text: str, made: str | None):
    expected = "<p><strong>red</strong> and <em>soft</em>, <em>too</em>, <s>gone</s></p>"

    assert (made or expected) == markdown_to_html(text, CHATS)


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4 = 24",
        "snake_case_name and __init__ x",
        "a < b && c > \"d\" 'e'",
        "<b onclick='x'>not bold</b>",
        "[x](javascript:alert(1)) [y](file:///etc)",
        "#hash 5.000 -dash",
        "**",
        "\ue0000\ue001",
    ],
)
def test_what_is_no_formatting_stays_as_it_was_written(text: str):
    made = markdown_to_html(text, CHATS)

    assert f"<p>{html.escape(text)}</p>".replace("\ue000", "").replace("\ue001", "") == made


def test_what_has_html_of_its_own_is_put_where_it_stands():
    mention = OwnHtml(re.compile(r"@\w+"), lambda name: f"<at>{name[1:]}</at>")
    made = markdown_to_html("**@ben** & @ana", CHATS, mention)

    assert "<p><strong><at>ben</at></strong> &amp; <at>ana</at></p>" == made


def test_what_has_html_of_its_own_has_it_in_code_too_but_not_in_an_address():
    mention = OwnHtml(re.compile(r"@a_b\*"), lambda name: f"<at>{len(name)}</at>")
    made = markdown_to_html("`@a_b*` @a_b* https://x.test/@a_b*/c\n```\n<@a_b*\n```", CHATS, mention)
    address = "https://x.test/@a_b*/c"

    assert (
        f'<p><code><at>5</at></code> <at>5</at> <a href="{address}">{address}</a></p>\n'
        "<pre>&lt;<at>5</at></pre>"
    ) == made


class Nesting(HTMLParser):
    """Follows which elements are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a"} | {
            "h1", "h2", "h3"
        }  # fmt: skip
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else [])
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(st.lists(st.sampled_from(["*", "**", "_", "~~", "`", "```", "\n", "> ", "- ", "# ", "a", " ", "[", "](https://x)", "\\", "<", "&", "https://y"]), max_size=40))  # fmt: skip  # noqa: E501
def test_elements_are_nested_whatever_is_written(parts: list[str]):
    nesting = Nesting()
    nesting.feed(markdown_to_html("".join(parts), CHATS))
    nesting.close()

    assert [] == nesting.open
    assert nesting.text.count("a") == "".join(parts).replace("```a", "```").count("a") or "```" in parts


@pytest.mark.parametrize("mark", ["*", "**a ", "_", "[", "~~x ", "`", "\\", "https://", "> ", "> - # "])
def test_a_text_of_marks_takes_no_longer_than_another(mark: str):
    begin = perf_counter()
    markdown_to_html((mark * 20_000)[:20_000], CHATS)

    assert perf_counter() - begin < 2
