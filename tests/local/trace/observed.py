"""Observations as the services make them, for tests of what becomes of them."""

from __future__ import annotations

from typing import Any

from local.trace.calls import Calls
from local.trace.shown_call import shown_call

ROOT = "00000000000000aa"
PLACES = {1: "entra", 2: "graph", 3: "devops"}
PORTS = {name: port for port, name in PLACES.items()}
TOKEN_A = {
    "header": {"alg": "RS256", "kid": "k", "typ": "JWT"},
    "claims": {"aud": "server", "scp": "access_as_user", "uti": "token-a", "name": "Ana Duarte"},
}
ASSERTION = {"header": {}, "claims": {"aud": "api://AzureADTokenExchange", "uti": "assertion"}}
TOKEN_B = {
    "header": {},
    "claims": {
        "aud": "https://graph.microsoft.com",
        "scp": "User.Read",
        "uti": "token-b",
        "name": "Ana Duarte",
    },
}


class Recording:
    """Feeds observations to the calls, each 10 ms after the one before it."""

    def __init__(self, limit: int = 100) -> None:
        self.calls = Calls(limit)
        self.now = 1000.0

    def observe(self, service: str, event: str, caused_by: str | None = ROOT, **facts: Any) -> list[int]:
        """The numbers of the calls that this changed."""
        self.now += 0.01
        observation = {"time": self.now, "event": event, "caused_by": caused_by, **facts}
        return [call.number for call in self.calls.take(service, observation)]

    def begin(self, root: str = ROOT, method: str = "tools/call", name: str = "graph_get_profile") -> None:
        """A call that came through Easy Auth."""
        self.request(root)
        self.observe("host", "easy_auth", root, outcome="ok", path="/runtime/webhooks/mcp", client="c")
        self.observe("host", "call_begun", root, method=method, name=name)

    def request(self, root: str = ROOT, *, token: Any = TOKEN_A) -> None:
        """The beginning of a request to the MCP endpoint."""
        path = "/runtime/webhooks/mcp"
        self.observe("host", "request_begun", root, method="POST", path=path, query="", token=token)

    def end(self, root: str = ROOT, *, ok: bool = True, error: Any = None) -> None:
        """The end of a call."""
        self.observe("host", "call_ended", root, ok=ok, error=error)
        self.observe("host", "request_ended", root, method="POST", path="/", query="", status=200)

    def span(
        self, span_id: str, parent_id: str, name: str, *, ms: float | None = 5.0, **attributes: Any
    ) -> None:
        """A span that began, and ended unless `ms` is None; a double underscore in an attribute is a dot."""
        known = {key.replace("__", "."): value for key, value in attributes.items()}
        facts = {"span_id": span_id, "parent_id": parent_id, "name": name, "attributes": known}
        started = int(self.now * 1e9)
        self.observe("host", "span_begun", None, started=started, **facts)
        if ms is not None:
            self.observe("host", "span", None, started=started, milliseconds=ms, trace_id="t", **facts)

    def exchange(self, span_id: str = "e", *, parent: str = ROOT, **outcome: Any) -> None:
        """An exchange at Entra, whose endpoint observed the outcome."""
        posted = {"http__request__method": "POST", "server__port": PORTS["entra"]}
        self.span(span_id, parent, "exchange token", ms=20.0, cache="miss")
        self.span(f"{span_id}-post", span_id, "POST", **posted)
        facts = {"grant": "on_behalf_of", "client_id": "c", "user": "ana", "scope": "s", "assertion": TOKEN_A}
        self.observe(
            "entra", "token_request", f"{span_id}-post", **facts, client_assertion=ASSERTION, **outcome
        )

    def ask_graph(
        self, span_id: str = "g", *, parent: str = ROOT, status: int = 200, **attributes: Any
    ) -> None:
        """A request to Graph with Token B."""
        sent = {"http__request__method": "GET", "server__port": PORTS["graph"]}
        self.span(span_id, parent, "GET /v1.0/me", **sent, http__response__status_code=status, **attributes)
        facts = {"method": "GET", "path": "/v1.0/me", "query": ""}
        self.observe("graph", "request_begun", span_id, **facts, token=TOKEN_B)
        self.observe("graph", "request_ended", span_id, **facts, status=status)

    def shown(self) -> list[dict[str, Any]]:
        """What the page is told of each call."""
        return [shown_call(call, list(self.calls.identity), PLACES) for call in self.calls.shown()]


def states(call: dict[str, Any]) -> dict[str, str]:
    """How far a call got, by station."""
    return {station["key"]: station["state"] for station in call["stations"]}
