"""The text of files that are text already, and of HTML pages."""

from shared.text.documents.charsets import decode
from shared.text.documents.extract import Extract


def read_plain(content: bytes, content_type: str, extract: Extract) -> None:
    """Add the text as it is."""
    extract.add(decode(content, content_type))


def read_html(content: bytes, content_type: str, extract: Extract) -> None:
    """Add what a reader of the page sees."""
    from shared.text.html import html_to_text  # noqa: PLC0415 - plain text does without

    page = html_to_text(decode(content, content_type))
    extract.add(page.text)
    if page.note:
        extract.note(page.note)
