"""Keeps the last things that happened in a service, for the trace page to show as they happen."""

from __future__ import annotations

import asyncio
import re
import secrets
import threading
import time
from collections import deque
from itertools import count
from typing import Any

from local.trace_context import CURRENT

LIMIT = 2000
"""How many observations a service keeps."""
REMOVED = "(a token was here)"
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}[A-Za-z0-9_.=-]*")
_LONGEST = 4000

type Observation = dict[str, Any]
"""`{"time": seconds, "event": name, "caused_by": id of a span or None, ...facts}`."""


class Observations:
    """Keeps the last observations, in order; several threads may add to them.

    A cursor says how far a reader has read. That of another start of the service reads from the beginning.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._start = secrets.token_hex(4)
        self._numbers = count(1)
        self._kept: deque[tuple[int, Observation]] = deque(maxlen=limit)
        self._lock = threading.Lock()
        self._readers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def add(self, event: str, facts: dict[str, Any]) -> None:
        """Adds what happened now, because of the request that is being answered.

        Facts are JSON values. They hold no token, and what looks like one is removed.
        """
        context = CURRENT.get()
        caused_by = context.span_id if context else None
        whole = {"time": time.time(), "event": event, "caused_by": caused_by, **facts}
        harmless = without_tokens(whole)
        with self._lock:
            self._kept.append((next(self._numbers), harmless))
        for loop, happened in list(self._readers):
            loop.call_soon_threadsafe(happened.set)

    async def after(self, cursor: str, wait: float) -> tuple[list[Observation], str]:
        """Returns the observations after a cursor, and the cursor after them.

        Args:
            cursor: Where the reader is; empty at first.
            wait: Seconds to wait for an observation if there is none.
        """
        found = self._read(cursor)
        if found[0] or not wait:
            return found
        reader = (asyncio.get_running_loop(), asyncio.Event())
        self._readers.add(reader)
        try:
            async with asyncio.timeout(wait):
                await reader[1].wait()
        except TimeoutError:
            return found
        finally:
            self._readers.discard(reader)
        return self._read(cursor)

    def _read(self, cursor: str) -> tuple[list[Observation], str]:
        start, _, number = cursor.partition(".")
        known = int(number) if start == self._start and number.isascii() and number.isdigit() else 0
        with self._lock:
            kept = [each for each in self._kept if each[0] > known]
        last = kept[-1][0] if kept else known
        return [observation for _, observation in kept], f"{self._start}.{last}"


def without_tokens(value: Any) -> Any:
    """Returns a JSON value in which nothing begins as a token does, and no text is longer than 4,000."""
    match value:
        case str():
            return _TOKEN.sub(REMOVED, value[:_LONGEST])
        case dict():
            return {without_tokens(name): without_tokens(each) for name, each in value.items()}
        case list() | tuple():
            return [without_tokens(each) for each in value]
        case _:
            return value
