"""The text of files that are text already, and of HTML pages."""

from shared.text.documents.charsets import decode
from shared.text.documents.extract import Extract

HTML_BYTES = 1024 * 1024


def read_plain(content: bytes, content_type: str, extract: Extract) -> None:
    """Add the text as it is."""
    extract.add(decode(content, content_type))


def read_html(content: bytes, content_type: str, extract: Extract) -> None:
    """Add what a reader of the page sees."""
    from shared.text.content import html_to_text  # noqa: PLC0415 - plain text does without

    if len(content) > HTML_BYTES:
        extract.leave_out(f"everything after the first {HTML_BYTES // 1024 // 1024} MB of the page")
    # UTF-16 takes two bytes for most characters: the cut must not part them.
    extract.add(html_to_text(decode(content, content_type)[:HTML_BYTES]))
