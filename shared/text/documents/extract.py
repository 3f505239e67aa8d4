"""The text taken out of a document so far, and the bounds within which it is taken."""

import time
from collections.abc import Callable

from shared.errors import ToolError

LIMIT_CHARACTERS = 1_000_000
TIME_LIMIT = 20.0


class Extract:
    """Grows until it is full or the time is up. What is left out is said at its end.

    Args:
        clock: Seconds, from any beginning.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deadline = clock() + TIME_LIMIT
        self._parts: list[str] = []
        self._left_out: list[str] = []
        self._room = LIMIT_CHARACTERS

    @property
    def is_full(self) -> bool:
        """Whether nothing more will be taken in."""
        return self._room == 0

    def add(self, text: str) -> None:
        """Take in a piece of text, as far as there is room.

        Raises:
            ToolError: `timeout`, as in `keep_time`.
        """
        self.keep_time()
        taken = text[: self._room]
        self._parts.append(taken)
        if len(taken) < len(text):
            self.leave_out(f"everything after the first {LIMIT_CHARACTERS:,} characters")
        self._room -= len(taken)

    def leave_out(self, what: str) -> None:
        """Note what a reader of the text should know is missing from it."""
        if what not in self._left_out:
            self._left_out.append(what)

    def keep_time(self) -> None:
        """Stop when the time is up.

        Raises:
            ToolError: `timeout`: it is.
        """
        if self._clock() > self._deadline:
            raise too_slow()

    def text(self) -> str:
        """All of it, and what was left out."""
        notes = (f"[Left out: {what}.]" for what in self._left_out)
        return "\n".join(filter(None, ("".join(self._parts).strip("\n"), *notes)))


def too_slow() -> ToolError:
    """The failure of a document that takes too long to read."""
    return ToolError(
        "timeout",
        f"The document could not be read within {TIME_LIMIT:.0f} seconds.",
        "Open it in its own application instead.",
    )
