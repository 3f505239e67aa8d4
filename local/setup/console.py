"""Shows the progress of a setup, a line for each step, and asks its questions."""

from __future__ import annotations

import sys

from local.setup.errors import SetupError

_WIDTH = 10


class Console:
    """Writes to the terminal.

    Args:
        yes: Whether every question is answered with yes.
        dry_run: Whether what is told as done would only be done.
    """

    def __init__(self, *, yes: bool = False, dry_run: bool = False) -> None:
        self._yes = yes
        self._dry_run = dry_run

    def ok(self, what: str) -> None:
        """Says that something is as it should be."""
        self._line("ok", what)

    def done(self, what: str) -> None:
        """Says what was changed, or would be."""
        self._line("would" if self._dry_run else "done", what)

    def note(self, what: str) -> None:
        """Says what a person should know or do."""
        self._line("note", what)

    def command(self, line: str) -> None:
        """Shows a command, in a dry run."""
        if self._dry_run:
            self._line("", f"$ {line}")

    def wait(self, why: str, seconds: float) -> None:
        """Says what is waited for."""
        self._line("waits", f"{why}: again in {seconds:g} s")

    def confirm(self, question: str) -> None:
        """Asks a question that has to be answered with yes.

        Raises:
            SetupError: It is not, or nobody is there to answer it.
        """
        if self._yes or self._dry_run:
            return
        if not sys.stdin.isatty():
            raise SetupError(f"{question} Nobody is there to answer.", "Say yes beforehand: --yes")
        print(f"{question} [y/N] ", end="", flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise SetupError("Nothing was changed.", "Run it again and answer y, or see --help.")

    def _line(self, kind: str, what: str) -> None:
        print(f"  {kind:{_WIDTH}}{what}", flush=True)
