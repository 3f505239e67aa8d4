"""Reads documents as text: plain text here, all others in a process of their own."""

from shared.errors import ToolError
from shared.text.documents.extract import Extract
from shared.text.documents.kinds import kind_of, why_unread
from shared.text.documents.parsing import parse_document

LIMIT_BYTES = 16 * 1024 * 1024
"""The largest document that is read."""


async def read_document(content: bytes, name: str, content_type: str, *, caller: str = "") -> str:
    """Returns the text of a document, read beside the event loop and within bounds of time and memory.

    Args:
        content: The file.
        name: Its name; what kind it is goes by its suffix first.
        content_type: Its media type, or an empty text.
        caller: Whose document it is: nobody's documents take all turns.

    Raises:
        ToolError: As `document_text` does; `unavailable` when too many documents are read just now.
    """
    # Imported here, as the process that reads a document imports this package too, and needs none of them.
    import asyncio  # noqa: PLC0415 - as above

    from shared.text.documents.reader_process import read_in_process  # noqa: PLC0415 - as above

    if _is_plain(name, content_type):
        return await asyncio.to_thread(_plain_text, content, name, content_type)
    return await read_in_process(content, name, content_type, caller)


def document_text(content: bytes, name: str, content_type: str) -> str:
    """Returns the text of a document. What was left out of it is said at its end.

    Args:
        content: The file.
        name: Its name; what kind it is goes by its suffix first.
        content_type: Its media type, or an empty text.

    Raises:
        ToolError: `invalid_argument` when it is of no kind that has text, encrypted, damaged or
            larger than the bounds; `timeout` when reading it takes too long.
    """
    if _is_plain(name, content_type):
        return _plain_text(content, name, content_type)
    from shared.text.documents.reader_process import ReaderProcess  # noqa: PLC0415 - as above

    return ReaderProcess().read(content, name, content_type)


def _is_plain(name: str, content_type: str) -> bool:
    """Tells whether reading takes no more than decoding.

    Raises:
        ToolError: `invalid_argument`: a document of this type has no text.
    """
    kind = kind_of(name, content_type)
    if kind is None:
        raise ToolError("invalid_argument", *why_unread(name))
    return kind == "plain"


def _plain_text(content: bytes, name: str, content_type: str) -> str:
    extract = Extract()
    parse_document(content, name, content_type, extract)
    return extract.text()
