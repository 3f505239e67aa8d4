"""The text of PDF files, page by page."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared.errors import ToolError
from shared.text.documents.extract import Extract
from shared.text.documents.package import encrypted

if TYPE_CHECKING:
    from pypdf import PageObject

PAGES = 300


def read_pdf(content: bytes, extract: Extract) -> None:
    """The text of a .pdf; pages of pictures alone, such as scans, have none.

    Raises:
        ToolError: `invalid_argument`: it needs a password, or is damaged.
    """
    from pypdf import PdfReader  # noqa: PLC0415 - only some results need it
    from pypdf.errors import DependencyError, PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(content))
        # Many are encrypted with an empty password, only to forbid printing or changing.
        if reader.is_encrypted and not reader.decrypt(""):
            raise encrypted()
        _read_pages(reader.pages, extract)
    except DependencyError as error:
        raise encrypted() from error
    # A damaged file can surface in the reader as almost any of Python's own errors.
    except (PyPdfError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise damaged() from error


def _read_pages(pages: Iterable[PageObject], extract: Extract) -> None:
    without_text = 0
    for number, page in enumerate(pages, 1):
        if extract.is_full:
            return
        if number > PAGES:
            extract.leave_out(f"the pages after the first {PAGES}")
            break
        text = page.extract_text().strip()
        without_text += not text
        extract.add(f"\n[Page {number}]\n{text}\n" if text else "")
    if without_text:
        extract.leave_out(f"{without_text} pages without text, such as scans")


def damaged() -> ToolError:
    """The failure of a document that is not what its name or type says."""
    return ToolError(
        "invalid_argument",
        "The document is damaged, or not of the format that its name says.",
        "Open it in its own application, or ask its owner for a good copy.",
    )
