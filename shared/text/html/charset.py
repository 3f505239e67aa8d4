"""The characters of a page, by the encoding that it or its carrier declares."""

import codecs
import re

from webencodings import lookup

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_META = re.compile(rb"<meta[\s/][^>]*?charset\s*=\s*[\"']?\s*([^\s\"'/>;]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_TYPE = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)
_LOOKED_AT = 4_096


def decode_html(content: bytes, content_type: str = "") -> str:
    """The characters of a page: by its byte order mark, its media type, its own words, or else as UTF-8.

    Args:
        content: The page.
        content_type: Its media type, which may name a charset.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    declared = _TYPE.search(content_type)
    for label in (declared[1] if declared else "", _declared(content)):
        if label and (text := _decoded(content, label)) is not None:
            return text
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _declared(content: bytes) -> str:
    head = _COMMENT.sub(b"", content[:_LOOKED_AT])
    found = _META.search(head) or _XML.search(head)
    return found[1].decode("ascii", "replace") if found else ""


def _decoded(content: bytes, label: str) -> str | None:
    """The text in a declared encoding, if browsers know it; its name has several forms (WHATWG Encoding)."""
    encoding = lookup(label)
    if encoding is None:
        return None
    if encoding.name.startswith("utf-16") and b"\0" in content[:_LOOKED_AT]:
        return str(encoding.codec_info.decode(content, "replace")[0])
    # What could be read so far as to find the declaration is not UTF-16 (HTML, 13.2.3.2).
    if encoding.name in ("utf-8", "utf-16le", "utf-16be"):
        try:
            return content.decode()
        except UnicodeDecodeError:
            return None if encoding.name == "utf-8" else content.decode("utf-8", "replace")
    return str(encoding.codec_info.decode(content, "replace")[0])
