"""Quotes some lines of a text by others."""

from pydantic import BaseModel, Field

from shared.result_limit import share
from shared.text.content import TEXT_LIMIT, Quoted, clean, quote


class LineRange(BaseModel):
    """Which lines of a text are shown; lines count from 1."""

    first_line: int
    last_line: int = Field(description="Smaller than first_line: none is shown.")
    total_lines: int


def quote_lines(
    text: str, origin: str, first_line: int, last_line: int | None, *, offset: int = 0
) -> tuple[LineRange, Quoted]:
    """Returns lines of a text, from an offset in them on, as many as have room; whole ones where one fits.

    Lines end as Git ends them, at a newline alone: a form feed or a line separator is inside one.
    """
    whole = clean(text)
    lines = whole.split("\n")
    if lines[-1] == "":
        lines.pop()
    chosen = lines[first_line - 1 : last_line]
    part = "\n".join(chosen)
    limit = share(TEXT_LIMIT)
    room = part[offset : offset + limit]
    if offset + limit < len(part) and "\n" in room:
        limit = room.rindex("\n") + 1
    removed = len(text.replace("\r\n", "\n")) - len(whole)
    note = f"{removed:,} characters nobody sees were left out of the file." if removed else None
    quoted = quote(part, origin, offset=offset, limit=limit, note=note)
    start = first_line + part.count("\n", 0, offset)
    # What ends at a newline with more to come ends with that line.
    is_cut = quoted.next_offset is not None and quoted.text.endswith("\n")
    end = start + quoted.text.count("\n") - is_cut if chosen else start - 1
    return LineRange(first_line=start, last_line=end, total_lines=len(lines)), quoted
