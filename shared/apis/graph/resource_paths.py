"""Addresses a resource of Graph, and what is inside it, by id or by path."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.apis.requests import Segment

# To look at what a link leads to, without taking it up for good (shares: Access shared items).
_REDEEM = {"Prefer": "redeemSharingLinkIfNecessary"}

type Address = tuple[str, *tuple[Segment, ...]]


@dataclass(frozen=True, slots=True)
class ResourcePath:
    """Addresses a resource by id or by path; what is inside it is addressed from it.

    `share` is the token of a sharing link that led to a file. Who has no other access to it reads it by that,
    with these headers.
    """

    path: str
    segments: tuple[Segment, ...] = ()
    closing: str = ""
    share: str | None = None

    @property
    def address(self) -> Address:
        """Returns the path of the resource itself and what expands it."""
        return _address(self.path, *self.segments)

    @property
    def to_read(self) -> "ResourcePath":
        """Returns where to read the file: by the link that led to it, if one did."""
        return ResourcePath("/shares/{}/driveItem", (self.share,)) if self.share else self

    @property
    def headers(self) -> Mapping[str, str] | None:
        """Returns what to send with a request by the link."""
        return _REDEEM if self.share else None

    def child(self, suffix: str, *segments: Segment) -> Address:
        """Returns the path of something inside, such as `/lists/{}`, and what expands it."""
        return _address(f"{self.path}{self.closing}{suffix}", *self.segments, *segments)


def _address(path: str, *segments: Segment) -> Address:
    return (path, *segments)
