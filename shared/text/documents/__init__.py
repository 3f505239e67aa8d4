"""The text of documents: plain text, HTML, Word, Excel, PowerPoint and PDF."""

from shared.text.documents.reading import LIMIT_BYTES, document_text, is_readable, read_document

__all__ = ["LIMIT_BYTES", "document_text", "is_readable", "read_document"]
