"""Closes resources when their event loop shuts down, while it can still close them."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress


def on_loop_shutdown(close: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    """Makes the running event loop call `close` when it shuts down; the caller keeps the returned generator.

    `asyncio.run`, which runs the Functions worker, closes the asynchronous generators that have started
    before it closes its loop (asyncio, `loop.shutdown_asyncgens`). A hook at the interpreter's exit
    would run too late: connections of a closed loop cannot be closed.
    """
    generator = _close_at_end(close)
    # Up to its `yield` it awaits nothing, so one step starts it.
    with suppress(StopIteration):
        generator.asend(None).send(None)
    return generator


async def _close_at_end(close: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await close()
