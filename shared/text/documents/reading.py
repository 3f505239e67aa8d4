"""Which documents can be read as text, and how each kind is."""

import asyncio
import codecs
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from shared.errors import ToolError
from shared.text.documents.extract import TIME_LIMIT, Extract, too_slow
from shared.text.documents.package import encrypted
from shared.text.documents.paragraphs import read_presentation, read_word
from shared.text.documents.pdf import damaged, read_pdf
from shared.text.documents.sheets import read_workbook

type Reader = Callable[[bytes, Extract], None]

LIMIT_BYTES = 16 * 1024 * 1024
"""The largest document that is read."""
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How Office files begin that are encrypted, or older than 2007."""
_BYTE_ORDER_MARKS: Mapping[bytes, str] = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, SyntaxError)


def is_readable(name: str, content_type: str) -> bool:
    """Whether files of this name and media type can be read as text."""
    return _reader(name, content_type) is not None


async def read_document(content: bytes, name: str, content_type: str) -> str:
    """The text of a document, taken out beside the event loop and within a time limit.

    Raises:
        ToolError: As `document_text` does.
    """
    try:
        # The extraction watches the time itself; this is for a step of it that takes too long.
        async with asyncio.timeout(TIME_LIMIT + 5):
            return await asyncio.to_thread(document_text, content, name, content_type)
    except TimeoutError as error:
        raise too_slow() from error


def document_text(content: bytes, name: str, content_type: str) -> str:
    """The text of a document. What was left out of it is said at its end.

    Args:
        content: The file.
        name: Its name; what kind it is goes by its suffix first.
        content_type: Its media type, or an empty text.

    Raises:
        ToolError: `invalid_argument` when it is of no kind that has text, encrypted, damaged or
            larger than the bounds; `timeout` when reading it takes too long.
    """
    reader = _reader(name, content_type)
    if reader is None:
        raise ToolError(
            "invalid_argument",
            "A document of this type has no text that can be read here.",
            "Open it in its own application. Text, HTML, Word, Excel, PowerPoint and PDF files can be read.",
        )
    if reader in _OFFICE_READERS.values() and content.startswith(_OLE):
        raise encrypted()
    extract = Extract()
    try:
        reader(content, extract)
    except _DAMAGED as error:
        raise damaged() from error
    return extract.text()


def _reader(name: str, content_type: str) -> Reader | None:
    suffix = PurePosixPath(name).suffix.casefold()
    kind = content_type.partition(";")[0].strip().casefold()
    return _BY_SUFFIX.get(suffix) or _BY_TYPE.get(kind) or (_read_plain if kind.startswith("text/") else None)


def _read_plain(content: bytes, extract: Extract) -> None:
    extract.add(_decoded(content))


def _read_html(content: bytes, extract: Extract) -> None:
    from shared.text.html import decode_html, html_to_text  # noqa: PLC0415 - only pages need its parsers

    page = html_to_text(decode_html(content))
    extract.add(page.text)
    if page.note:
        extract.add(f"\n[{page.note}]")


def _decoded(content: bytes) -> str:
    """The text as its byte order mark says, or else as UTF-8, or else as Windows wrote it."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    if encoding:
        return content.decode(encoding, "replace")
    if b"\0" in content:
        raise damaged()
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


_OFFICE_READERS: Mapping[str, Reader] = {
    ".docx": read_word,
    ".xlsx": read_workbook,
    ".pptx": read_presentation,
}
_PLAIN = (
    ".txt .text .md .markdown .rst .tex .csv .tsv .json .jsonl .ndjson .xml .xsd .xsl .svg .yaml .yml .toml "
    ".ini .cfg .conf .properties .log .eml .ics .vcf .srt .vtt .diff .patch .sql .sh .bash .ps1 .psm1 .bat "
    ".cmd .py .js .mjs .ts .tsx .jsx .css .java .kt .cs .vb .go .rs .rb .php .pl .c .h .cpp .hpp .swift .r "
    ".bicep .tf"
)
_BY_SUFFIX: Mapping[str, Reader] = {
    **dict.fromkeys(_PLAIN.split(), _read_plain),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".aspx"), _read_html),
    **_OFFICE_READERS,
    **dict.fromkeys((".docm", ".dotx"), read_word),
    **dict.fromkeys((".xlsm", ".xltx"), read_workbook),
    **dict.fromkeys((".pptm", ".ppsx"), read_presentation),
    ".pdf": read_pdf,
}
_BY_TYPE: Mapping[str, Reader] = {
    **dict.fromkeys(
        (
            "application/json",
            "application/xml",
            "application/yaml",
            "application/x-yaml",
            "application/sql",
            "application/csv",
            "application/javascript",
            "message/rfc822",
        ),
        _read_plain,
    ),
    **dict.fromkeys(("text/html", "application/xhtml+xml"), _read_html),
    f"{_OFFICE}.wordprocessingml.document": read_word,
    f"{_OFFICE}.spreadsheetml.sheet": read_workbook,
    f"{_OFFICE}.presentationml.presentation": read_presentation,
    "application/pdf": read_pdf,
}
