"""Lays text out as it stands on a page: lines, what stands before them, and the rows of tables."""

import re
from dataclasses import dataclass, field

LIMIT_CHARACTERS = 1_000_000
"""The longest text that is made of a page."""

_LIMIT_LEVELS = 20
_LIMIT_MARKER = 12
_WHITESPACE = re.compile(r"[ \t\n\r\f]+")


class FullError(Exception):
    """Reports that the text is as long as it may be."""


@dataclass
class Room:
    """Counts how many characters more fit into the text."""

    left: int = LIMIT_CHARACTERS

    def take(self, count: int) -> None:
        """Takes room for some characters.

        Raises:
            FullError: There is none left.
        """
        self.left -= count
        if self.left < 0:
            raise FullError


@dataclass
class Level:
    """Holds what stands before each line of a quotation or a list item, and before its first one."""

    first: str
    rest: str


@dataclass
class Lines:
    """Holds lines that grow at their end.

    Attributes:
        done: The lines that are finished.
        written: How often text was added, to see whether anything was.
    """

    room: Room
    done: list[str] = field(default_factory=list)
    written: int = 0
    _line: list[str] = field(default_factory=list)
    _levels: list[Level] = field(default_factory=list)
    _marks: list[str] = field(default_factory=list)
    _space: bool = False
    _keeps: bool = False

    def text(self, text: str, white_space: str = "normal") -> None:
        """Adds text, its white space kept or not as CSS says."""
        if white_space in ("pre", "pre-wrap", "break-spaces"):
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self._keep(first)
            for each in rest:
                self.end_line()
                self._keep(each)
        elif white_space == "pre-line":
            for count, each in enumerate(text.split("\n")):
                if count:
                    self.end_line()
                self._flow(each)
        else:
            self._flow(text)

    def mark(self, mark: str) -> None:
        """Sets a mark before the next text, if any comes before the mark is taken back."""
        self._marks.append(mark)

    def unmark(self, closing: str) -> None:
        """Ends what the last mark began, or takes the mark back if no text has come."""
        if self._marks:
            self._marks.pop()
        else:
            self.append(closing)

    def append(self, text: str) -> None:
        """Adds text to the last words, even if their line is finished."""
        self.room.take(len(text))
        self.written += 1
        if self._line or not self.done or not self.done[-1]:
            self._line.append(text)
        else:
            self.done[-1] += text

    def end_line(self) -> None:
        """Ends the line, even an empty one."""
        line = "".join(self._line)
        self._finish(line.rstrip())
        self._line.clear()
        self._space = self._keeps = False

    def block(self) -> None:
        """Ends the line if there is anything on it."""
        if self._line:
            self.end_line()
        self._space = False

    def enter(self, first: str, rest: str) -> None:
        """Begins a quotation or a list item; what is nested too deep looks like what is around it."""
        self.block()
        shown = len(self._levels) < _LIMIT_LEVELS
        self._levels.append(Level(first[:_LIMIT_MARKER], rest) if shown else Level("", ""))

    def leave(self) -> None:
        """Ends the quotation or the list item."""
        self.block()
        self._levels.pop()

    def whole(self, line: str) -> None:
        """Adds a line that is finished."""
        self.block()
        self.written += 1
        self._finish(line)

    def result(self) -> list[str]:
        """Returns the lines without empty ones at the beginning and the end."""
        self.block()
        lines = self.done
        start, end = 0, len(lines)
        while start < end and not lines[start].strip():
            start += 1
        while end > start and not lines[end - 1].strip():
            end -= 1
        return lines[start:end]

    def _flow(self, text: str) -> None:
        words = _WHITESPACE.sub(" ", text)
        if not words or words == " ":
            self._space = self._space or (bool(words) and bool(self._line))
            return
        if words[0] == " ":
            self._space = self._space or bool(self._line)
        self._add((" " if self._space and self._line else "") + self._marked(words.strip(" ")))
        self._space = words[-1] == " "

    def _keep(self, text: str) -> None:
        if text:
            self._add((" " if self._space and self._line else "") + self._marked(text.rstrip("\r")))
            self._space = False
        self._keeps = True

    def _marked(self, text: str) -> str:
        marks = "".join(self._marks)
        self._marks.clear()
        return marks + text

    def _add(self, text: str) -> None:
        self.written += 1
        self._line.append(text[: max(self.room.left, 0)])
        self.room.take(len(text))

    def _finish(self, line: str) -> None:
        before = ""
        for each in self._levels:
            before += each.first if line.strip() else each.rest
            if line.strip():
                each.first = each.rest
        self.room.take(len(before) + 1)
        whole = (before + line).rstrip()
        # Outside of preformatted text, one empty line says as much as many.
        if self._keeps or whole.strip("> ") or not self.done or self.done[-1].strip("> "):
            self.done.append(whole)


def row(cells: list[list[str]], *, keeps_columns: bool) -> list[str]:
    """Returns the lines of a table's row: one with tabs between cells, or those of one cell after another.

    Args:
        cells: The lines of each cell.
        keeps_columns: Whether it matters which column a text stands in.
    """
    filled = [each for each in cells if each]
    if keeps_columns and filled and sum(map(len, filled)) <= 5 * len(filled):
        return ["\t".join(" / ".join(filter(None, each)) for each in cells).rstrip("\t")]
    if all(len(each) == 1 for each in filled) and len(filled) > 1:
        joined = "\t".join(each[0] if each else "" for each in cells)
        return [joined.strip("\t") if not keeps_columns else joined.rstrip("\t")]
    return [line for each in filled for line in each]
