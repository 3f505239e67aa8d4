"""Decodes text by what it says of its charset, and otherwise by what its bytes are."""

import codecs
import re
from collections.abc import Mapping

from shared.text.documents.extract import damaged

_BYTE_ORDER_MARKS: Mapping[bytes, str] = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What these names mean in practice: the charset of Windows that holds the one named (WHATWG Encoding, 4.2).
_MEANT: Mapping[str, str] = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
# Their bytes are those of ASCII, so that they look like UTF-8.
_SEVEN_BITS = ("iso2022", "hz")
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})"""
    rb"""|<meta\b[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})"""
    rb"""|^#.{0,40}?coding[:=]\s*([\w.-]{1,40})""",
    re.IGNORECASE | re.MULTILINE,
)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_DECLARED_WITHIN = 4096
_PARAMETER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_SAMPLE = 4096


def decode(content: bytes, content_type: str = "") -> str:
    """Decodes the text of a file by its byte order mark, as UTF-8 if it is that, else as declared.

    The file itself or its media type may declare a charset.

    Raises:
        ToolError: `invalid_argument`: it is no text.
    """
    mark = next((name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    if mark:
        return content.decode(mark, "replace")
    if wide := _wide(content):
        return content.decode(wide, "replace")
    if b"\0" in content:
        raise damaged()
    parameter = _PARAMETER.search(content_type)
    written = _DECLARED.search(_COMMENT.sub(b"", content[:_DECLARED_WITHIN]))
    declared = parameter[1] if parameter else (written[written.lastindex or 0].decode() if written else "")
    return decode_as(content, declared)


def decode_as(content: bytes, charset: str) -> str:
    """Decodes text in a charset by its name, unless it is unknown or the text is evidently UTF-8."""
    codec = codec_of(charset)
    if codec is None or not codec.startswith(_SEVEN_BITS):
        try:
            return content.decode()
        except UnicodeDecodeError:
            pass
    return content.decode(codec or "cp1252", "replace")


def codec_of(charset: str) -> str | None:
    """Returns the codec of a charset that mail and pages name; None if there is none that decodes text."""
    name = charset.strip().casefold()
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        from webencodings import lookup  # noqa: PLC0415 - knows more names than Python, which few files use

        known = lookup(name)
        if known is None:
            return None
        found = known.codec_info
    # A few codecs are no charsets, such as base64.
    if not getattr(found, "_is_text_encoding", True) or found.name in ("idna", "punycode", "unicode_escape"):
        return None
    return _MEANT.get(found.name, found.name)


def _wide(content: bytes) -> str | None:
    """Recognizes UTF-16 without a mark: of text mostly Latin, nearly all of every second byte is zero."""
    sample = content[:_SAMPLE]
    pairs = len(sample) // 2
    if pairs < 2 or b"\0" not in sample or len(content) % 2:
        return None
    zeros = sample[1::2].count(0), sample[0::2].count(0)
    for codec, high, low in (("utf-16-le", zeros[0], zeros[1]), ("utf-16-be", zeros[1], zeros[0])):
        if high > 0.6 * pairs and low == 0:
            return codec
    return None
