"""Converts files of drives to PDF: the words of OpenDocument files, not how Office would draw them."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath
from xml.etree import ElementTree

from local.graph.pdf import portable_document

SOURCES = frozenset(
    (".csv", ".doc", ".docx", ".odp", ".ods", ".odt", ".pot", ".potm", ".potx", ".pps", ".ppsx", ".ppsxm",
     ".ppt", ".pptm", ".pptx", ".rtf", ".xls", ".xlsx")
)  # fmt: skip
"""What Graph documents that it converts to PDF."""
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def converted_to_pdf(name: str, content: bytes) -> bytes | None:
    """Returns the file as a PDF; None if Graph does not convert files of this type, or this one not here."""
    suffix = PurePosixPath(name).suffix.casefold()
    if suffix not in SOURCES or suffix not in (".odt", ".ods", ".odp"):
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        document = ElementTree.fromstring(archive.read("content.xml"))  # noqa: S314 - made by the tests
    return portable_document(["".join(each.itertext()) for each in document.iter(f"{_TEXT}p")])
