"""Cleans every text of a result, whatever tool made it and whoever wrote it.

Names, titles, states and paths are written by others as much as mails are. A tool may clean its texts
earlier, to measure or compare them; what leaves the server is cleaned here.
"""

import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_SEPARATORS = {0x2028: "\n", 0x2029: "\n"}


def join_surrogates(text: str) -> str:
    """Returns the text with surrogate pairs joined, and every half of one replaced by U+FFFD.

    A text that was cut in the middle of a pair ends with such a half; the host masks a result that has one.
    """
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def clean_result(document: Any, *, keep_lines: bool = False) -> Any:
    """Returns a JSON document whose texts hold no control, bidirectional or invisible characters.

    Text in its envelope (`Quoted`) keeps its lines. Every other text is one line, so that nobody can write
    a line that looks like another field; its spaces stay as they are, as a name is exact.

    Args:
        document: The document.
        keep_lines: Whether every text keeps its lines, as where it is what the model itself has written.
    """
    from shared.text.content import clean  # noqa: PLC0415 - a start needs no text

    def visible(text: str) -> str:
        return clean(join_surrogates(text))

    def line(text: str) -> str:
        # Most names and texts hold nothing that could need cleaning.
        return text if text.isascii() and text.isprintable() else _one_line(visible(text))

    def cleaned(value: Any) -> Any:
        match value:
            case str():
                return visible(value).translate(_SEPARATORS) if keep_lines else line(value)
            case {"origin": _, "notice": _, "text": str(text)}:
                others = {name: cleaned(each) for name, each in value.items()}
                return {**others, "text": visible(text).translate(_SEPARATORS)}
            case dict():
                return {line(name): cleaned(each) for name, each in value.items()}
            case list():
                return [cleaned(each) for each in value]
            case _:
                return value

    return cleaned(document)


def _one_line(text: str) -> str:
    # More than "\n" ends a line for whoever reads it: U+2028 and U+2029 do, among others.
    lines = text.splitlines()
    return " ".join(lines) if len(lines) > 1 or text.endswith("\n") else text
