"""Text files and HTML pages, and which kinds of files are read at all."""

import pytest

from local.graph.office import word_document
from shared.text.documents import is_convertible, is_readable
from shared.text.documents.extract import LIMIT_CHARACTERS
from shared.text.documents.parsing import parsed_text
from tests.shared.text.documents.building import refused

OFFICE = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"plain", "plain"),
        ("Grüße, 👋".encode(), "Grüße, 👋"),
        ("\ufeffwith a mark".encode(), "with a mark"),
        ("sixteen ü".encode("utf-16"), "sixteen ü"),
        ("without a mark ü".encode("utf-16-le"), "without a mark ü"),
        ("without a mark ü".encode("utf-16-be"), "without a mark ü"),
        ("thirty-two ü".encode("utf-32"), "thirty-two ü"),
        ("Größe".encode("cp1252"), "Größe"),
        (b"", ""),
    ],
)
def test_plain_text_is_read_whatever_it_was_written_with(content: bytes, text: str):
    assert text == parsed_text(content, "notes.txt")


@pytest.mark.parametrize(
    ("content", "name", "content_type"),
    [
        ('<html><head><meta charset="windows-1251"></head><body>счёт за март</body>'
        '</html>'.encode("cp1251"), "a.html", ""),
        ('<meta http-equiv=Content-Type content="text/html; charset=windows-1251">счёт '
        'за март'.encode("cp1251"), "a.htm", ""),
        ('<?xml version="1.0" encoding="windows-1251"?><a>счёт за март</a>'.encode("cp1251"), "a.xml", ""),
        ("# -*- coding: koi8-r -*-\n# счёт за март".encode("koi8-r"), "a.py", ""),
        ("счёт за март".encode("koi8-r"), "a.txt", "text/plain; charset=KOI8-R"),
        ("счёт за март".encode("koi8-r"), "a.txt", "text/plain; charset=csKOI8R"),
        ("счёт за март".encode("iso2022_jp_ext", "replace"), "a.txt", "text/plain; charset=iso-2022-jp"),
        ('<meta charset="iso-8859-1">счёт за март'.encode(), "a.html", ""),
    ],
    ids=["meta", "http-equiv", "xml", "coding", "media type", "name that Python lacks",
         "seven bits", "UTF-8 that says otherwise"],
)  # fmt: skip
def test_the_charset_that_a_file_declares_is_believed_unless_it_is_evidently_utf_8(
    content: bytes, name: str, content_type: str
):
    text = parsed_text(content, name, content_type)

    assert "счёт за март" in text or "сч?т за март" in text


@pytest.mark.parametrize("name", ["a.csv", "a.md", "a.json", "a.YML", "a.py", "a.log", "a.xml"])
def test_text_like_files_are_read_as_they_are(name: str):
    assert '{"a": <b>,1}' == parsed_text(b'{"a": <b>,1}', name, "application/octet-stream")


def test_html_becomes_what_a_reader_sees():
    page = (
        b"<html><head><style>x</style></head><body><p>Seen</p><p style='display:none'>Not</p></body></html>"
    )

    assert "Seen" == parsed_text(page, "page.html", "text/html")


def test_a_page_that_may_hide_parts_says_so():
    text = parsed_text(b"<p>Seen</p><p style='mso-hide:all'>Perhaps</p>", "page.html", "text/html")

    assert text.startswith("Seen\nPerhaps\n[Parts of this text may be invisible")


def test_the_media_type_decides_where_the_name_says_nothing():
    assert "a" == parsed_text(b"a", "attachment", "text/plain; charset=utf-8")
    assert "One" == parsed_text(word_document(["One"]), "attachment", f"{OFFICE}.wordprocessingml.document")
    assert is_readable("attachment", "application/pdf")
    assert is_readable("mail", "message/rfc822")
    assert not is_readable("picture.png", "image/png")
    assert not is_readable("old.doc", "application/msword")


def test_old_and_open_document_formats_are_for_graph_to_convert():
    assert all(is_convertible(f"a.{each}") for each in ("doc", "XLS", "ppt", "odt", "ods", "odp", "rtf"))
    assert not any(is_convertible(f"a.{each}") for each in ("docx", "msg", "png", "txt"))


@pytest.mark.parametrize(
    ("name", "reason", "remedy"),
    [
        ("a.msg", "(.msg)", "save it as .eml"),
        ("a.doc", "older than 2007", "docx"),
        ("a.odt", "OpenDocument", "docx"),
        ("a.png", "no text", "Word, Excel, PowerPoint and PDF"),
    ],
)
def test_what_is_not_read_says_why_and_what_to_do(name: str, reason: str, remedy: str):
    error = refused(b"\x00", name)

    assert "invalid_argument" == error.code
    assert reason in error.message
    assert remedy in error.remedy


def test_binary_as_text_is_refused():
    assert "damaged" in refused(b"\x00\x01binary", "a.txt").message


def test_text_beyond_the_bound_is_left_out_and_said():
    text = parsed_text(b"x" * (LIMIT_CHARACTERS + 1), "a.txt")

    assert "x" * LIMIT_CHARACTERS + "\n[Left out: everything after the first 1,000,000 characters.]" == text
