# ruff: noqa: E501 - mails are as long as they are
"""Mails as widely used programs write them are read whole."""

from shared.text.html import html_to_text

MJML = """<!doctype html><html><head><title>Build</title><!--[if mso]><noscript><xml></xml></noscript><![endif]-->
<style>#outlook a{padding:0}p{display:block;margin:13px 0}</style>
<style>@media only screen and (min-width:480px){.mj-column-per-100{width:100%!important}}</style></head>
<body style="word-spacing:normal;background-color:#f4f4f4">
<div style="display:none;font-size:1px;color:#fff;line-height:1px;max-height:0;opacity:0;overflow:hidden">Preview</div>
<div style="background:#fff;max-width:600px"><table role="presentation" style="width:100%"><tbody><tr>
<td style="direction:ltr;font-size:0px;padding:20px 0;text-align:center">
<div class="mj-column-per-100" style="font-size:0px;display:inline-block;width:100%"><table role="presentation"><tr>
<td align="left" style="font-size:0px;padding:10px 25px"><div style="font-size:13px;color:#000">Build 4711 failed.</div>
</td></tr><tr><td style="font-size:0px"><table role="presentation"><tr><td bgcolor="#346df1" style="background:#346df1">
<a href="https://ci.example/4711" style="background:#346df1;color:#fff;font-size:13px">Open the build</a>
</td></tr></table></td></tr></table></div></td></tr></tbody></table></div></body></html>"""

OUTLOOK = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--
@font-face {font-family:Calibri} p.MsoNormal {margin:0; font-size:11.0pt} a:link {color:#0563C1}
--></style></head><body lang=EN-GB><div class=WordSection1><p class=MsoNormal>Hello Ana,<o:p></o:p></p>
<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]>
<span style='mso-list:Ignore'>1.<span style='font:7.0pt "Times New Roman"'>&nbsp; </span></span><![endif]>First</p>
<p class=MsoNormal><span style='color:windowtext;background:white'>Regards</span></p>
<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>From:</b> Ben<br><b>Sent:</b> Monday</p>
</div></div></body></html>"""

GMAIL = """<div dir="ltr">Yes, that works.<div><br></div><div>Ana</div></div><br>
<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Monday Ben wrote:<br></div>
<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid">
<div>Does Tuesday work?</div></blockquote></div>"""

NEWSLETTER = """<html><head><style>.preheader{display:none!important}
@media screen and (max-width:600px){.wide{display:none!important}.title{font-size:20px!important}}
.ExternalClass *{line-height:100%} u + #body a{color:inherit} [data-ogsc] .title{color:#fff!important}</style></head>
<body id=body bgcolor="#222222"><span class=preheader>Hidden summary &zwnj;&nbsp;&#847;</span>
<table width=600 bgcolor="#222222"><tr><td class=title style="color:#ffffff">News of May</td></tr>
<tr><td class=wide style="color:#dddddd">Only on large screens</td></tr>
<tr><td height=10 style="font-size:0;line-height:0">&nbsp;</td></tr>
<tr><td><a href="https://n.example/1" style="color:#9cf;mso-hide:none">Read on</a></td></tr></table>
<img src="https://n.example/open.gif" width=1 height=1></body></html>"""


def test_a_mail_made_with_mjml_is_read():
    page = html_to_text(MJML)

    assert "Build 4711 failed.\nOpen the build (https://ci.example/4711)" == page.text
    assert page.note is None


def test_a_mail_made_with_outlook_is_read():
    page = html_to_text(OUTLOOK)

    assert "Hello Ana,\n1.\u00a0 First\nRegards\nFrom: Ben\nSent: Monday" == page.text
    assert page.note is None


def test_a_reply_made_with_gmail_is_read_with_its_quotation():
    page = html_to_text(GMAIL)

    assert "Yes, that works.\n\nAna\n\nOn Monday Ben wrote:\n> Does Tuesday work?" == page.text


def test_a_newsletter_is_read_as_on_a_desktop():
    page = html_to_text(NEWSLETTER)

    assert "News of May\nOnly on large screens\nRead on (https://n.example/1)" == page.text
    assert page.note is None
