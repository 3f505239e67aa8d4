"""Records sign-ins: one line of the audit record for every request of the sign-in proxy, as JSON.

A line holds the fields of `FIELDS` and no others: no token, code, state, name or address of a person.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.observability import audit

EVENT = "sign_in"
FIELDS: Mapping[str, str] = {
    "event": f"always `{EVENT}`",
    "time": "when the request ended, in UTC",
    "step": "the endpoint: `register`, `authorize`, `consent`, `callback`, `token` or `revoke`",
    "outcome": "`ok`, `cancelled`, or the OAuth error code",
    "reason": "the precise cause where it has a name; else the outcome",
    "duration_ms": "milliseconds the request took",
    "client": "the client id, once it is known to be a client's; else null",
    "redirect_host": "the host, or private scheme, of the client's redirect address; null if not known",
    "tenant": "the user's tenant id; null before Entra has signed them in",
    "user": "the user's object id; null before Entra has signed them in",
}

_CANCELLED = "cancelled"


class SignInRecord:
    """Collects the facts of one request.

    Attributes:
        client: The id of a client that is known good.
        redirect_host: The host of a redirect address that is known good.
        tenant: The user's tenant.
        user: The user's object id.
        outcome: `ok`, the error code, or `cancelled` until either is known.
        reason: The cause of the outcome.
    """

    def __init__(self, step: str) -> None:
        self.client: str | None = None
        self.redirect_host: str | None = None
        self.tenant: str | None = None
        self.user: str | None = None
        self.outcome = _CANCELLED
        self.reason = _CANCELLED
        self._step = step
        self._started = time.perf_counter()

    def failed(self, outcome: str, reason: str | None = None) -> None:
        """Records that the request was refused, or failed."""
        self.outcome, self.reason = outcome, reason or outcome

    def succeeded(self, reason: str = "ok") -> None:
        """Records that the request was answered as it asked, unless something else is recorded already."""
        if self.outcome == _CANCELLED:
            self.outcome, self.reason = "ok", reason

    def write(self) -> None:
        """Writes the line."""
        audit.write(self.line())

    def line(self) -> dict[str, Any]:
        """Returns the record as the fields of `FIELDS`, in their order."""
        return {
            "event": EVENT,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "step": self._step,
            "outcome": self.outcome,
            "reason": self.reason,
            "duration_ms": round(1000 * (time.perf_counter() - self._started), 1),
            "client": self.client,
            "redirect_host": self.redirect_host,
            "tenant": self.tenant,
            "user": self.user,
        }
