"""What people do not see of a page stays out of its text, whoever concealed it and how."""

import pytest

from shared.text.html import html_to_text

DOCTYPE = "<!doctype html>"

CONCEALED = [
    '<p style="display:none">MARK',
    '<p style="DISPLAY : none ! important">MARK',
    '<p style="/*x*/display:/**/none">MARK',
    r'<p style="d\69splay:none">MARK',
    "<p style='font-family:\"a;b\";display:none'>MARK",
    '<p style="display:none;display:nonsense">MARK',
    "<P STYLE=display:none>MARK",
    '<p title=">" style="display:none">MARK',
    '<div style="display:none"><p style="display:block">MARK',
    '<p style="visibility:hidden">MARK',
    '<p style="content-visibility:hidden">MARK',
    '<p style="opacity:0">MARK',
    '<p style="opacity:0.01"><b style="opacity:1">MARK',
    '<p style="opacity:0.2"><b style="opacity:0.2">MARK',
    '<p style="filter:opacity(0)">MARK',
    '<p style="font-size:0">MARK',
    '<p style="font-size:0px"><b style="font-size:2em">MARK',
    '<p style="font-size:1px">MARK',
    '<p style="font-size:0.05em">MARK',
    '<span style="font:0/0 a">MARK',
    '<p style="color:#fff">MARK',
    '<p style="color:#fffffe">MARK',
    '<p style="color:white;background:transparent">MARK',
    '<p style="color:transparent">MARK',
    '<p style="color:rgb(0 0 0 / 0%)">MARK',
    '<p style="-webkit-text-fill-color:transparent">MARK',
    "<body text=white>MARK",
    '<a href=x style="color:hsl(0 0% 100%)">MARK',
    '<table bgcolor=#123456><tr><td><font color="#123456">MARK',
    '<div style="background:#eee"><p style="color:#efefef">MARK',
    '<div style="background:#000"><p style="background:rgba(255,255,255,0);color:#010101">MARK',
    '<div style="height:0;overflow:hidden">MARK',
    '<div style="max-height:0px;overflow:hidden"><p>MARK',
    '<div style="width:0;overflow:clip">MARK',
    '<span style="display:inline-block;height:0;overflow:hidden">MARK',
    '<span style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)">MARK',
    '<p style="position:absolute;clip:rect(1px 1px 1px 1px)">MARK',
    '<p style="clip-path:inset(50%)">MARK',
    '<p style="clip-path:circle(0)">MARK',
    '<p style="clip-path:polygon(0 0, 0 0, 0 0)">MARK',
    '<p style="text-indent:-9999px">MARK',
    '<p style="position:absolute;left:-9999px">MARK',
    '<p style="position:fixed;top:-200em">MARK',
    '<p style="margin:0 0 0 -10000px">MARK',
    '<p style="transform:scale(0)">MARK',
    '<p style="transform:translateX(-9999px)">MARK',
    '<p style="zoom:0">MARK',
    '<div style="background:url(a.jpg)"><p style="color:transparent">MARK',
    "<p hidden>MARK",
    "<p popover>MARK",
    "<dialog>MARK</dialog>",
    "<template>MARK</template>",
    "<noscript>MARK</noscript>",
    "<iframe>MARK</iframe>",
    "<title>MARK</title>",
    "<datalist><option>MARK</datalist>",
    "<select><option>a<option>MARK</select>",
    "<input type=hidden value=MARK>",
    "<input type=password value=MARK>",
    "<!-- MARK",
    "<!-- x -- MARK --!>",
    "<!--><p>y</p><!-- MARK",
    "<![CDATA[MARK]]>",
    "<?x MARK>",
    "<!--[if mso]>MARK<![endif]-->",
    "<script><!--<script></script>MARK</script>",
    '<p><b style="display:none">a<p>MARK',
    "<style>html{visibility:hidden}</style>MARK",
    "<style>.x{display:none}</style><p class=x>MARK",
    "<style>#x{font-size:0}</style><p id=x>MARK",
    "<style>div p.y>b{color:white}</style><div><p class=y><b>MARK",
    "<style>*{color:#fff}</style><p>MARK",
    "<style>[class*=qq]{display:none}</style><p class=aqqb>MARK",
    "<style>p:not(.k){display:none}</style><p>MARK",
    "<style>p:nth-child(1){display:none}</style><p>MARK",
    "<style>h1+p{display:none}</style><h1>a</h1><p>MARK",
    "<style>h1~p{display:none}</style><h1>a</h1><i>k</i><p>MARK",
    "<style>.a , .b { display : none }</style><p class=b>MARK",
    "<style><!-- p{display:none} --></style><p>MARK",
    "<style>@import url(x); p{display:none}</style><p>MARK",
    "<style>@media screen{p{display:none}}</style><p>MARK",
    "<style media=screen>p{display:none}</style><p>MARK",
    "<style>@media all{@supports (color:red){p{display:none}}}</style><p>MARK",
    "<style>@media (min-width:1px){p{display:none}}</style><p>MARK",
    "<style>p{display:none}</style><style>@media (max-width:1px){p{display:block}}</style><p>MARK",
    "<style>@layer a{p{display:none}}</style><p>MARK",
    '<style>p{display:none!important}</style><p style="display:block">MARK',
    "<style>p#x{display:none} p{display:block}</style><p id=x>MARK",
]
SHOWN = [
    '<p style="opacity:0.87">MARK',
    '<p style="opacity:50%">MARK',
    '<p style="font-size:0.9em">MARK',
    '<p style="font-size:xx-small">MARK',
    '<div style="font-size:0"><p style="font-size:12pt">MARK',
    '<div style="font-size:0"><font size=2>MARK',
    "<p aria-hidden=true>MARK",
    '<p hidden style="display:block">MARK',
    '<div style="visibility:hidden"><p style="visibility:visible">MARK',
    '<div style="color:#fff"><p style="color:#000">MARK',
    '<div style="text-indent:-9999px"><p style="text-indent:0">MARK',
    '<span style="height:0;overflow:hidden">MARK',
    '<div style="height:0">MARK',
    '<p style="max-height:0">MARK',
    '<table><tr><td style="height:0;overflow:hidden">MARK',
    '<p style="clip:rect(0,0,0,0)">MARK',
    '<p style="text-indent:-18pt">MARK',
    '<p style="margin-left:-20px">MARK',
    '<p style="position:absolute;left:10px">MARK',
    '<p style="display:nonsense">MARK',
    '<p title="display:none">MARK',
    '<p style="color:#999">MARK',
    '<p style="color:windowtext">MARK',
    '<p style="background:url(a.jpg) #fff;color:#000">MARK',
    '<body bgcolor=black><p style="color:white">MARK',
    '<table bgcolor="#000"><tr><td style="color:#fff">MARK',
    '<table><tr><td style="color:#fff"><a href="https://x.example">MARK',
    "<!--[if !mso]><!-->MARK<!--<![endif]-->",
    "<![if !mso]>MARK<![endif]>",
    "<head><title>x</title><p>MARK",
    "<!-- x --!>MARK",
    "<!-->MARK",
    "<details><summary>s</summary>MARK</details>",
    "<style>@media print{p{display:none}}</style><p>MARK",
    "<style>@media (max-width:600px){p{display:none}}</style><p>MARK",
    "<style>@media (prefers-color-scheme:dark){p{color:#fff}}</style><p>MARK",
    "<style>p{display:none}p.x{display:block}</style><p class=x>MARK",
    '<style>p{display:none}</style><p style="display:block">MARK',
    "<style>a:hover{display:none}</style><a href=x>MARK",
    "<style>p::before{display:none}</style><p>MARK",
    '<style type="text/plain">p{display:none}</style><p>MARK',
]
DOUBTFUL = [
    '<p style="mso-hide:all">MARK',
    '<p style="font-size:calc(0px)">MARK',
    '<p style="display:var(--x)">MARK',
    '<p style="font-size:3px">MARK',
    '<p style="color:#e6e6e6">MARK',
    '<table background=x.jpg><tr><td style="color:#fff">MARK',
    "<video>MARK</video>",
    "<style>.x{display:none}@media (max-width:600px){.x{display:block!important}}</style><p class=x>MARK",
    "<style>p:read-only{display:none}</style><p>MARK",
    "<style>.a{.b{display:none}}</style><p>MARK",
    "<style>@media (hover){p{display:none}}</style><p>MARK",
]


@pytest.mark.parametrize("html", CONCEALED)
def test_what_is_concealed_is_not_read(html: str):
    page = html_to_text(DOCTYPE + html)

    assert "MARK" not in page.text


@pytest.mark.parametrize("html", SHOWN)
def test_what_people_see_is_read_without_a_warning(html: str):
    page = html_to_text(DOCTYPE + html)

    assert "MARK" in page.text
    assert page.note is None


@pytest.mark.parametrize("html", DOUBTFUL)
def test_what_may_be_concealed_is_read_with_a_warning(html: str):
    page = html_to_text(DOCTYPE + html)

    assert "MARK" in page.text
    assert "invisible to people" in (page.note or "")


def test_a_warning_is_not_given_for_nothing():
    page = html_to_text('<p style="mso-hide:all">&nbsp;</p><p>Seen</p>')

    assert not page.may_hide
