"""Reads the settings of the signed-in user's mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.apis.models import GraphModel
from shared.errors import ToolError
from shared.text.time_zones import find_zone

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

SCOPES = ("MailboxSettings.Read", "MailboxSettings.ReadWrite")
"""Either lets the time zone be read."""
# Who has no mailbox, or may not read its settings, has no zone there.
_WITHOUT = frozenset({"forbidden", "invalid_argument", "not_found"})


class _MailboxSettings(GraphModel):
    time_zone: str | None = None


async def mailbox_time_zone(graph: Graph) -> str | None:
    """Returns the IANA name of the time zone set in Outlook; None without a mailbox or a zone known here.

    Raises:
        ToolError: Graph could not be reached, or is throttling.
    """
    try:
        settings = await graph.get(_MailboxSettings, "/me/mailboxSettings", select="")
    except ToolError as error:
        if error.code in _WITHOUT:
            return None
        raise
    zone = find_zone(settings.time_zone) if settings.time_zone else None
    return zone.key if zone else None
