"""Reads one document in a process of its own: `python -m shared.text.documents.worker`.

Standard input is a line of JSON that names the document, then its bytes. Standard output is lines of JSON:
`["begin"]`, then `["text", …]` and `["note", …]` as they are read, then `["end"]` or `["error", code,
message, remedy]`.
"""

import contextlib
import json
import os
import sys
import time

from shared.errors import ToolError
from shared.text.documents.extract import TIME_LIMIT, Extract
from shared.text.documents.parsing import parse_document

MEMORY_BYTES = 400 * 1024 * 1024
"""Of the whole process, its interpreter and libraries included."""
_FLUSH_SECONDS = 0.2


class _Output:
    """Writes what has been read, so that it is not lost when the process is ended."""

    def __init__(self) -> None:
        self._written_at = 0.0

    def text(self, text: str) -> None:
        """Writes a piece of text."""
        self.line("text", text)
        if time.monotonic() - self._written_at > _FLUSH_SECONDS:
            sys.stdout.flush()
            self._written_at = time.monotonic()

    def note(self, sentence: str) -> None:
        """Writes a note."""
        self.line("note", sentence)
        sys.stdout.flush()

    def line(self, *values: str) -> None:
        """Writes one line."""
        sys.stdout.write(json.dumps(values) + "\n")


def main() -> None:
    """Reads the document on standard input within the limits of this process."""
    _limit()
    named = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    output = _Output()
    output.line("begin")
    sys.stdout.flush()
    extract = Extract(emit=output.text, emit_note=output.note)
    try:
        parse_document(content, named["name"], named["content_type"], extract)
    except MemoryError:
        # Ends as any process does that the limit ends: what was read is kept, the parent says the rest.
        sys.stdout.flush()
        os._exit(1)
    except ToolError as error:
        if error.code != "timeout" or extract.is_empty:
            output.line("error", error.code, error.message, error.remedy)
            sys.stdout.flush()
            return
        extract.leave_out(f"what could not be read within {TIME_LIMIT:.0f} seconds")
    output.line("end")
    sys.stdout.flush()


def _limit() -> None:
    """Bounds memory and processor time, forbids files and further processes, and gives way to all others."""
    with contextlib.suppress(
        ImportError
    ):  # Windows has none of these: there the parent's time limit is alone
        import resource  # noqa: PLC0415 - not on every platform

        seconds = int(TIME_LIMIT) + 1
        for kind, limit in (
            (resource.RLIMIT_AS, MEMORY_BYTES),
            (resource.RLIMIT_DATA, MEMORY_BYTES),
            (resource.RLIMIT_CPU, seconds),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NPROC, 0),
        ):
            # macOS refuses a memory limit below what is mapped already, and nobody may raise their own.
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (limit, limit))
        os.nice(10)
    # Linux: if the instance runs short of memory all the same, this process is ended first, not the server.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123
        score.write("1000")


if __name__ == "__main__":
    main()
