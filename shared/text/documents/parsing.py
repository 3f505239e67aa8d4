"""Parses a document by its kind, in whatever process this runs."""

import zipfile
import zlib

from shared.errors import ToolError
from shared.text.documents.extract import Extract, damaged, encrypted
from shared.text.documents.kinds import Kind, kind_of, why_unread

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How Office files begin that are encrypted, or older than 2007."""
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    ValueError,
    SyntaxError,
    NotImplementedError,
    RecursionError,
)


def parse_document(content: bytes, name: str, content_type: str, extract: Extract) -> None:
    """Adds the text of a document to the extract.

    Raises:
        ToolError: As `document_text` does.
    """
    kind = kind_of(name, content_type)
    if kind is None:
        raise ToolError("invalid_argument", *why_unread(name))
    if kind in ("word", "workbook", "presentation") and content.startswith(_OLE):
        raise encrypted()
    try:
        _parse(kind, content, content_type, extract)
    except _DAMAGED as error:
        raise damaged() from error


def parsed_text(content: bytes, name: str, content_type: str = "") -> str:
    """Returns the text of a document as `parse_document` adds it, with its notes."""
    extract = Extract()
    parse_document(content, name, content_type, extract)
    return extract.text()


def _parse(kind: Kind, content: bytes, content_type: str, extract: Extract) -> None:
    # Each module is imported when the first document of its kind is read.
    match kind:
        case "plain":
            from shared.text.documents.plain import read_plain  # noqa: PLC0415 - as above

            read_plain(content, content_type, extract)
        case "html":
            from shared.text.documents.plain import read_html  # noqa: PLC0415 - as above

            read_html(content, content_type, extract)
        case "calendar":
            from shared.text.documents.calendars import read_calendar  # noqa: PLC0415 - as above

            read_calendar(content, content_type, extract)
        case "mail":
            from shared.text.documents.mail_files import read_mail  # noqa: PLC0415 - as above

            read_mail(content, extract)
        case "word":
            from shared.text.documents.word import read_word  # noqa: PLC0415 - as above

            read_word(content, extract)
        case "workbook":
            from shared.text.documents.sheets import read_workbook  # noqa: PLC0415 - as above

            read_workbook(content, extract)
        case "presentation":
            from shared.text.documents.slides import read_presentation  # noqa: PLC0415 - as above

            read_presentation(content, extract)
        case "pdf":
            from shared.text.documents.pdf import read_pdf  # noqa: PLC0415 - as above

            read_pdf(content, extract)
