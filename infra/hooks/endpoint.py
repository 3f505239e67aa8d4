"""Sends requests to the deployed MCP endpoint, and reads its responses."""

from __future__ import annotations

import json
import re
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

_PATIENCE_SECONDS = 60
_LIMIT_BYTES = 4_000_000


class UnreachableError(Exception):
    """Reports that no response came, and why."""


@dataclass(frozen=True)
class Answer:
    """Holds a response of the endpoint; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        """Returns the JSON object in the body, or in the one event of its stream; empty if there is none."""
        text = self.body.decode(errors="replace")
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            lines = [
                line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:")
            ]
            text = "".join(lines)
        try:
            found = json.loads(text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def challenge(self) -> dict[str, str]:
        """Returns the parameters of the Bearer challenge (RFC 6750, 3), whatever separates them."""
        header = self.headers.get("www-authenticate", "")
        return dict(re.findall(r'([\w-]+)="([^"]*)"', header)) if header.startswith("Bearer") else {}


class Endpoint:
    """Sends requests to the MCP endpoint at one URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.path = parts.path
        # Without the usual error handlers, a redirect or a refusal is a response like any other.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        ):
            self._opener.add_handler(handler)

    def get(self, path: str, headers: Mapping[str, str] = MappingProxyType({})) -> Answer:
        """Sends a GET of a path on the endpoint's host, and returns the response.

        Raises:
            UnreachableError: None came.
        """
        return self._ask("GET", f"{self.origin}{path}", headers, None)

    def post(
        self, method: str, parameters: Mapping[str, Any], headers: Mapping[str, str] = MappingProxyType({})
    ) -> Answer:
        """Sends a JSON-RPC request to the endpoint, and returns the response.

        Raises:
            UnreachableError: None came.
        """
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        # "Model Context Protocol", streamable HTTP: clients accept both.
        accepted = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        return self._ask("POST", self.url, {**accepted, **headers}, json.dumps(message).encode())

    def post_form(self, path: str) -> Answer:
        """Sends an empty form to a path on the endpoint's host, and returns the response.

        Raises:
            UnreachableError: None came.
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", f"{self.origin}{path}", headers, b"")

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        request = urllib.request.Request(url, body, dict(headers), method=method)  # noqa: S310 - checked by smoke
        try:
            with self._opener.open(request, timeout=_PATIENCE_SECONDS) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, headers, answer.read(_LIMIT_BYTES))
        except (OSError, HTTPException) as error:
            raise UnreachableError(str(getattr(error, "reason", error)) or type(error).__name__) from None
