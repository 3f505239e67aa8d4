"""The text of files that are text already, and of HTML pages."""

from shared.text.documents.charsets import decode
from shared.text.documents.extract import Extract


def read_plain(content: bytes, content_type: str, extract: Extract) -> None:
    """Add the text as it is."""
    extract.add(decode(content, content_type))


def read_html(content: bytes, content_type: str, extract: Extract) -> None:
    """Add what a reader of the page sees."""
    extract.add(page_text(decode(content, content_type), extract))


def page_text(source: str, extract: Extract) -> str:
    """What a reader of a page sees; that parts may be invisible to people is noted in the extract."""
    from shared.text.html import html_to_text  # noqa: PLC0415 - its parsers are needed by pages alone

    page = html_to_text(source)
    if page.note:
        extract.note(page.note)
    return page.text
