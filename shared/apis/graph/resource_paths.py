"""Addresses a resource of Graph, and what is inside it, by id or by path."""

from dataclasses import dataclass

from shared.apis.requests import Segment

type Address = tuple[str, *tuple[Segment, ...]]


@dataclass(frozen=True, slots=True)
class ResourcePath:
    """Addresses a resource by id or by path; what is inside it is addressed from it."""

    path: str
    segments: tuple[Segment, ...] = ()
    closing: str = ""

    @property
    def address(self) -> Address:
        """Returns the path of the resource itself and what expands it."""
        return _address(self.path, *self.segments)

    def child(self, suffix: str, *segments: Segment) -> Address:
        """Returns the path of something inside, such as `/lists/{}`, and what expands it."""
        return _address(f"{self.path}{self.closing}{suffix}", *self.segments, *segments)


def _address(path: str, *segments: Segment) -> Address:
    return (path, *segments)
