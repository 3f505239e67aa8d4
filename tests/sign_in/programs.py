"""The MCP clients and the browser that these tests run: what is there of them, and how they are started."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.layout import Layout

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
MODULES = Path(sys.prefix) / "sign-in-clients" / "node_modules"
"""Where `make test` installs the clients."""
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
LIMIT = 180
"""Seconds a client may take for all it has to do; more than any needs on a busy machine."""

with_clients = pytest.mark.skipif(
    shutil.which("node") is None or not (MODULES / "mcp-remote").is_dir(),
    reason="The MCP clients are not installed: make sign-in-clients (needs Node).",
)
with_browser = pytest.mark.skipif(
    not CHROMIUM or shutil.which("node") is None or not (MODULES / "playwright-core").is_dir(),
    reason="Chromium or playwright-core is not installed: pages are not looked at in a browser.",
)


@dataclass(frozen=True)
class Ended:
    """What a program wrote until it ended."""

    status: int
    output: str
    errors: str

    def json(self) -> Any:
        """What it printed, which is JSON."""
        assert self.status == 0, self.errors[-4000:] or self.output[-4000:]
        return json.loads(self.output)


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def node_environment(folder: Path) -> dict[str, str]:
    """The environment of a script that uses what is installed for these tests, with a home of its own."""
    return {**os.environ, "HOME": str(folder), "NODE_PATH": str(MODULES)}


def environment(layout: Layout, folder: Path, **more: str) -> dict[str, str]:
    """The environment of a client: a home of its own, and a browser that signs Ana in without a person."""
    opener = folder / "xdg-open"
    command = [sys.executable, "-m", "tests.sign_in.visitor", str(layout.ca_file)]
    opener.write_text(f'#!/bin/sh\ncd {shlex.quote(str(ROOT))} && exec {shlex.join(command)} "$1"\n')
    opener.chmod(0o755)
    return {
        **node_environment(folder),
        "BROWSER": str(opener),
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        **more,
    }


async def run(*command: str, given: dict[str, str], text: str = "") -> Ended:
    """Runs a program to its end.

    Raises:
        TimeoutError: It took longer than `LIMIT`, and was ended.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        env=given,
        cwd=given["HOME"],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LIMIT):
            output, errors = await process.communicate(text.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode or 0, output.decode(), errors.decode(errors="replace"))
