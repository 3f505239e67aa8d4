"""Runs programs for the doctor, each in a child process with a timeout."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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
    """
    process = await asyncio.create_subprocess_exec(
        *command, env=env, cwd=folder, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), limit)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return Ended(process.returncode, output, errors.decode("utf-8", "replace").strip())
