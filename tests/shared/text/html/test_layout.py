"""The text of a page keeps what people read out of its layout."""

import pytest

from shared.text.html import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\nb"),
        ("<p>a</p>b", "a\nb"),
        ("<p>a</p> <b>b</b>", "a\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("a<hr>b", "a\n---\nb"),
        ("<dl><dt>Room</dt><dd>Oak</dd></dl>after", "Room\n  Oak\nafter"),
        ("<section>a</section><article>b</article><figure>c<figcaption>d</figure>", "a\nb\nc\nd"),
        ("<span style='display:block'>a</span><span style='display:block'>b</span>", "a\nb"),
        ("<div style='display:inline'>a</div><div style='display:inline'>b</div>", "ab"),
        ("a<b>b</b>c", "abc"),
        ("a \n <b> b</b>", "a b"),
        ("<pre>\n  if x:\n      y\n\n\n  z</pre>after", "  if x:\n      y\n\n\n  z\nafter"),
        ("<div style='white-space:pre-line'>a  b\nc</div>", "a b\nc"),
        ("<xmp><b>x</b></xmp>", "<b>x</b>"),
        ("<blockquote>a<br>b<blockquote>c</blockquote></blockquote>d", "> a\n> b\n> > c\nd"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<ul><li>a<p>more</p><li>b<ul><li>c</ul></ul>", "- a\n  more\n- b\n  - c"),
        ("<ol><li>a<li value=7>b<li>c</ol>", "1. a\n7. b\n8. c"),
        ("<ol start=3 type=a><li>a<li>b</ol>", "c. a\nd. b"),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1. b"),
        ("<ol style='list-style-type:upper-roman' start=4><li>a</ol>", "IV. a"),
        ("<ul style='list-style:none'><li>a</ul>", "a"),
        ("<table><tr><td>a</td><td>b</td></tr></table>after", "a\tb\nafter"),
        ("<table><tr><th>a<th>b<tr><td>1<td><tr><td><td>2</table>", "a\tb\n1\n\t2"),
        ("<table><tr><th>a<th>b<tr><td>1<br>2<td>3</table>", "a\tb\n1 / 2\t3"),
        ("<table><tr><td></td><td>only</td><td></td></tr></table>", "only"),
        ("<table><tr><td><table><tr><td>a</table><td><p>b</p><p>c</p></table>", "a\nb\nc"),
        ("<del>old</del> <s>gone</s> new", "~~old~~ ~~gone~~ new"),
        ("<span style='text-decoration:line-through'>10</span> 8", "~~10~~ 8"),
        ("<s></s>x", "x"),
        ("10<sup>6</sup> 1<sup>st</sup> H<sub>2</sub>O", "10^6 1st H2O"),
        ("<q>a</q>", "“a”"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢(kan)"),
        ("<input type=checkbox checked>done <input type=checkbox>open", "[x] done [ ] open"),
        ("<select><option>a<option selected>b</select>", "b"),
        ("<input value=typed> <button>Send</button> <textarea>x\ny</textarea>", "typed Send x\ny"),
        ("1 < 2 and <b>bold", "1 < 2 and bold"),
        ("&am<!-- -->p;", "&amp;"),
        ("just text\nof two lines & more", "just text\nof two lines & more"),
        ("", ""),
    ],
)
def test_layout_becomes_text(html: str, text: str):
    assert text == html_to_text(html).text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('see <a href="https://x.example/y">this</a>.', "see this (https://x.example/y)."),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ('<a href="https://www.x.example/">www.x.example</a>', "www.x.example"),
        (
            '<a href="https://evil.example">https://bank.example</a>',
            "https://bank.example (https://evil.example)",
        ),
        ('<a href="javascript:x()">click</a>', "click"),
        ('<a href="https://x.example"></a>a', "a"),
        ('<a href="https://x.example"><i hidden>x</i></a>a', "a"),
        ('<a href="https://x.example"><div>a</div></a>b', "a (https://x.example)\nb"),
        ('<a href="mailto:ben@x.example?subject=y">Ben</a>', "Ben (ben@x.example)"),
        ('<a href="mailto:ben@x.example">ben@x.example</a>', "ben@x.example"),
        ('<a href="tel:+493012">+49 30 12</a>', "+49 30 12"),
        ('<a href="https://x.example"><img src=l.png alt=Logo></a>', "[image: Logo] (https://x.example)"),
        ('<img src="cid:image001.png@01DB.5">', "[image: image001.png]"),
        ('<img src="cid:chart.png@1" alt="Sales by month">', "[image: Sales by month]"),
        ('<img src="https://d.example/attachments/1?fileName=error.png">', "[image: error.png]"),
        ('<img src="data:image/png;base64,AAAA">a', "[image]a"),
        ('<img src="https://t.example/p.gif" width=1 height=1>a', "a"),
        ('<img src="line.gif" alt="">a', "a"),
        ('<img src="smile.png" alt="😀">a', "😀a"),
        ('<emoji alt="👍"></emoji> <at id="0">Ana</at>', "👍 Ana"),
    ],
)
def test_links_and_pictures_become_text(html: str, text: str):
    assert text == html_to_text(html).text
