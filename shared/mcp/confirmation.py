"""Lets writes wait until a person confirms them in the page of an MCP App.

The extension has no elicitation. So a write that has to wait is answered with what it would do, and with a
confirmation that only the page receives: it is in the result's `_meta`, which hosts keep from the model. The
page hands it back when the person presses the button. It holds the tool and its exact arguments, is good for
the caller it was made for, once, and for some minutes.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.entra.principal import Principal
from shared.errors import ToolError

CONFIRMATION_KEY = "m365-devops-mcp/confirmation"
"""The name under which the `_meta` of a waiting write holds its confirmation."""
LIFETIME = 15 * 60
"""Seconds for which a confirmation is good."""
LONGEST_CONFIRMATION = 400_000
"""Characters of the longest confirmation."""

_LONGEST_WRITE = 1_000_000
"""Characters of the longest write that can wait, as JSON."""
_TAG_BYTES = 32


class Review(BaseModel):
    """Who and what a message or an invitation is about, for the person who confirms it."""

    to: list[str] = []
    cc: list[str] = []
    bcc: list[str] = []
    subject: str = ""
    body: str = Field("", description="As plain text.")
    attachments: list[str] = Field([], description="Names of the files.")
    outside: list[str] = Field([], description="Addresses outside the organization.")
    not_in_directory: list[str] = Field(
        [], description="Addresses of the organization that no account has as its own."
    )
    unchecked: int = Field(0, description="How many addresses were not looked up.")


class WaitingWrite(BaseModel):
    """A write that has not been carried out: it waits for the user to confirm it."""

    status: Literal["waiting_for_confirmation"] = "waiting_for_confirmation"
    tool: str
    arguments: dict[str, Any] = Field(description="What the tool will be called with, and nothing else.")
    review: Review | None = None
    expires: datetime = Field(description="Until when it can be confirmed.")
    note: str


class Confirmations:
    """Seals writes that wait, and opens each once.

    Args:
        key: Secret shared by the instances of the app.
        clock: The time, in seconds since 1970.
    """

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        # Its own key, so that nothing else the server has signed can stand for a confirmation.
        self._key = hmac.digest(key, b"confirmations", hashlib.sha256)
        self._clock = clock
        self._used: dict[bytes, float] = {}

    def seal(self, principal: Principal, tool: str, arguments: Mapping[str, Any]) -> tuple[str, datetime]:
        """Returns the confirmation of a write, and until when it is good.

        Raises:
            ToolError: `invalid_argument`: the arguments are too long to wait.
        """
        expires = int(self._clock()) + LIFETIME
        # Without the nonce, the same write a second time would have the confirmation that was used.
        write = {"tool": tool, "arguments": arguments, "expires": expires, "nonce": secrets.token_hex(8)}
        written = json.dumps(write, separators=(",", ":"))
        if len(written) > _LONGEST_WRITE:
            raise too_long_to_wait()
        payload = zlib.compress(written.encode())
        sealed = base64.urlsafe_b64encode(self._tag(principal, payload) + payload).decode()
        if len(sealed) > LONGEST_CONFIRMATION:
            raise too_long_to_wait()
        return sealed, datetime.fromtimestamp(expires, UTC)

    def open(self, principal: Principal, confirmation: str) -> tuple[str, dict[str, Any]]:
        """Returns the tool and the arguments of a confirmed write; from now on it is used up.

        Raises:
            ToolError: `invalid_argument`: it was not made for this caller. `conflict`: it is too old, or
                was used before.
        """
        try:
            sealed = base64.b64decode(confirmation, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise _unknown() from error
        tag, payload = sealed[:_TAG_BYTES], sealed[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(principal, payload)):
            raise _unknown()
        write = json.loads(zlib.decompress(payload))
        now = self._clock()
        if write["expires"] < now:
            raise _ended("is too old")
        self._used = {each: expires for each, expires in self._used.items() if expires >= now}
        if tag in self._used:
            raise _ended("was used before")
        self._used[tag] = write["expires"]
        return str(write["tool"]), dict(write["arguments"])

    def _tag(self, principal: Principal, payload: bytes) -> bytes:
        owner = json.dumps([principal.tenant_id, principal.object_id]).encode()
        return hmac.digest(self._key, owner + b"\n" + payload, hashlib.sha256)


def _unknown() -> ToolError:
    return ToolError(
        "invalid_argument",
        "confirmation: it is none that was made for you.",
        "Only the page that shows a waiting write has it. Ask the user to press its button.",
        reason="confirmation_unknown",
    )


def _ended(why: str) -> ToolError:
    return ToolError(
        "conflict",
        f"The confirmation {why}; nothing was done.",
        "Call the tool again, and let the user confirm what it then shows.",
        reason="confirmation_ended",
    )


def too_long_to_wait() -> ToolError:
    """Returns the failure of a write that nobody could see whole before confirming it."""
    return ToolError(
        "invalid_argument",
        "The write is too long to be shown for a confirmation; nothing was done.",
        "Send less at once, or let the user do it without this server.",
        reason="too_long_to_wait",
    )
