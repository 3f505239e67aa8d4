"""Reads documents in processes of their own, which end when they take too much time or memory."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from shared.errors import ToolError
from shared.text.documents.extract import (
    LIMIT_CHARACTERS,
    TIME_LIMIT,
    too_demanding,
    too_slow,
    with_notes,
)
from shared.text.documents.turns import Turns

PROCESSES = 3
"""How many documents are read at once. Their memory is bounded, and so is that of all of them."""
KILL_AFTER = TIME_LIMIT + 2
"""Seconds after which a process is ended that has not ended by itself."""
WAIT_LIMIT = 40.0
"""Seconds that a document waits for its turn."""
_OUTPUT_BYTES = 16 * LIMIT_CHARACTERS
_COMMAND = ("-S", "-s", "-P", "-X", "utf8", "-m", "shared.text.documents.worker")
# Nothing of the app's own environment, which holds its secrets: only what the interpreter may need to start.
_KEPT = ("LD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")

# Nothing else runs on these threads, which only wait for the processes.
_threads = ThreadPoolExecutor(PROCESSES, thread_name_prefix="documents")


_turns = Turns(PROCESSES, PROCESSES - 1)


class ReaderProcess:
    """Runs one process that reads one document."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_killed = False

    def kill(self) -> None:
        """Ends the process, now or as soon as it starts."""
        with self._lock:
            self._is_killed = True
            if self._process is not None and self._process.poll() is None:
                self._process.kill()

    def read(self, content: bytes, name: str, content_type: str) -> str:
        """Returns the text of a document.

        Raises:
            ToolError: As `document_text` does.
        """
        environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(each) for each in sys.path)  # noqa: PTH100
        with self._lock:
            if self._is_killed:
                raise too_slow()
            self._process = subprocess.Popen(  # noqa: S603 - the interpreter that runs this, and no argument from outside
                [sys.executable, *_COMMAND],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        timer = threading.Timer(KILL_AFTER, self.kill)
        timer.daemon = True
        timer.start()
        try:
            output = _exchange(
                self._process, json.dumps({"name": name, "content_type": content_type}), content
            )
        finally:
            timer.cancel()
            self.kill_if_alive()
        return _text(output, timed_out=self._is_killed)

    def kill_if_alive(self) -> None:
        """Kills the process if it still runs, so that none is left behind."""
        process = self._process
        if process is not None:
            if process.poll() is None:
                process.kill()
            process.wait()


def _exchange(process: subprocess.Popen[bytes], header: str, content: bytes) -> bytes:
    """Writes the input to the process, and returns what it writes.

    The process reads all of its input before it writes, so neither waits for the other.
    """
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process has no pipes")
    with process.stdout as output:
        try:
            with process.stdin as pipe:
                pipe.write(header.encode() + b"\n" + content)
        except OSError:  # it ended before it had read everything: what it wrote says why
            pass
        return output.read(_OUTPUT_BYTES)


def _text(output: bytes, *, timed_out: bool) -> str:
    """Returns the text that a process wrote, with its notes, or raises the failure it ended with."""
    text: list[str] = []
    notes: list[str] = []
    has_begun = has_ended = False
    for line in output.splitlines():
        try:
            kind, *values = json.loads(line)
        except ValueError:
            break  # cut off, as the process was ended while it wrote
        match kind, values:
            case "text", [str(piece)]:
                text.append(piece)
            case "note", [str(sentence)]:
                notes.append(sentence)
            case "error", [("invalid_argument" | "timeout") as code, str(message), str(remedy)]:
                raise ToolError(code, message, remedy)
            case "begin", []:
                has_begun = True
            case "end", []:
                has_ended = True
    if not has_begun and not timed_out:
        raise RuntimeError("the process that reads documents did not start")
    if not has_ended:
        if not any(text):
            raise too_slow() if timed_out else too_demanding()
        limit = f"{TIME_LIMIT:.0f} seconds" if timed_out else "the memory that one document may take"
        notes.append(f"Left out: everything after this, which could not be read within {limit}.")
    return with_notes("".join(text), notes)


async def read_in_process(content: bytes, name: str, content_type: str, caller: str) -> str:
    """Returns the text of a document without holding up the event loop; the process ends with the call.

    Raises:
        ToolError: As `document_text` does, and `unavailable` when too many documents are read just now.
    """
    reader = ReaderProcess()
    try:
        async with _turns.turn(caller, WAIT_LIMIT):
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    _threads, reader.read, content, name, content_type
                )
            finally:
                reader.kill()
    except TimeoutError as error:
        raise ToolError(
            "unavailable",
            "Too many documents are being read just now.",
            "Repeat the call in half a minute.",
            retry_after=30,
        ) from error
