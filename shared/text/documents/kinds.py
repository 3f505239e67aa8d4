"""Tells which kinds of documents have text that can be read, by their names and media types."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

type Kind = Literal["plain", "html", "mail", "calendar", "word", "workbook", "presentation", "pdf"]

_OFFICE = "application/vnd.openxmlformats-officedocument"
_PLAIN = (
    ".txt .text .md .markdown .rst .tex .csv .tsv .json .jsonl .ndjson .xml .xsd .xsl .svg .yaml .yml .toml "
    ".ini .cfg .conf .properties .log .srt .vtt .diff .patch .sql .sh .bash .ps1 .psm1 .bat "
    ".cmd .py .js .mjs .ts .tsx .jsx .css .java .kt .cs .vb .go .rs .rb .php .pl .c .h .cpp .hpp .swift .r "
    ".bicep .tf"
)
_BY_SUFFIX: Mapping[str, Kind] = {
    **dict.fromkeys(_PLAIN.split(), "plain"),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".aspx"), "html"),
    **dict.fromkeys((".eml", ".mht", ".mhtml"), "mail"),
    **dict.fromkeys((".ics", ".vcf", ".vcs"), "calendar"),
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), "word"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), "workbook"),
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"), "presentation"),
    ".pdf": "pdf",
}
_BY_TYPE: Mapping[str, Kind] = {
    **dict.fromkeys(
        (
            "application/json",
            "application/xml",
            "application/yaml",
            "application/x-yaml",
            "application/sql",
            "application/csv",
            "application/javascript",
        ),
        "plain",
    ),
    **dict.fromkeys(("text/html", "application/xhtml+xml"), "html"),
    **dict.fromkeys(("message/rfc822", "message/global"), "mail"),
    **dict.fromkeys(("text/calendar", "text/vcard", "text/x-vcard"), "calendar"),
    **dict.fromkeys(
        (
            f"{_OFFICE}.wordprocessingml.document",
            f"{_OFFICE}.wordprocessingml.template",
            "application/vnd.ms-word.document.macroenabled.12",
        ),
        "word",
    ),
    **dict.fromkeys(
        (
            f"{_OFFICE}.spreadsheetml.sheet",
            f"{_OFFICE}.spreadsheetml.template",
            "application/vnd.ms-excel.sheet.macroenabled.12",
        ),
        "workbook",
    ),
    **dict.fromkeys(
        (
            f"{_OFFICE}.presentationml.presentation",
            f"{_OFFICE}.presentationml.slideshow",
            f"{_OFFICE}.presentationml.template",
            "application/vnd.ms-powerpoint.presentation.macroenabled.12",
        ),
        "presentation",
    ),
    "application/pdf": "pdf",
}
# What Graph converts to PDF (`driveItem` content in another format) and is not read here as it is.
_CONVERTED = frozenset((".doc", ".odp", ".ods", ".odt", ".pot", ".pps", ".ppt", ".rtf", ".xls"))


class Unread(NamedTuple):
    """Explains why files of a type are not read, and what to do instead."""

    reason: str
    remedy: str


_SAVE_AS = (
    "Ask for it saved in a present format (docx, xlsx, pptx or PDF), or open it in its own application."
)
_UNREAD: Mapping[str, Unread] = {
    ".msg": Unread(
        "An Outlook message file (.msg) cannot be read here.",
        "Open it in Outlook, or forward the message itself or save it as .eml.",
    ),
    ".xlsb": Unread("A binary Excel workbook (.xlsb) cannot be read here.", _SAVE_AS),
    **dict.fromkeys(
        (".doc", ".dot", ".xls", ".ppt", ".pps", ".pot"),
        Unread("An Office file of a format older than 2007 cannot be read here.", _SAVE_AS),
    ),
    **dict.fromkeys((".odt", ".ods", ".odp"), Unread("An OpenDocument file cannot be read here.", _SAVE_AS)),
    ".rtf": Unread("A rich text file (.rtf) cannot be read here.", _SAVE_AS),
}
_UNREAD_TYPE = Unread(
    "A document of this type has no text that can be read here.",
    "Open it in its own application. Text, HTML, mail, calendar, Word, Excel, PowerPoint and PDF files "
    "can be read.",
)


def kind_of(name: str, content_type: str) -> Kind | None:
    """Returns the kind of a document by its name's suffix, or else its media type; None if it has no text."""
    media_type = _media_type(content_type)
    suffix = _suffix(name)
    if found := _BY_SUFFIX.get(suffix) or _BY_TYPE.get(media_type):
        return found
    is_other_text = media_type.startswith("text/") and suffix not in _UNREAD and media_type != "text/rtf"
    return "plain" if is_other_text else None


def is_readable(name: str, content_type: str) -> bool:
    """Tells whether files of this name and media type can be read as text."""
    return kind_of(name, content_type) is not None


def is_convertible(name: str) -> bool:
    """Tells whether Graph converts a file of this name to PDF where it is in a drive."""
    return _suffix(name) in _CONVERTED


def why_unread(name: str) -> Unread:
    """Explains why a file with this name is not read, and what to do instead."""
    return _UNREAD.get(_suffix(name), _UNREAD_TYPE)


def _suffix(name: str) -> str:
    return PurePosixPath(name.strip()).suffix.casefold()


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().casefold()
