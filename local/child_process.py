"""Runs programs, each in a child process with a timeout."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_BATCH_FILES = (".cmd", ".bat")


@dataclass(frozen=True)
class Ended:
    """Holds the output and exit status of a program."""

    status: int | None
    output: bytes
    errors: str


async def run(
    command: Sequence[str], *, limit: float, env: Mapping[str, str] | None = None, folder: Path | None = None
) -> Ended:
    """Returns what a program left; it is given nothing to read.

    Raises:
        TimeoutError: It did not end within so many seconds, and was ended.
        ValueError: It is a batch file of Windows, and an argument cannot be given to one.
    """
    if os.name == "nt" and command[0].lower().endswith(_BATCH_FILES):
        process = await asyncio.create_subprocess_shell(
            batch_line(command), env=env, cwd=folder, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
    else:
        process = await asyncio.create_subprocess_exec(
            *command, env=env, cwd=folder, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), limit)
    finally:
        # A timeout or Ctrl-C must not leave it behind.
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, output, errors.decode("utf-8", "replace").strip())


def batch_line(command: Sequence[str]) -> str:
    """Returns the command line for a batch file, as `az` and `func` are on Windows.

    The interpreter of batch files would take parentheses, ampersands and pipes outside quotes for its own;
    inside quotes it still replaces what stands between percent signs, so these are refused.

    Raises:
        ValueError: An argument has a quote, a percent sign or the end of a line.
    """
    for part in command:
        if any(sign in part for sign in '"%\r\n'):
            raise ValueError("an argument for a batch file has a quote, a percent sign or the end of a line")
    return " ".join(f'"{part}"' for part in command)
