"""What is measured of a running server. Each scenario is one async function of the same form."""

import asyncio
import itertools
import math
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from statistics import median, quantiles

from tests.bench.client import CallError, Connection
from tests.bench.contenders import Running
from tests.bench.upstream import Upstream

PROFILE = "graph_get_profile"
CONTEXT = "get_user_context"
WARM_CALLS = 25
CONTEXT_CALLS = 7
SWEEP_SECONDS = 1.5
SWEEP_USERS = 20
HERD = 50
CROWD = 200

type Figures = dict[str, float]


async def warm(server: Running, upstream: Upstream) -> Figures:
    """One user, one call after another: latency, processor time of the server, exchanges."""
    token = upstream.token(upstream.users[0])
    async with Connection(server.url) as connection:
        await connection.call(token, PROFILE)
        upstream.exchanges()
        before = server.cpu_seconds()
        seconds = [(await connection.call(token, PROFILE)).seconds for _ in range(WARM_CALLS)]
        used = server.cpu_seconds() - before
        exchanged = upstream.exchanges()
        await connection.call(token, CONTEXT)
        context = [(await connection.call(token, CONTEXT)).seconds for _ in range(CONTEXT_CALLS)]
    return {
        "warm p50": _ms(median(seconds)),
        "warm p95": _ms(_percentile(seconds, 95)),
        "warm cpu": _ms(used / WARM_CALLS),
        "exchanges per 100": 100 * exchanged / WARM_CALLS,
        "context p50": _ms(median(context)),
    }


async def sweep(server: Running, upstream: Upstream, concurrent: int) -> Figures:
    """Twenty users' calls, so many at a time: calls a second, latency, processor time of the server."""
    tokens = [upstream.token(user) for user in upstream.users[:SWEEP_USERS]]
    seconds: list[float] = []
    failed = 0
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(Connection(server.url)) for _ in range(max(concurrent, 8))
        ]
        # Those who come for the first time, before anything is counted.
        await _share(tokens, connections[:8])
        del connections[concurrent:]
        turns = itertools.cycle(tokens)
        ends = time.perf_counter() + SWEEP_SECONDS

        async def caller(connection: Connection) -> None:
            nonlocal failed
            while time.perf_counter() < ends:
                try:
                    seconds.append((await connection.call(next(turns), PROFILE)).seconds)
                except CallError:
                    failed += 1

        before, started = server.cpu_seconds(), time.perf_counter()
        await asyncio.gather(*(caller(each) for each in connections))
        took, used = time.perf_counter() - started, server.cpu_seconds() - before
    return {
        f"{concurrent}: calls/s": len(seconds) / took,
        f"{concurrent}: p50": _ms(median(seconds)),
        f"{concurrent}: p95": _ms(_percentile(seconds, 95)),
        f"{concurrent}: p99": _ms(_percentile(seconds, 99)),
        f"{concurrent}: cpu": _ms(used / len(seconds)),
        f"{concurrent}: failed": failed,
    }


async def herd(server: Running, upstream: Upstream) -> Figures:
    """Fifty first calls of one user at the same time: exchanges, and when the last answer comes."""
    token = upstream.token(upstream.users[1])
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(Connection(server.url)) for _ in range(HERD)]
        upstream.exchanges()
        started = time.perf_counter()
        failed = sum(await asyncio.gather(*(_fails(each, token) for each in connections)))
        last = time.perf_counter() - started
    return {"herd exchanges": upstream.exchanges(), "herd last answer": _ms(last), "herd failed": failed}


async def crowd(server: Running, upstream: Upstream) -> Figures:
    """Two hundred users, each once, then each again: exchanges of the second round."""
    tokens = [upstream.token(user) for user in upstream.users[:CROWD]]
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(Connection(server.url)) for _ in range(16)]
        await _share(tokens, connections)
        upstream.exchanges()
        await _share(tokens, connections)
    return {"crowd exchanges again": upstream.exchanges()}


async def bystander(server: Running, upstream: Upstream) -> Figures:
    """User B's warm calls, alone and while user A's exchange takes two seconds: how much longer they take."""
    mine, theirs = upstream.token(upstream.users[2]), upstream.token(upstream.users[3])
    async with Connection(server.url) as a, Connection(server.url) as b:
        await b.call(mine, PROFILE)
        alone = [(await b.call(mine, PROFILE)).seconds for _ in range(12)]
        upstream.delay(entra=2.0)
        exchange = asyncio.create_task(a.call(theirs, PROFILE))
        beside: list[float] = []
        # The first moments are of sending A's request.
        await asyncio.sleep(0.05)
        while not exchange.done() and len(beside) < 25:
            beside.append((await b.call(mine, PROFILE)).seconds)
        await exchange
        upstream.delay()
    return {"bystander ratio": _mean(beside or [math.inf]) / _mean(alone)}


async def _share(tokens: Sequence[str], connections: Sequence[Connection]) -> None:
    """One call with each of the tokens, over whichever connection is free."""
    waiting = iter(tokens)

    async def caller(connection: Connection) -> None:
        for token in waiting:
            await connection.call(token, PROFILE)

    await asyncio.gather(*(caller(each) for each in connections))


async def _fails(connection: Connection, token: str) -> bool:
    try:
        await connection.call(token, PROFILE)
    except CallError:
        return True
    return False


def _percentile(seconds: Sequence[float], percent: int) -> float:
    return quantiles(seconds, n=100, method="inclusive")[percent - 1]


def _mean(seconds: Sequence[float]) -> float:
    return sum(seconds) / len(seconds)


def _ms(seconds: float) -> float:
    return 1000 * seconds
