"""Holds the text taken out of a document so far, and the bounds within which it is read."""

import time
from collections.abc import Callable, Iterable

from shared.errors import ToolError

LIMIT_CHARACTERS = 1_000_000
TIME_LIMIT = 15.0


class Extract:
    """Collects text until it is full or the time is up. What is missing is said at its end.

    Args:
        clock: Seconds, from any beginning.
        emit: Takes each piece of text; kept here if there is none.
        emit_note: Takes each note; kept here as well.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        emit: Callable[[str], object] | None = None,
        emit_note: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._deadline = clock() + TIME_LIMIT
        self._parts: list[str] = []
        self._notes: list[str] = []
        self._emit = emit or self._parts.append
        self._emit_note = emit_note
        self._room = LIMIT_CHARACTERS

    @property
    def is_full(self) -> bool:
        """Tells whether no more text is added."""
        return self._room == 0

    @property
    def is_empty(self) -> bool:
        """Tells whether no text has been added."""
        return self._room == LIMIT_CHARACTERS

    def add(self, text: str) -> None:
        """Adds a piece of text, as far as there is room.

        Raises:
            ToolError: `timeout`, as in `keep_time`.
        """
        self.keep_time()
        added = text[: self._room]
        if added:
            self._emit(added)
        if len(added) < len(text):
            self.leave_out(f"everything after the first {LIMIT_CHARACTERS:,} characters")
        self._room -= len(added)

    def leave_out(self, what: str) -> None:
        """Notes what a reader of the text should know is missing from it."""
        self.note(f"Left out: {what}.")

    def note(self, sentence: str) -> None:
        """Notes what a reader of the text should know about it."""
        if sentence not in self._notes:
            self._notes.append(sentence)
            self._emit_note(sentence)

    def keep_time(self) -> None:
        """Stops when the time is up.

        Raises:
            ToolError: `timeout`: it is.
        """
        if self._clock() > self._deadline:
            raise too_slow()

    def text(self) -> str:
        """Returns all of the text, and the notes."""
        return with_notes("".join(self._parts), self._notes)


def with_notes(text: str, notes: Iterable[str]) -> str:
    """Returns a text, then each note on a line of its own."""
    return "\n".join(filter(None, (text.strip("\n"), *(f"[{note}]" for note in notes))))


def too_slow() -> ToolError:
    """Returns the failure of a document that takes too long to read."""
    return ToolError(
        "timeout",
        f"The document could not be read within {TIME_LIMIT:.0f} seconds.",
        "Open it in its own application instead.",
    )


def too_large() -> ToolError:
    """Returns the failure of a document that unpacks to too much."""
    return ToolError(
        "invalid_argument",
        "The document unpacks to more than is read here.",
        "Open it in its own application, or ask for a smaller file.",
    )


def too_demanding() -> ToolError:
    """Returns the failure of a document that ended the process that read it."""
    return ToolError(
        "invalid_argument",
        "The document takes more memory to read than one document may, or is damaged.",
        "Open it in its own application, or ask for a smaller file.",
    )


def encrypted() -> ToolError:
    """Returns the failure of a document that is protected with a password."""
    return ToolError(
        "invalid_argument",
        "The document is encrypted or protected with a password.",
        "Open it in its own application with the password, or ask its owner for an unprotected copy.",
    )


def damaged() -> ToolError:
    """Returns the failure of a document that is not what its name or type says."""
    return ToolError(
        "invalid_argument",
        "The document is damaged, or not of the format that its name says.",
        "Open it in its own application, or ask its owner for a good copy.",
    )
