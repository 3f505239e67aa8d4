"""Reads the text of PDF files, page by page, with the values of their forms and the notes on them."""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from shared.text.documents.extract import Extract, damaged, encrypted

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

PAGES = 300
ANNOTATIONS = 500
"""Of one page."""
_OBJECTS = 5_000
"""Of one page, that are looked at for text that nobody sees."""
_NAMES = 20
_SMALLEST_POINTS = 2.0
_HIDDEN_FLAGS = 0x2 | 0x20  # ISO 32000-1, table 165: Hidden, NoView
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]+")
_INVISIBLE_MODES = (3, 7)  # ISO 32000-1, table 106: neither filled nor stroked


def read_pdf(content: bytes, extract: Extract) -> None:
    """Adds the text of a .pdf; pages of pictures alone, such as scans, have none.

    Raises:
        ToolError: `invalid_argument`: it needs a password, or is damaged.
    """
    import pypdfium2  # noqa: PLC0415 - only where a PDF is read

    try:
        # Many are encrypted with an empty password, only to forbid printing or changing.
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        _read_otherwise(content, extract, error)
        return
    if not len(document):
        raise damaged()
    document.init_forms()
    _read_pages(document, extract)
    _name_attached(document, extract)


def _read_pages(document: PdfDocument, extract: Extract) -> None:
    from pypdfium2 import PdfiumError  # noqa: PLC0415 - as above

    without_text: list[int] = []
    damaged_pages = 0
    unseen: list[int] = []
    for index in range(min(len(document), PAGES)):
        if extract.is_full:
            return
        try:
            page = document[index]
        except PdfiumError:
            damaged_pages += 1
            extract.leave_out(f"page {index + 1}, which is damaged")
            continue
        text, has_text_outside = _page_text(page)
        lines = "\n".join(_annotations(document, page, extract))
        if not text:
            without_text.append(index + 1)
        elif has_text_outside or _has_unseen_text(page):
            unseen.append(index + 1)
        if text or lines:
            extract.add(f"\n[Page {index + 1}]\n" + "".join(f"{each}\n" for each in (text, lines) if each))
        page.close()
    if damaged_pages == len(document):
        raise damaged()
    if len(document) > PAGES:
        extract.leave_out(f"the pages after the first {PAGES}")
    if without_text:
        extract.leave_out(f"{len(without_text)} pages without text, such as scans ({_listed(without_text)})")
    if unseen:
        extract.note(
            "Some text of these pages is white, tiny, invisible or outside the page, so people may not see "
            "it: "
            f"{_listed(unseen)}."
        )


def _read_otherwise(content: bytes, extract: Extract, cause: Exception) -> None:
    """Adds what pypdf reads of a file that PDFium does not open: an empty owner's password, some damage."""
    from pypdf import PdfReader  # noqa: PLC0415 - seldom needed
    from pypdf.errors import DependencyError, PyPdfError  # noqa: PLC0415 - as above

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise encrypted() from cause
        texts = [_tidy(page.extract_text()) for page in reader.pages[:PAGES]]
    except DependencyError as error:
        raise encrypted() from error
    # A damaged file can surface in the reader as almost any of Python's own errors.
    except (PyPdfError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise damaged() from error
    if not any(texts):
        raise damaged() from cause
    for number, text in enumerate(texts, 1):
        extract.add(f"\n[Page {number}]\n{text}\n" if text else "")
    extract.leave_out("notes and form fields, as the file is damaged or protected")


def _page_text(page: PdfPage) -> tuple[str, bool]:
    """Returns the text of a page, and whether some of it is outside of what is shown of the page."""
    text = page.get_textpage()
    try:
        # Its lines end as those of Windows; a hyphen at the end of a line is U+FFFE or U+0002.
        found = text.get_text_range()
        inside = text.get_text_bounded()
    finally:
        text.close()
    has_text_outside = sum(map(str.isalnum, inside)) < sum(map(str.isalnum, found))
    return _tidy(found.replace("\ufffe", "-").replace("\x02", "-")), has_text_outside


def _tidy(text: str) -> str:
    """Removes blanks at the ends of lines, and puts blanks for control characters.

    Control characters stand for letters that a font lacks.
    """
    return "\n".join(_CONTROLS.sub(" ", line).rstrip() for line in text.splitlines()).strip()


def _annotations(document: PdfDocument, page: PdfPage, extract: Extract) -> Iterator[str]:
    """Yields the values of a page's form fields and the notes written on it, unless they are hidden."""
    from pypdfium2 import raw  # noqa: PLC0415 - as above

    count = raw.FPDFPage_GetAnnotCount(page)
    if count > ANNOTATIONS:
        extract.leave_out(f"notes and form fields of a page after the first {ANNOTATIONS}")
    for index in range(min(count, ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN_FLAGS:
                if kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
                    extract.leave_out("notes or form fields that are hidden")
            elif kind == raw.FPDF_ANNOT_WIDGET:
                yield from _field(document, annotation)
            elif kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
                note = _string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
                if note:
                    yield f"[Note] {note}"
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _field(document: PdfDocument, annotation: Any) -> Iterator[str]:
    """Yields a form field as `name: value`."""
    from pypdfium2 import raw  # noqa: PLC0415 - as above

    if document.formenv is None:
        return
    form = document.formenv
    name = _string(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation) or _string(
        raw.FPDFAnnot_GetFormFieldName, form, annotation
    )
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind == raw.FPDF_FORMFIELD_PUSHBUTTON:
        value = ""
    elif kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        mark = "[x]" if raw.FPDFAnnot_IsChecked(form, annotation) else "[ ]"
        choice = _string(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation)
        value = f"{mark} {choice}".strip()
    else:
        value = _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
        if kind == raw.FPDF_FORMFIELD_LISTBOX:
            value = ", ".join(_options(form, annotation)) or value
    if value:
        yield f"[Field] {name}: {value}" if name else f"[Field] {value}"


def _options(form: Any, annotation: Any) -> Iterator[str]:
    """Yields what a list shows, the chosen ones marked."""
    from pypdfium2 import raw  # noqa: PLC0415 - as above

    for index in range(min(raw.FPDFAnnot_GetOptionCount(form, annotation), ANNOTATIONS)):
        label = _string(raw.FPDFAnnot_GetOptionLabel, form, annotation, index)
        mark = "[x] " if raw.FPDFAnnot_IsOptionSelected(form, annotation, index) else ""
        if label:
            yield f"{mark}{label}"


def _has_unseen_text(page: PdfPage) -> bool:
    """Tells whether some text of the page is drawn so that people may not see it."""
    from pypdfium2 import raw  # noqa: PLC0415 - as above

    colour = [ctypes.c_uint() for _ in range(4)]
    size = ctypes.c_float()
    for index in range(min(raw.FPDFPage_CountObjects(page), _OBJECTS)):
        drawn = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(drawn) != raw.FPDF_PAGEOBJ_TEXT:
            continue
        if raw.FPDFTextObj_GetTextRenderMode(drawn) in _INVISIBLE_MODES:
            return True
        if raw.FPDFPageObj_GetFillColor(drawn, *colour):
            red, green, blue, alpha = (each.value for each in colour)
            if alpha == 0 or min(red, green, blue) >= 0xFA:
                return True
        matrix = raw.FS_MATRIX()
        if raw.FPDFTextObj_GetFontSize(drawn, size) and raw.FPDFPageObj_GetMatrix(drawn, matrix):
            scale = max(abs(matrix.a), abs(matrix.b), abs(matrix.c), abs(matrix.d))
            if 0 < abs(size.value) * scale < _SMALLEST_POINTS:
                return True
    return False


def _name_attached(document: PdfDocument, extract: Extract) -> None:
    from pypdfium2 import raw  # noqa: PLC0415 - as above

    count = raw.FPDFDoc_GetAttachmentCount(document)
    if count <= 0:
        return
    names = [
        _string(raw.FPDFAttachment_GetName, raw.FPDFDoc_GetAttachment(document, index)) or "without name"
        for index in range(min(count, _NAMES))
    ]
    extract.leave_out(f"{count} files attached to it: {', '.join(names)}")


def _string(function: Callable[..., int], *arguments: Any) -> str:
    """Returns what a function of PDFium writes as UTF-16, on one line."""
    length = function(*arguments, None, 0)
    if not 2 < length <= 100_000:
        return ""
    buffer = ctypes.create_string_buffer(length)
    function(*arguments, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return " ".join(buffer.raw[:length].decode("utf-16-le", "replace").rstrip("\0").split())


def _listed(pages: list[int]) -> str:
    listed = ", ".join(str(page) for page in pages[:_NAMES])
    return listed if len(pages) <= _NAMES else f"{listed}, …"
