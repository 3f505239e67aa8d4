"""What is to be closed while the event loop that used it can still close it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress


def on_loop_shutdown(close: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    """What has the running event loop call `close` when it ends, as long as somebody keeps this.

    `asyncio.run`, which the Functions worker is run by, ends the asynchronous generators that have begun
    before it closes its loop (asyncio, `loop.shutdown_asyncgens`). A hook of the interpreter's own end
    would come too late: connections of a loop that is closed cannot be closed any more.
    """
    ending = _ending(close)
    # Up to its `yield` it waits for nothing, so one step is enough to begin it.
    with suppress(StopIteration):
        ending.asend(None).send(None)
    return ending


async def _ending(close: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await close()
