"""Tells open pages what changed, as server-sent events (HTML, 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

_PAUSE = 0.05
"""Seconds between two messages to a page: what changes meanwhile is told once."""
_WAITING = 500
"""How many topics wait for a page that reads too slowly; of more, the oldest are left out."""
_SILENCE = 15.0
"""Seconds without a message after which a comment keeps the connection."""

type Render = Callable[[str], Any]
"""Makes the data of a topic at the moment it is sent; None where there is nothing left to tell."""


class Feed:
    """Sends each open page the topics that changed, each in its newest state, however slow the page is.

    A topic is an event's name, or a name and a number such as `call 17`.
    """

    def __init__(self, render: Render) -> None:
        self._render = render
        self._pages: dict[asyncio.Event, dict[str, None]] = {}

    @property
    def is_watched(self) -> bool:
        """Tells whether a page is open."""
        return bool(self._pages)

    def changed(self, *topics: str) -> None:
        """Notes that these topics have something new."""
        for happened, waiting in self._pages.items():
            waiting.update(dict.fromkeys(topics))
            while len(waiting) > _WAITING:
                del waiting[next(iter(waiting))]
            happened.set()

    async def messages(self, first: Iterable[str]) -> AsyncIterator[bytes]:
        """Yields the messages for one page, until it is closed; these topics come first."""
        happened, waiting = asyncio.Event(), dict.fromkeys(first)
        self._pages[happened] = waiting
        try:
            while True:
                while waiting:
                    topic = next(iter(waiting))
                    del waiting[topic]
                    if message := self._message(topic):
                        yield message
                happened.clear()
                if comment := await _comment_unless(happened):
                    yield comment
        finally:
            del self._pages[happened]

    def _message(self, topic: str) -> bytes:
        data = self._render(topic)
        if data is None:
            return b""
        # JSON has no line break of its own, so one `data` field holds it.
        return f"event: {topic.partition(' ')[0]}\ndata: {json.dumps(data)}\n\n".encode()


async def _comment_unless(happened: asyncio.Event) -> bytes:
    """Returns nothing when something happened, and a comment after a long silence."""
    try:
        async with asyncio.timeout(_SILENCE):
            await happened.wait()
    except TimeoutError:
        return b": still here\n\n"
    await asyncio.sleep(_PAUSE)
    return b""
