"""Threads for exchanges: so many at a time, and a shutdown that begins nothing more."""

import asyncio
import threading
from contextvars import ContextVar
from typing import Any

import pytest

from shared.entra.exchange import DownstreamToken
from shared.entra.exchange_threads import ExchangeThreads
from shared.entra.on_behalf_of import THREADS, Assertion, OnBehalfOf
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import TENANT

BOUND = 10


def test_no_more_calls_run_at_a_time_than_there_are_threads() -> None:
    threads, let_go, begun = ExchangeThreads(2), threading.Event(), threading.Semaphore(0)

    def work(number: int) -> tuple[int, str, bool]:
        begun.release()
        assert let_go.wait(BOUND)
        return number, threading.current_thread().name, threading.current_thread().daemon

    futures = [threads.submit(work, number) for number in range(5)]
    assert begun.acquire(timeout=BOUND)
    assert begun.acquire(timeout=BOUND)
    assert not begun.acquire(timeout=0.05)
    let_go.set()
    results = [future.result(BOUND) for future in futures]
    threads.shutdown()

    assert [0, 1, 2, 3, 4] == [number for number, _, _ in results]
    assert {"exchange_0", "exchange_1"} >= {name for _, name, _ in results}
    assert all(is_daemon for _, _, is_daemon in results)


def test_a_failure_is_told_to_whoever_waits_and_the_thread_goes_on() -> None:
    threads = ExchangeThreads(1)

    failed = threads.submit(int, "none")
    worked = threads.submit(int, "7")

    with pytest.raises(ValueError, match="none"):
        failed.result(BOUND)
    assert 7 == worked.result(BOUND)
    threads.shutdown()


def test_a_shutdown_drops_what_has_not_begun_and_takes_nothing_more() -> None:
    threads, let_go, begun = ExchangeThreads(1), threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return let_go.wait(BOUND)

    first, second = threads.submit(work), threads.submit(work)
    assert begun.wait(BOUND)
    threads.shutdown(wait=False, cancel_futures=True)
    let_go.set()

    assert first.result(BOUND)
    assert second.cancelled()
    with pytest.raises(RuntimeError, match="shutdown"):
        threads.submit(work)


async def test_an_exchange_on_its_thread_has_the_context_of_the_call_that_started_it(
    exchange: CountedExchange, on_behalf_of: OnBehalfOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit record of the call is found through it."""
    call: ContextVar[str] = ContextVar("call", default="none")
    seen: list[str] = []
    ask = exchange.exchange

    def watched(*arguments: Any, **named: Any) -> DownstreamToken:
        seen.append(call.get())
        return ask(*arguments, **named)

    monkeypatch.setattr(exchange, "exchange", watched)
    call.set("ana's")
    await on_behalf_of.token(Assertion("token-of-ana", TENANT), ["https://graph.microsoft.com/Mail.Read"])

    assert ["ana's"] == seen


async def test_closing_waits_for_no_exchange_and_begins_no_more(
    exchange: CountedExchange, on_behalf_of: OnBehalfOf
) -> None:
    exchange.held = {"token-of-ana"}
    ana = Assertion("token-of-ana", TENANT)
    calls = [
        asyncio.create_task(on_behalf_of.token(ana, [f"api://{number}/Read"]))
        for number in range(THREADS + 1)
    ]
    for _ in range(THREADS):
        await exchange.somebody_waits()

    closing = asyncio.create_task(asyncio.to_thread(on_behalf_of.close))
    done, _ = await asyncio.wait([closing], timeout=BOUND)
    exchange.let_go.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)

    assert {closing} == done
    assert THREADS == len(exchange.asked)
    assert 1 == sum(isinstance(each, asyncio.CancelledError) for each in outcomes)
