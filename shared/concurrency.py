"""Runs coroutines concurrently, and cancels the others when one fails."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, overload

type Work[T] = Coroutine[Any, Any, T]


@overload
async def run_concurrently[A, B](first: Work[A], second: Work[B], /) -> tuple[A, B]: ...


@overload
async def run_concurrently[A, B, C](first: Work[A], second: Work[B], third: Work[C], /) -> tuple[A, B, C]: ...


@overload
async def run_concurrently[A, B, C, D](
    first: Work[A], second: Work[B], third: Work[C], fourth: Work[D], /
) -> tuple[A, B, C, D]: ...


async def run_concurrently(*works: Work[Any]) -> tuple[Any, ...]:
    """Returns the coroutines' results in order; when one fails, the others are cancelled and awaited.

    Raises:
        Exception: What the first that failed raised.
    """
    return tuple(await run_all(works))


async def run_all[T](works: Iterable[Work[T]]) -> list[T]:
    """Returns the results of any number of coroutines, as `run_concurrently` does."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as failures:
        # The group keeps them in the order in which they happened.
        first = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    # Outside of the handler, so that the traceback shows its own cause, not the group.
    raise first
