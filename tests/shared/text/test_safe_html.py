"""What stays of HTML that is to be sent."""

import pytest

from shared.text.safe_html import safe_html, safe_link


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>Hi <b>Ben</b>,<br>yes.</p>", "<p>Hi <b>Ben</b>,<br>yes.</p>"),
        ("plain < text & more", "plain &lt; text &amp; more"),
        ("<html><head><title>t</title></head><body><p>x</p></body></html>", "<p>x</p>"),
        ('<p style="color:white" class="a" onclick="x()" id=i>x</p>', "<p>x</p>"),
        (
            '<a href="https://a.example/?a=1&b=2" target=_blank>x</a>',
            '<a href="https://a.example/?a=1&amp;b=2">x</a>',
        ),
        ('<a href="mailto:ana@b.example">x</a>', '<a href="mailto:ana@b.example">x</a>'),
        ("<p tabindex=3 start=4>x</p>", "<p>x</p>"),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="java\nscript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="data:text/html,x">x</a>', "<a>x</a>"),
        ('<a href="//t.example/x">x</a>', "<a>x</a>"),
        ("<td colspan=2>x", "x"),
        (
            "<table><tr><td colspan=2 rowspan=x>1</table>",
            '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
        ),
        ("<ol start=3><li>x</ol>", '<ol start="3"><li>x</li></ol>'),
        ("<section><center>x</center></section><!-- c --><?php x ?>", "x"),
        ("<b><i>x</b>y", "<b><i>x</i></b><i>y</i>"),
        ("", ""),
    ],
)
def test_structure_and_links_stay_and_nothing_else(given: str, kept: str):
    assert (kept, ()) == (safe_html(given).html, safe_html(given).left_out)


@pytest.mark.parametrize(
    ("given", "kept", "left_out"),
    [
        ("<p>x</p><script>alert(1)</script>", "<p>x</p>", ("script",)),
        ("<style>p{}</style>x", "x", ("style",)),
        ('x<img src="https://t.example/1.png" onerror=x>', "x", ("img",)),
        ('<iframe src="https://t.example"></iframe>x', "x", ("iframe",)),
        ("<form action=x>a<input name=b></form>", "a", ("form", "input")),
        ("<svg><script>1</script></svg><math><mi>y</mi></math>z", "z", ("svg", "math")),
        ("<textarea><b>x</textarea><object data=x><p>in</p></object>y", "y", ("textarea", "object")),
    ],
)
def test_what_runs_loads_or_asks_is_left_out_and_named(given: str, kept: str, left_out: tuple[str, ...]):
    cleaned = safe_html(given)

    assert (kept, left_out) == (cleaned.html, cleaned.left_out)


@pytest.mark.parametrize(
    "given",
    [
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        "<svg><p><style><!--</style><img src=x onerror=alert(1)>--></style>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<a href='https://a.example/\" onclick=alert(1)'>x</a>",
        "<p><<script>alert(1)//<</script>",
    ],
)
def test_no_trick_brings_an_attribute_or_element_back(given: str):
    made = safe_html(given).html

    assert not any(each in made for each in ("<img", "<script", "<style", "<svg", "<math"))
    assert made == safe_html(made).html


def test_what_was_cleaned_stays_as_it_is():
    once = safe_html("<div><p>a &lt;b&gt; &amp;lt; <a href='https://a.example/\"x'>l</a></p></div>" * 3).html

    assert once == safe_html(once).html


def test_deep_elements_are_flattened():
    cleaned = safe_html("<div>" * 500 + "x").html

    assert ("x", 61) == (cleaned.replace("<div>", "").replace("</div>", ""), cleaned.count("<div>"))


@pytest.mark.parametrize(
    "address", ["javascript:x", "file:///etc", "vbscript:x", "https://a.example/<b>", "x", ""]
)
def test_other_addresses_are_no_links(address: str):
    assert safe_link(address) is None
