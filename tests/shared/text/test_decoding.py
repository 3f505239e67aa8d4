import codecs

import pytest

from shared.text.decoding import decode_text

TEXT = "Maré, größer, 10 €\n"


@pytest.mark.parametrize(
    ("content", "page", "encoding"),
    [
        (TEXT.encode(), None, "utf-8"),
        (TEXT.encode("utf-8-sig"), 65001, "utf-8"),
        (TEXT.encode("utf-16"), None, "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), -1, "utf-16-be"),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), None, "utf-32-le"),
        (TEXT.encode("utf-16-le"), 1200, "utf-16-le"),
        (TEXT.encode("cp1252"), 1252, "cp1252"),
        (TEXT.encode("iso8859-15"), 28605, "iso8859-15"),
        # What is UTF-8 is UTF-8, whatever was guessed of it.
        (TEXT.encode(), 1252, "utf-8"),
    ],
)
def test_text_is_read_in_its_encoding(content: bytes, page: int | None, encoding: str):
    decoded = decode_text(content, page)

    assert decoded is not None
    assert (TEXT, encoding, False) == (decoded.text, decoded.encoding, decoded.is_guess)


@pytest.mark.parametrize("page", [None, 0, -1, 65001, 99_999])
def test_what_nobody_knows_is_a_guess(page: int | None):
    decoded = decode_text("Maré".encode("cp1252"), page)

    assert decoded == ("Maré", "cp1252", True)


def test_latin_1_takes_what_windows_1252_has_no_sign_for():
    assert ("\x81a", "latin-1", True) == decode_text(b"\x81a")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a\0b"])
def test_a_null_makes_a_file_binary(content: bytes):
    assert decode_text(content) is None
    assert decode_text(content, 65001) is None


def test_the_empty_file_is_text():
    assert ("", "utf-8", False) == decode_text(b"")
