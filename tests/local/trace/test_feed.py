"""The stream of events to open pages."""

import asyncio
import json

import pytest

from local.trace import feed
from local.trace.feed import Feed


@pytest.fixture
def versions() -> dict[str, str]:
    return {"call 1": "old", "call 2": "other\nline"}


async def next_of(messages):
    async with asyncio.timeout(5):
        return await anext(messages)


async def test_what_changed_comes_once_and_in_its_newest_state(versions):
    stream = Feed(versions.get)
    messages = stream.messages(["call 1"])
    first = await next_of(messages)
    stream.changed("call 1")
    stream.changed("call 1", "call 2", "call 3")
    versions["call 1"] = "new"

    assert b'event: call\ndata: "old"\n\n' == first
    assert b'event: call\ndata: "new"\n\n' == await next_of(messages)
    assert b'event: call\ndata: "other\\nline"\n\n' == await next_of(messages)
    await messages.aclose()


async def test_nothing_is_kept_for_a_page_that_is_closed(versions):
    stream = Feed(versions.get)
    messages = stream.messages(["call 1"])
    await next_of(messages)
    watched = stream.is_watched
    await messages.aclose()

    assert (True, False) == (watched, stream.is_watched)


async def test_a_page_that_reads_nothing_makes_nothing_grow():
    stream = Feed(lambda topic: topic)
    messages = stream.messages(["call 0"])
    await next_of(messages)
    for number in range(10_000):
        stream.changed(f"call {number}")

    assert {500} == {len(waiting) for waiting in stream._pages.values()}
    assert "call 9500" == json.loads((await next_of(messages)).split(b"data: ")[1])
    await messages.aclose()


async def test_silence_is_broken_by_a_comment(versions, monkeypatch):
    monkeypatch.setattr(feed, "_SILENCE", 0.01)
    messages = Feed(versions.get).messages([])

    assert b": still here\n\n" == await next_of(messages)
    await messages.aclose()
