"""Records the front's decisions."""

from __future__ import annotations

import time
from typing import Any, Protocol

_MEANINGS = {
    "MissingToken": "no access token; the client is told where to get one",
    "SeveralTokens": "more than one Authorization header",
    "ExpiredSignatureError": "the token has expired; the client is told where to get another",
    "InvalidAudienceError": "the token is for another app than AZURE_CLIENT_ID",
    "InvalidIssuerError": "the token is of another tenant, or a version 1.0 token: "
    "set api.requestedAccessTokenVersion to 2 in the app registration's manifest",
    "allowedApplications": "the client app the token was issued to is not in ALLOWED_CLIENT_IDS",
    "allowedTenants": "the user is of another tenant than AZURE_TENANT_ID",
}


class Journal(Protocol):
    """Records events."""

    def record(self, event: str, **facts: Any) -> None:
        """Records an event. Facts are JSON values and never hold a token."""
        ...


class Console:
    """Prints a line for each event."""

    def record(self, event: str, **facts: Any) -> None:
        """Prints the time, the outcome, and which request it was about and why."""
        reason = str(facts.get("reason") or facts.get("client") or "")
        explained = f"{reason}: {_MEANINGS[reason]}" if reason in _MEANINGS else reason
        words = (time.strftime("%H:%M:%S"), event, facts.get("outcome", ""), facts.get("path", ""), explained)
        line = "  ".join(str(word) for word in words if word != "")
        # A path is the client's own text: nothing of it may steer the terminal.
        print("".join(each if each.isprintable() else "?" for each in line), flush=True)
