"""Runs `az` and `azd` for the hooks. Their output may hold a token, so nothing here prints it."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_PATIENCE_SECONDS = 120
_TOKEN = re.compile(r"eyJ[\w-]+(\.[\w-]*){1,4}")
_NOT_FOUND = re.compile(r"Not Found|NotFound|does not exist", re.IGNORECASE)


class CommandError(Exception):
    """Reports a command that is not installed or that failed, in the command's words without tokens."""

    @property
    def not_found(self) -> bool:
        """Tells whether the command failed because its object does not exist."""
        return _NOT_FOUND.search(str(self)) is not None


def az(*arguments: str) -> Any:
    """Runs the Azure CLI and returns its output, parsed from JSON; None where it writes nothing.

    Raises:
        CommandError: It is not installed, or refused.
    """
    return _answer("az", *arguments, "--output", "json", "--only-show-errors")


def azd(*arguments: str) -> Any:
    """Runs the Azure Developer CLI and returns its output, parsed from JSON.

    Raises:
        CommandError: It is not installed, or refused.
    """
    return _answer("azd", *arguments, "--output", "json")


def azd_does(*arguments: str) -> None:
    """Runs a command of the Azure Developer CLI without reading its output.

    Raises:
        CommandError: It is not installed, or refused.
    """
    _run("azd", *arguments)


def rest(method: str, url: str, **parameters: str) -> Any:
    """Sends a request to Microsoft Graph or Azure Resource Manager as the account `az` is signed in with.

    Raises:
        CommandError: It refused, or cannot be reached.
    """
    query = [f"{name}={value}" for name, value in parameters.items()]
    return az("rest", "--method", method, "--url", url, *(("--url-parameters", *query) if query else ()))


def pages(url: str, **parameters: str) -> list[Any]:
    """Returns all items of a collection of Graph or Resource Manager, from all of its pages.

    Raises:
        CommandError: A page was refused.
    """
    items: list[Any] = []
    while url:
        page = rest("get", url, **parameters)
        items += page["value"]
        # The query goes apart: on Windows `az` is a batch file, to which an ampersand ends the command.
        following = urlsplit(page.get("@odata.nextLink") or page.get("nextLink") or "")
        parameters = dict(parse_qsl(following.query))
        url = following._replace(query="").geturl()
    return items


def claims(token: str) -> dict[str, Any]:
    """Returns the claims of an access token, unvalidated: enough to compare two sign-ins.

    Raises:
        CommandError: It is not a token that can be read.
    """
    try:
        part = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        raise CommandError("the token it gave cannot be read") from None
    if not isinstance(said, dict):
        raise CommandError("the token it gave cannot be read")
    return said


def _answer(name: str, *arguments: str) -> Any:
    said = _run(name, *arguments).strip()
    if not said:
        return None
    try:
        return json.loads(said)
    except ValueError:
        raise CommandError(f"{name} answered something other than JSON") from None


def _run(name: str, *arguments: str) -> bytes:
    path = shutil.which(name)
    if path is None:
        raise CommandError(f"{name} is not installed, or not on the PATH")
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the arguments are the hooks' own
            _command(path, *arguments), capture_output=True, check=False, timeout=_PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"{name} did not answer within {_PATIENCE_SECONDS} seconds") from None
    except OSError as error:
        raise CommandError(f"{name} cannot be run: {error.strerror}") from None
    if done.returncode:
        raise CommandError(_complaint(done.stderr) or f"{name} ended with code {done.returncode}")
    return done.stdout


def _command(path: str, *arguments: str) -> str | list[str]:
    if os.name != "nt":
        return [path, *arguments]
    # A batch file would take parentheses and ampersands outside quotes for its own.
    return " ".join(f'"{part}"' for part in (path, *arguments))


def _complaint(stderr: bytes) -> str:
    """Returns the error that a command reports, in one line of at most 300 characters."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines()]
    text = next((line for line in lines if line.upper().startswith("ERROR")), "") or " ".join(lines)
    return _TOKEN.sub("<token>", text.removeprefix("ERROR: "))[:300].strip()
