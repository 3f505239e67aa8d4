"""Keeps for a while what Azure DevOps says about a caller and seldom changes."""

import time
from collections.abc import Callable

from pydantic import BaseModel

from shared.bounded_cache import BoundedCache

KEPT_SECONDS = 600.0
"""How old what is kept may be."""
_MOST = 10_000
_BYTES = 1024
"""Of an entry: a few names."""


class KeptResources:
    """Keeps resources by caller and address, so that nobody is given what was read for somebody else.

    Args:
        clock: Returns monotonic seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._resources: BoundedCache[tuple[str, str], BaseModel] = BoundedCache(
            max_entries=_MOST, max_bytes=_MOST * _BYTES, clock=clock
        )

    def get[M: BaseModel](self, model: type[M], caller: str, url: str) -> M | None:
        """Returns a resource that was read for this caller within `KEPT_SECONDS`, if it is kept."""
        found = self._resources.get((caller, url))
        return found if isinstance(found, model) else None

    def put(self, resource: BaseModel, caller: str, url: str) -> None:
        """Keeps a resource that was just read for this caller."""
        ends_at = self._clock() + KEPT_SECONDS
        self._resources.put((caller, url), resource, ends_at=ends_at, size=_BYTES)

    def discard(self, caller: str, url: str) -> None:
        """Keeps a resource no longer."""
        self._resources.discard((caller, url))
