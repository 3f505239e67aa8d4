"""A web server that answers as a deployed server does, but for what a test changes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MCP_PATH = "/runtime/webhooks/mcp"
SCOPE = "api://d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a/access_as_user"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzY3AiOiJhY2Nlc3NfYXNfdXNlciJ9.c2lnbmVk"
_METADATA = "/.well-known/oauth-protected-resource"
_SERVER_METADATA = "/.well-known/oauth-authorization-server"


@dataclass(frozen=True)
class Response:
    """What the server sends."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    def but(self, status: int | None = None, body: Any = None, **headers: str) -> Response:
        """The same, with another status, another JSON body, or other headers (underscores are hyphens)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(
            self,
            status=self.status if status is None else status,
            headers={**self.headers, **named},
            body=self.body if body is None else json.dumps(body).encode(),
        )


type Change = Callable[[Response], Response]


class DeployedServer:
    """The server: its URL, what it was asked, and how it differs from a right one, by the kind of request."""

    def __init__(self, url: str, tenant: str, tools: frozenset[str]) -> None:
        self.url = url
        self.tenant = tenant
        self.tools = tools
        self.changes: dict[str, Change] = {}
        self.asked: list[str] = []
        self.proxy = ""
        self.registers = False

    @property
    def mcp_url(self) -> str:
        """Where MCP is spoken."""
        return f"{self.url}{MCP_PATH}"

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Response:
        """The right answer, changed as the test says."""
        kind, right = self._right(method, path, headers, body)
        self.asked.append(kind)
        return self.changes.get(kind, lambda answer: answer)(right)

    def _right(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[str, Response]:
        if path == "/api/health":
            return "health", _json({"status": "ok"})
        if path in {_METADATA, f"{_METADATA}{MCP_PATH}"}:
            return "host metadata" if path == _METADATA else "metadata", self._metadata(path)
        if self.proxy and path == _SERVER_METADATA:
            return "server metadata", self._server_metadata()
        if self.proxy in {"app", "gateway"} and path.startswith("/oauth/"):
            return "sign-in", _json({"error": "invalid_request"}).but(403 if "callback" in path else 400)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token != TOKEN:
            spoofed = "x-ms-client-principal" in headers
            return "spoofed" if spoofed else "forged" if token else "anonymous", self._challenge()
        if method != "POST":
            return "other method", Response(405, {})
        asked = json.loads(body)["method"]
        if asked == "initialize":
            return "initialize", _event({"result": {"protocolVersion": "2025-06-18"}})
        return "tools", _event({"result": {"tools": [{"name": name} for name in sorted(self.tools)]}})

    def _metadata(self, path: str) -> Response:
        issuer = self.url if self.proxy else f"https://login.microsoftonline.com/{self.tenant}/v2.0"
        return _json(
            {
                "resource": self.url + path.removeprefix(_METADATA),
                "authorization_servers": [issuer],
                "scopes_supported": [SCOPE],
            }
        )

    def _server_metadata(self) -> Response:
        """RFC 8414: of the proxy itself, or where it has metadata alone, with the endpoints of Entra."""
        entra = f"https://login.microsoftonline.com/{self.tenant}/oauth2/v2.0"
        below = entra if self.proxy == "metadata" else f"{self.url}/oauth"
        registration = {"registration_endpoint": f"{self.url}/oauth/register"} if self.registers else {}
        return _json(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{below}/authorize",
                "token_endpoint": f"{below}/token",
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                **registration,
            }
        )

    def _challenge(self) -> Response:
        # While the app answers with the metadata, the platform's refusal does not name them.
        if self.proxy in {"app", "metadata"}:
            return Response(401, {"WWW-Authenticate": 'Bearer realm="host" resource_id="x"'})
        challenge = (
            'Bearer realm="host" authorization_uri="https://login.windows.net/x/oauth2/v2.0/authorize" '
            f'resource_id="x" scope="{SCOPE}" resource_metadata="{self.url}{_METADATA}{MCP_PATH}"'
        )
        return Response(401, {"WWW-Authenticate": challenge})


@contextmanager
def deployed_server(tenant: str, tools: frozenset[str]) -> Iterator[DeployedServer]:
    """A server on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = server.answer(self.command, self.path, headers, body)
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = handle_any  # noqa: N815 - the names http.server looks for

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = DeployedServer(f"http://127.0.0.1:{listener.server_port}", tenant, tools)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def _json(document: Any) -> Response:
    return Response(200, {"Content-Type": "application/json"}, json.dumps(document).encode())


def _event(message: dict[str, Any]) -> Response:
    # As the extension writes it: one event, then the end.
    text = json.dumps({"jsonrpc": "2.0", "id": 1, **message})
    headers = {"Content-Type": "text/event-stream", "Mcp-Session-Id": "x"}
    return Response(200, headers, f"event: message\ndata: {text}\n\n".encode())
