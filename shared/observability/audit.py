"""Writes the audit record: one line for every call, as JSON, on a logger of its own.

A line holds the fields of `FIELDS` and no others. It holds no text that others chose: no token,
name, address, argument or result, and from an upstream service's response only what has an id's form.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.entra.principal import Principal

LOGGER_NAME = "audit"
EVENT = "tool_call"
FIELDS: Mapping[str, str] = {
    "event": f"always `{EVENT}`",
    "time": "when the call ended, in UTC",
    "tool": "the tool's name; of a resource, that of the tool it is read with; else the prompt's or page's",
    "kind": "what was asked for: `tool`, `resource`, `prompt`, or `page` (that of an MCP App)",
    "access": "`read` or `write`",
    "confirmed": "the tool that confirm_write carried out, as a person had confirmed it; else null",
    "template": "the published path of a read by graph_read or devops_read, never its ids; else null",
    "outcome": "`ok`, `cancelled`, or the code of the failure",
    "reason": "the precise cause where it has a name, such as why a token was refused; else the outcome",
    "duration_ms": "milliseconds from the host's call to the result",
    "tenant": "the caller's tenant id; null where the caller was not authenticated",
    "user": "the caller's object id; null where the caller was not authenticated",
    "client": "the client app's id; null where the caller was not authenticated",
    "downstream": "for each host, how many requests had which status; `none` where there was no response",
    "request_ids": "for each host, its own ids of those requests (Graph's, Entra's, Azure DevOps')",
    "client_request_ids": "our ids of those requests, as sent in `client-request-id`",
    "trace_id": "the W3C trace the call belongs to; null where there is none",
    "bytes_out": "the size of the result handed to the host",
}
LIMIT_IDS = 20
"""The most ids per host and call: a tool that reads many pages sends many requests."""

_LOGGER = logging.getLogger(LOGGER_NAME)
# The record is written whatever the level of the rest of the log.
_LOGGER.setLevel(logging.INFO)

_ID = re.compile(r"[0-9A-Za-z._:/-]{1,64}")
_HOST = re.compile(r"([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?")
_REASON = re.compile(r"[a-z0-9_]{1,64}")
_NO_RESPONSE = "none"

# The services' names for their id of a request: Graph; Entra and Storage; Azure DevOps.
_REQUEST_ID_HEADERS = ("request-id", "x-ms-request-id", "activityid")


class CallRecord:
    """Collects the facts of one call. Several threads may add at the same time: lists only grow."""

    def __init__(self, tool: str, *, writes: bool, kind: str = "tool") -> None:
        self._tool = tool
        self._kind = kind
        self._confirmed: str | None = None
        self._writes = writes
        self._principal: Principal | None = None
        self._template: str | None = None
        self._statuses: list[tuple[str, str]] = []
        self._request_ids: list[tuple[str, str]] = []
        self._client_request_ids: list[str] = []

    def authenticated(self, principal: Principal) -> None:
        """Records the authenticated caller."""
        self._principal = principal

    def write_confirmed(self, tool: str) -> None:
        """Records the tool of a write that a person confirmed."""
        self._confirmed = tool

    def read_chosen(self, template: str) -> None:
        """Records the template of what is read."""
        self._template = template

    def request_sent(self, headers: Mapping[str, str]) -> None:
        """Records a request to another service."""
        given = headers.get("client-request-id", "")
        if _ID.fullmatch(given):
            self._client_request_ids.append(given)

    def response_received(self, host: str, status: int, headers: Mapping[str, str]) -> None:
        """Records the response to a request."""
        host = _known_form(host)
        self._statuses.append((host, str(status)))
        given = next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), "")
        if _ID.fullmatch(given):
            self._request_ids.append((host, given))

    def no_response(self, host: str) -> None:
        """Records that a request had no complete response."""
        self._statuses.append((_known_form(host), _NO_RESPONSE))

    def line(
        self, *, outcome: str, reason: str, duration_ms: float, trace_id: str | None, bytes_out: int
    ) -> dict[str, Any]:
        """Returns the record as the fields of `FIELDS`, in their order."""
        who = self._principal
        return {
            "event": EVENT,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "tool": self._tool,
            "kind": self._kind,
            "access": "write" if self._writes else "read",
            "confirmed": self._confirmed,
            "template": self._template,
            "outcome": outcome,
            "reason": reason if _REASON.fullmatch(reason) else outcome,
            "duration_ms": round(duration_ms, 1),
            "tenant": who.tenant_id if who else None,
            "user": who.object_id if who else None,
            "client": who.client_id if who else None,
            "downstream": self._downstream(),
            "request_ids": self._ids_by_host(),
            # A retry keeps the id of the first attempt.
            "client_request_ids": [*dict.fromkeys(self._client_request_ids)][:LIMIT_IDS],
            "trace_id": trace_id,
            "bytes_out": bytes_out,
        }

    def _downstream(self) -> dict[str, dict[str, int]]:
        counted: dict[str, dict[str, int]] = {}
        for (host, status), number in Counter(self._statuses).items():
            counted.setdefault(host, {})[status] = number
        return counted

    def _ids_by_host(self) -> dict[str, list[str]]:
        ids: dict[str, list[str]] = {}
        for host, each in self._request_ids:
            if len(ids.setdefault(host, [])) < LIMIT_IDS:
                ids[host].append(each)
        return ids


CURRENT: ContextVar[CallRecord | None] = ContextVar("call_record", default=None)
"""The record of the current call; each call, and every task it starts, has its own."""


def write(line: Mapping[str, Any]) -> None:
    """Writes one line of the record."""
    _LOGGER.info("%s", json.dumps(line, separators=(",", ":")))


def _known_form(host: str) -> str:
    """Returns a host's name, or `other` for a text that has not its form."""
    return host if _HOST.fullmatch(host) else "other"
