"""Mail files: read as mail, whatever their charsets and encodings."""

from email.message import EmailMessage, MIMEPart

import pytest

from tests.shared.text.documents.building import lines, refused


def mail(text: str = "Text", subject: str = "Subject", *, cte: str = "base64") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ben Silva <ben@contoso.com>", "ana@contoso.com", subject
    made.set_content(text, cte=cte)
    return made


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_headers_and_text_are_decoded(encoding: str):
    found = lines(bytes(mail("Die Rechnung: 1.200 €", "Rechnung für März", cte=encoding)), "a.eml")

    assert [
        "From: Ben Silva <ben@contoso.com>",
        "To: ana@contoso.com",
        "Subject: Rechnung für März",
        "Die Rechnung: 1.200 €",
    ] == found


def test_attachments_are_named_and_their_bytes_not_shown():
    made = mail()
    made.add_attachment(b"x" * 3000, maintype="application", subtype="pdf", filename="Rechnung März.pdf")
    found = lines(bytes(made), "a.eml")

    assert ["[Attachments, not read here]", "Rechnung März.pdf (application/pdf, 3,000 bytes)"] == found[-2:]
    assert not any("eHh4" in line for line in found)


def test_a_mail_within_a_mail_is_read_with_its_own_headers_and_attachments():
    inner = mail("Inner text", "Inner")
    inner.add_attachment(b"x", maintype="image", subtype="png", filename="inner.png")
    outer = mail("Outer text", "Outer")
    outer.add_attachment(inner)

    assert [
        "From: Ben Silva <ben@contoso.com>", "To: ana@contoso.com", "Subject: Outer", "Outer text",
        "[Mail within]",
        "From: Ben Silva <ben@contoso.com>", "To: ana@contoso.com", "Subject: Inner", "Inner text",
        "[Attachments, not read here]", "inner.png (image/png, 1 bytes)",
    ] == lines(bytes(outer), "a.eml")  # fmt: skip


def test_of_alternatives_the_plain_text_is_read_and_html_where_it_says_much_more():
    both = mail("The same text as in HTML.")
    both.add_alternative("<p>The <b>same</b> text as in HTML.</p>", subtype="html")
    empty = mail("See HTML")
    empty.add_alternative(
        f"<p>{'All that is to be said. ' * 5}</p><p style='display:none'>SECRET</p>", subtype="html"
    )

    assert ["The same text as in HTML."] == lines(bytes(both), "a.eml")[3:]
    assert ["See HTML", ("All that is to be said. " * 5).strip()] == lines(bytes(empty), "a.eml")[3:]


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-2022-jp", "お願いします"),
        ("shift_jis", "お願いします"),
        ("ks_c_5601-1987", "테스트"),
        ("windows-1251", "Привет"),
        ("gb2312", "测试"),
        ("iso-8859-1", "Fouché"),
        ("unknown-charset", "plain"),
    ],
)
def test_other_charsets_are_decoded(charset: str, text: str):
    body = text.encode(charset if charset != "unknown-charset" else "ascii")
    raw = b"Subject: x\r\nContent-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + body

    assert ["Subject: x", text] == lines(raw, "a.eml")


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (b"=?utf-8?b?R3LDvMOfZQ==?= =?utf-8?q?_aus_K=C3=B6ln?=", "Grüße aus Köln"),
        ("Grüße".encode(), "Grüße"),
        ("Größe".encode("cp1252"), "Größe"),
        (b"folded\r\n over lines", "folded over lines"),
        (b"=?nonsense?b?eA==?=", "x"),
        (b"=?koi8-r?b?8NLJ18XU?=", "Привет"),
    ],
)
def test_subjects_are_decoded_whatever_they_are_written_with(header: bytes, text: str):
    assert [f"Subject: {text}"] == lines(b"Subject: " + header + b"\r\n\r\n", "a.eml")


def test_an_invitation_is_read_as_a_calendar():
    made = mail()
    part = MIMEPart()
    part["Content-Type"] = "text/calendar; method=REQUEST"
    part.set_payload("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Re\r\n view\r\nEND:VEVENT\r\nEND:VCALENDAR")
    made.make_mixed()
    made.attach(part)

    assert "SUMMARY: Review" in lines(bytes(made), "a.eml")


def test_an_encrypted_mail_says_so():
    raw = (
        b"Subject: x\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\neHh4\r\n"
    )

    assert "[Left out: the text of the mail, which is encrypted (S/MIME).]" == lines(raw, "a.eml")[-1]


def test_a_mail_saved_as_utf_16_is_read():
    assert ["Subject: Grüße", "Text"] == lines("Subject: Grüße\r\n\r\nText".encode("utf-16"), "a.eml")


def test_an_empty_file_is_no_mail():
    assert "damaged" in refused(b"", "a.eml").message


def test_parts_that_nest_too_deep_do_no_harm():
    raw = b"Subject: x\r\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3_000)
    )

    assert refused(raw, "a.eml").code == "invalid_argument"


def test_a_mail_whose_page_may_hide_parts_says_so():
    message = mail("")
    message.set_content("<p>Seen</p><p style='mso-hide:all'>Perhaps</p>", subtype="html")

    read = lines(bytes(message), "a.eml")

    assert "Perhaps" in read
    assert read[-1].startswith("[Parts of this text may be invisible")
