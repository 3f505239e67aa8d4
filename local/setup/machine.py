"""Checks what this machine needs to run the app under Core Tools."""

from __future__ import annotations

import re
import shutil
import socket
import sys

from local.child_process import run
from local.easyauth.command import PORT as FRONT_PORT
from local.setup.console import Console
from local.setup.errors import SetupError

_PYTHON = (3, 13)
_CORE_TOOLS = (4, 8, 0)
"""The first Core Tools of which it is known that they take Python 3.13."""
_LIMIT = 60.0
_GET_CORE_TOOLS = (
    "npm install -g azure-functions-core-tools@4 --unsafe-perm true "
    "(or https://learn.microsoft.com/azure/azure-functions/functions-run-local)"
)


async def check(app_port: int, console: Console) -> None:
    """Checks Python, Core Tools, and the ports of the app and of the front.

    Raises:
        SetupError: Python or Core Tools are missing or of the wrong version.
    """
    python = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] != _PYTHON:
        raise SetupError(
            f"This is Python {python}; the app runs on 3.13.",
            "python3.13 -m venv .venv && .venv/bin/pip install -r requirements-local.txt",
        )
    console.ok(f"Python {python}, Core Tools {await _core_tools()}")
    _check_ports(app_port, console)


async def _core_tools() -> str:
    wanted = ".".join(map(str, _CORE_TOOLS))
    program = shutil.which("func")
    if program is None:
        raise SetupError("Functions Core Tools are not installed.", _GET_CORE_TOOLS)
    try:
        ended = await run([program, "--version"], limit=_LIMIT)
    except TimeoutError as error:
        raise SetupError(
            f"`func --version` did not end within {_LIMIT:g} seconds.", _GET_CORE_TOOLS
        ) from error
    except OSError as error:
        raise SetupError(f"Functions Core Tools cannot be run: {error.strerror}.", _GET_CORE_TOOLS) from error
    found = re.search(r"\d+\.\d+\.\d+", ended.output.decode("utf-8", "replace"))
    if ended.status != 0 or found is None:
        raise SetupError("`func --version` does not say a version.", _GET_CORE_TOOLS)
    if tuple(map(int, found[0].split("."))) < _CORE_TOOLS:
        raise SetupError(
            f"Functions Core Tools {found[0]} are too old for Python 3.13: it takes {wanted}.",
            _GET_CORE_TOOLS,
        )
    return found[0]


def _check_ports(app_port: int, console: Console) -> None:
    """Says which ports are taken, which may be by the very app that is set up: so it is no failure."""
    taken = [port for port in (app_port, FRONT_PORT) if _is_taken(port)]
    if not taken:
        console.ok(f"The ports {app_port} and {FRONT_PORT} are free.")
        return
    for port in taken:
        console.note(
            f"Port {port} is in use. If that is `make run`, end it before `func start`; if it is "
            "`func start` itself or the front, start them again afterwards."
        )


def _is_taken(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
