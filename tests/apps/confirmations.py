"""A change that waits for a person, as the server describes it, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.apps.browser import Result, ok

CONFIRMATION = "m365-devops-mcp/confirmation"
BEN = "ben.osei@larkspur.example"
PAT = "pat.lee@northwind.example"
SENT = {
    "status": "accepted",
    "subject": "Budget for spring",
    "to": [BEN],
    "cc": [],
    "bcc": [],
    "attachments": [],
    "message_id": "AAMkAD8w0t",
    "recipients": {},
    "note": "The draft has become the copy in Sent Items, with the same id.",
}


def asked(expires: timedelta = timedelta(minutes=10), **changes: Any) -> dict[str, Any]:
    """A change that waits for a person, as the server describes it."""
    return {
        "status": "waiting_for_confirmation",
        "tool": "graph_send_email",
        "arguments": {
            "to": [BEN, PAT],
            "subject": "Budget",
            "body": "# Hello",
            "format": "markdown",
            "importance": "high",
        },
        "review": {
            "to": [BEN, PAT],
            "cc": [],
            "bcc": ["grace.kim@larkspur.example"],
            "subject": "Budget",
            "body": "Hello",
            "attachments": ["numbers.csv"],
            "outside": [PAT],
            "not_in_directory": [],
        },
        "expires": (datetime.now(UTC) + expires).isoformat(),
        "note": "Nothing was sent yet.",
        **changes,
    }


def waiting(**changes: Any) -> Result:
    return ok(asked(**changes), **{CONFIRMATION: "opaque"})


def confirmed(tool: str, structured: dict[str, Any]) -> Result:
    return ok({"tool": tool, "result": structured})
