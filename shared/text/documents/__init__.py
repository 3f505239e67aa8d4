"""Reads the text of documents: plain text, HTML, mail, calendars, Word, Excel, PowerPoint and PDF."""

from shared.text.documents.kinds import is_convertible, is_readable, why_unread
from shared.text.documents.reading import LIMIT_BYTES, document_text, read_document

__all__ = ["LIMIT_BYTES", "document_text", "is_convertible", "is_readable", "read_document", "why_unread"]
