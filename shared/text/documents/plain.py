"""Reads files that are text already, and HTML pages."""

from shared.text.documents.charsets import decode
from shared.text.documents.extract import Extract


def read_plain(content: bytes, content_type: str, extract: Extract) -> None:
    """Adds the text as it is."""
    extract.add(decode(content, content_type))


def read_html(content: bytes, content_type: str, extract: Extract) -> None:
    """Adds what a reader of the page sees."""
    extract.add(page_text(decode(content, content_type), extract))


def page_text(source: str, extract: Extract) -> str:
    """Returns what a reader of a page sees; a note says that parts may be invisible to people."""
    from shared.text.html import html_to_text  # noqa: PLC0415 - its parsers are needed by pages alone

    page = html_to_text(source)
    if page.note:
        extract.note(page.note)
    return page.text
