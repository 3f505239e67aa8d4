"""The local tenant as the benchmark sees it: fixed latencies, tokens to call with, exchanges counted."""

import json
import ssl
from functools import cached_property
from typing import Any

import httpx

from local.layout import Layout
from local.organisation import User, organisation
from local.tenant import LISTENERS
from tests.bench.latencies import LATENCIES


class Upstream:
    """The controls of a running tenant."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        tls = ssl.create_default_context(cafile=str(layout.ca_file))
        self._http = httpx.Client(verify=tls, trust_env=False, timeout=30)

    @cached_property
    def users(self) -> list[User]:
        """People whose consents are complete."""
        return [user for user in organisation().users if user.note == "generated"]

    def token(self, user: User, **claims: Any) -> str:
        """Token A of a user, new each time."""
        body = {"user": user.alias, "claims": claims}
        answer = self._control("entra", "POST", "entra/issue", body)
        return str(answer["access_token"])

    def delay(self, **seconds: float) -> None:
        """Have every service take its fixed time, or the one given here."""
        for service, usual in LATENCIES.items():
            faults = [{"latency": seconds.get(service, usual)}]
            if service == "entra":
                # Documents and keys are read once and kept; only an exchange is timed.
                faults = [{"path": "*/oauth2/v2.0/token", "method": "POST", **faults[0]}]
            self._control(service, "PUT", "faults", faults)

    def exchanges(self) -> int:
        """On-behalf-of exchanges that Entra made since this was last asked."""
        entries = self._control("entra", "GET", "journal")
        for service in LATENCIES:
            self._control(service, "DELETE", "journal")
        return sum(entry.get("grant") == "on_behalf_of" for entry in entries)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _control(self, service: str, method: str, path: str, body: Any = None) -> Any:
        url = getattr(self.layout, LISTENERS[service][0])
        response = self._http.request(method, f"{url}/_control/{path}", json=body).raise_for_status()
        return json.loads(response.content) if response.content else None
