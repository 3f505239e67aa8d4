"""Markdown as people write mail in it, and as HTML that mail programs show."""

import time

import pytest

from shared.text.markdown_dialects import CHATS, MAIL, NOTES, Dialect
from shared.text.markdown_to_html import markdown_to_html
from shared.text.safe_html import safe_html


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Hi Ben,\nsee below.\n\nAna", "<p>Hi Ben,<br>\nsee below.</p>\n<p>Ana</p>"),
        ("# Plan #\n## Part", "<h1>Plan</h1>\n<h2>Part</h2>"),
        ("**bold** __too__", "<p><strong>bold</strong> <strong>too</strong></p>"),
        ("*it* _it_ ~~no~~", "<p><em>it</em> <em>it</em> <s>no</s></p>"),
        ("***both***", "<p><strong><em>both</em></strong></p>"),
        ("**a *b***", "<p><strong>a <em>b</em></strong></p>"),
        ("snake_case_name, a * b * c, 3*4", "<p>snake_case_name, a * b * c, 3*4</p>"),
        (r"\*no\* \# \\", r"<p>*no* # \</p>"),
        ("`a<b` ``c`d`` `open", "<p><code>a&lt;b</code> <code>c`d</code> `open</p>"),
        ("```py\nx < 1\n\n# no\n```\nend", "<pre><code>x &lt; 1\n\n# no</code></pre>\n<p>end</p>"),
        ("- a\n- b\n  - c\n- d", "<ul><li>a</li><li>b\n<ul><li>c</li></ul></li><li>d</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("3) a\n\n4) b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("> a\n> **b**\n\nc", "<blockquote><p>a<br>\n<strong>b</strong></p></blockquote>\n<p>c</p>"),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
        (
            "| A | B |\n|---|:-:|\n| 1 | `2` |",
            "<table><thead><tr><th>A</th><th>B</th></tr></thead>"
            "<tbody><tr><td>1</td><td><code>2</code></td></tr></tbody></table>",
        ),
        (
            "[the *run*](https://a.example/b_(c)?d=1&e=2)",
            '<p><a href="https://a.example/b_(c)?d=1&amp;e=2">the <em>run</em></a></p>',
        ),
        ("<https://a.example>", '<p><a href="https://a.example">https://a.example</a></p>'),
        ("<mailto:a@b.example>", '<p><a href="mailto:a@b.example">mailto:a@b.example</a></p>'),
        ("![a picture](https://t.example/1.png)", '<p><a href="https://t.example/1.png">a picture</a></p>'),
        ("# In C#\n## #", "<h1>In C#</h1>\n<h2></h2>"),
        ("**a *b** c*", "<p><strong>a *b</strong> c*</p>"),
        ("At https://a.example/b.", '<p>At <a href="https://a.example/b">https://a.example/b</a>.</p>'),
        ("\"a\" 'b' & c\x1b", "<p>&quot;a&quot; &#x27;b&#x27; &amp; c</p>"),
        ("- [ ] a", "<ul><li>[ ] a</li></ul>"),
        ("", ""),
    ],
)
def test_forms_of_markdown(given: str, expected: str):
    assert expected == markdown_to_html(given)
    assert markdown_to_html(given) == markdown_to_html(given.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "given",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        '[x](https://a.example/"onclick=alert(1))',
        "[<b>x</b>](https://a.example)",
        "`<b>` **<i>x</i>**\n\n```\n</code><script>\n```",
        "| <b> |\n|---|\n| <script> |",
        "<javascript:alert(1)> &lt;b&gt; &#60;b>",
        "[x](java&#115;cript:alert(1))",
    ],
)
def test_html_in_it_is_shown_and_nothing_runs(given: str):
    made = markdown_to_html(given)
    cleaned = safe_html(made)

    assert () == cleaned.left_out
    assert not any(tag in made for tag in ("<script", "<img", "<b>", "<i>"))
    assert all(each.startswith("https://") for each in made.split('href="')[1:])
    assert cleaned.html == safe_html(cleaned.html).html


@pytest.mark.parametrize("dialect", [MAIL, CHATS, NOTES], ids=["mail", "chats", "notes"])
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc", "data:text/html,x", "java&#115;cript:x"]
)
def test_nowhere_does_a_link_lead_to_anything_but_the_web_and_mail(dialect: Dialect, address: str):
    assert "href" not in markdown_to_html(f"[x]({address}) <{address}> {address}", dialect)


@pytest.mark.parametrize(
    "given",
    [
        "*a " * 60_000,
        "`" + " ``" * 60_000,
        "[" * 200_000,
        "> " * 100_000,
        "- a\n\n" * 40_000,
        "[a](b" * 40_000,
        "|a\n|-\n" * 30_000,
        "x _a" * 25_000 + "a* " * 30_000,
        " - x\n\n\n" * 28_000,
        "- " * 100_000,
        "# " + "#" * 200_000 + "x",
        "https://" * 25_000,
        "".join("`" * length + " " for length in range(1, 600)),
    ],
    ids=lambda given: repr(given[:12]),
)
@pytest.mark.parametrize("dialect", [MAIL, CHATS, NOTES], ids=["mail", "chats", "notes"])
def test_no_text_takes_long(given: str, dialect: Dialect):
    began = time.process_time()
    markdown_to_html(given, dialect)

    assert time.process_time() - began < 5
