"""Decodes the bytes of text files, and tells which files are no text."""

import codecs
from typing import NamedTuple

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Code pages of Windows that Python calls otherwise (Code Page Identifiers, Win32).
_PAGES = {
    1200: "utf-16-le",
    1201: "utf-16-be",
    12000: "utf-32-le",
    12001: "utf-32-be",
    20127: "ascii",
    20866: "koi8-r",
    20932: "euc-jp",
    21866: "koi8-u",
    50220: "iso2022-jp",
    51932: "euc-jp",
    51949: "euc-kr",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
}
_ISO_8859 = range(28591, 28607)


class Decoded(NamedTuple):
    """Text, the encoding it was in, and whether that is a guess."""

    text: str
    encoding: str
    is_guess: bool = False


def decode_text(content: bytes, code_page: int | None = None) -> Decoded | None:
    """Returns the text of a file, None where it is binary.

    A byte order mark counts most, then UTF-8, then the code page (as Windows numbers them) that somebody
    said; what is left is read as Windows-1252 or Latin-1, which is said to be a guess.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return Decoded(content[len(mark) :].decode(encoding, "replace"), encoding)
    said = _encoding(code_page)
    if b"\0" in content:
        wide = said is not None and said.startswith(("utf-16", "utf-32"))
        return Decoded(content.decode(said, "replace"), said) if said and wide else None
    for encoding in dict.fromkeys(["utf-8", *([said] if said else [])]):
        try:
            return Decoded(content.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    try:
        return Decoded(content.decode("cp1252"), "cp1252", is_guess=True)
    except UnicodeDecodeError:
        return Decoded(content.decode("latin-1"), "latin-1", is_guess=True)


def _encoding(code_page: int | None) -> str | None:
    """Returns Python's name of a code page, None where there is none."""
    if code_page is None or code_page <= 0:
        return None
    if code_page in _ISO_8859:
        return f"iso8859-{code_page - 28590}"
    name = _PAGES.get(code_page, f"cp{code_page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None
