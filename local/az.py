"""Runs the Azure CLI and reads its answers; what it answers may be secret, so nothing here prints it."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any

from local.child_process import run

LIMIT = 90.0
"""Seconds that a command may take."""
_SHOWN = 300
_TOKEN = re.compile(r"eyJ[\w-]+(\.[\w-]*){1,4}")
_REFUSAL = re.compile(r"^(?P<reason>[A-Z][A-Za-z ]+)\((?P<body>\{.*\})\)$", re.DOTALL)


class AzError(Exception):
    """Reports a command of `az` that did not do what it was asked; the text is in its own words."""


class AzMissingError(AzError):
    """Reports that there is no `az`."""


class AzSlowError(AzError):
    """Reports that `az` did not end in time."""


class AzAnswerError(AzError):
    """Reports that `az` answered something other than JSON."""


class AzRefusedError(AzError):
    """Reports that `az` ended with an error.

    Attributes:
        reason: How HTTP calls the status, such as `Not Found`, if a service refused; else empty.
        code: The service's code for it, such as `Request_ResourceNotFound`; else empty.
    """

    def __init__(self, errors: str) -> None:
        said = _error_line(errors)
        refusal = _REFUSAL.match(said)
        self.reason, self.code, message = _parsed(refusal) if refusal else ("", "", said)
        super().__init__(_TOKEN.sub("<token>", " ".join(message.split()))[:_SHOWN])


async def az(*arguments: str) -> Any:
    """Runs a command and returns its answer, parsed from JSON; None where it writes nothing.

    Raises:
        AzError: There is no `az`, or it did not do what it was asked.
    """
    program = shutil.which("az")
    if program is None:
        raise AzMissingError("The Azure CLI is not installed.")
    try:
        ended = await run([program, *arguments, "--output", "json", "--only-show-errors"], limit=LIMIT)
    except TimeoutError as error:
        raise AzSlowError(f"`az {arguments[0]}` did not end within {LIMIT:g} seconds.") from error
    except OSError as error:
        raise AzMissingError(f"The Azure CLI cannot be run: {error.strerror}.") from error
    if ended.status != 0:
        raise AzRefusedError(ended.errors)
    if not ended.output.strip():
        return None
    try:
        return json.loads(ended.output)
    except ValueError as error:
        raise AzAnswerError(f"`az {arguments[0]}` answered something other than JSON.") from error


def _error_line(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    told = next((line for line in lines if "AADSTS" in line or line.startswith("ERROR")), "")
    return (told or (lines[-1] if lines else "it said nothing")).removeprefix("ERROR: ")


def _parsed(refusal: re.Match[str]) -> tuple[str, str, str]:
    """Returns the reason, code and message of what `az rest` says of a service's refusal."""
    reason, body = refusal["reason"], refusal["body"]
    try:
        error = json.loads(body)["error"]
        return reason, str(error.get("code", "")), str(error.get("message", "")) or reason
    except (ValueError, KeyError, TypeError, AttributeError):
        return reason, "", f"{reason}: {body}"
