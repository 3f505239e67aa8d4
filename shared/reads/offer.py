"""Decides which reads are offered, and with which scope each is sent."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shared.reads.read_index import Api, Read, read_index
from shared.settings.read_more import ReadMore

if TYPE_CHECKING:
    from shared.mcp.tool import Tool
    from shared.settings import Settings

_WRITES = re.compile(r"Write|Send|Manage|_write|_manage|_execute|_full|PrivilegedOperations")

_HANDS_OUT_SECRETS = re.compile(
    r"/(recoveryKeys|vppTokens)\b|/getOmaSettingPlainTextValue\(|/testlogstoreendpoint$", re.IGNORECASE
)
"""Keys of encrypted disks, tokens of shops, secrets of devices in plain text, signed addresses of storage."""


class Offer:
    """Offers the reads of chosen areas that the configured scopes allow, and no others.

    Args:
        areas: The chosen areas.
        scopes: The delegated permissions that the server may ask for.
    """

    def __init__(self, areas: ReadMore, scopes: frozenset[str]) -> None:
        self._areas = areas
        self._configured = scopes
        self._reads: dict[Api, Sequence[Read]] = {}

    def reads(self, api: Api) -> Sequence[Read]:
        """Returns the reads of an API that are offered."""
        if api not in self._reads:
            self._reads[api] = [read for read in read_index(api).reads if self.scope_of(read)]
        return self._reads[api]

    def scope_of(self, read: Read) -> str | None:
        """Returns the least configured scope that allows a read; None where it is not offered."""
        if read.form == "bytes" or _HANDS_OUT_SECRETS.search(read.template):
            return None
        if not self._areas.offers(read.api, read.area):
            return None
        found = [scope for scope in read.scopes if scope in self._configured]
        return min(found, key=lambda scope: _breadth(read, scope), default=None)

    def scopes(self, api: Api) -> list[str]:
        """Returns the scopes with which the offered reads of an API are sent."""
        return sorted({scope for read in self.reads(api) if (scope := self.scope_of(read))})

    def refusal(self, read: Read) -> tuple[str, str]:
        """Returns why a read is not offered, and what an administrator sets so that it is."""
        if read.form == "bytes":
            return (
                "returns bytes, which are not read here.",
                "Files are read with sharepoint_read_file, attachments with graph_get_attachment.",
            )
        if _HANDS_OUT_SECRETS.search(read.template):
            return ("hands out secrets, which are not read here.", "Use the service's own pages for it.")
        if not self._areas.offers(read.api, read.area):
            return (
                f"is of the area {read.area}, which is not offered.",
                f"An administrator adds it to READ_MORE, as {read.api}:{read.area}.",
            )
        if not read.scopes:
            return ("needs a permission that is published nowhere.", "It cannot be read here.")
        return (
            "needs a permission that is not configured.",
            f"An administrator adds {' or '.join(read.scopes[:3])} to READ_MORE_SCOPES, and consents to it.",
        )


def _breadth(read: Read, scope: str) -> tuple[object, ...]:
    """Returns what orders the scopes of a read, the one that allows least first.

    Only the first that is published is said to be the least, and it writes at times: the others are in no
    order. Of Group and GroupMember the longer name allows less.
    """
    resource = scope.partition(".")[0]
    return (
        bool(_WRITES.search(scope)),
        scope != read.scopes[0],
        resource == "Directory",
        scope.endswith(".All"),
        -len(resource),
        read.scopes.index(scope),
    )


def configured(tools: "Iterable[Tool]", settings: "Settings") -> frozenset[str]:
    """Returns the delegated permissions that a server of these tools may ask for."""
    return frozenset(scope for tool in tools for scope in tool.all_scopes) | settings.read_more_scopes
