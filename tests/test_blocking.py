"""The watch over the event loop sees what it is there to see."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import certifi
import pytest

from tests.blocking import LONG_STEP, LoopWatch


async def sleeps() -> None:
    time.sleep(0)  # noqa: ASYNC251


async def reads_a_file() -> None:
    Path(__file__).read_bytes()  # noqa: ASYNC240


async def imports() -> None:
    with pytest.raises(ImportError):
        __import__("a_module_that_is_not_there")


async def resolves_a_name() -> None:
    socket.getaddrinfo("127.0.0.1", 1)


async def makes_a_tls_context() -> None:
    ssl.create_default_context(cafile=certifi.where())


async def waits_for_a_thread() -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(lambda: None).result()


async def joins_a_thread() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


async def connects_and_waits() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as client:
        client.connect(listening.getsockname())


async def waits_for_bytes() -> None:
    here, there = socket.socketpair()
    with here, there:
        there.sendall(b"a")
        here.recv(1)


@pytest.mark.parametrize(
    ("blocking", "said"),
    [
        (sleeps, "time.sleep"),
        (reads_a_file, "open"),
        (imports, "import a_module_that_is_not_there"),
        (resolves_a_name, "socket.getaddrinfo"),
        (makes_a_tls_context, "makes a TLS context"),
        (makes_a_tls_context, "TLS: load_verify_locations"),
        (waits_for_a_thread, "waits for another thread"),
        (joins_a_thread, "waits for another thread"),
        (connects_and_waits, "connects a socket that blocks"),
        (waits_for_bytes, "a socket that blocks: recv"),
    ],
)
async def test_what_blocks_is_noted(blocking: Callable[[], Awaitable[None]], said: str) -> None:
    with LoopWatch() as watch:
        await blocking()

    assert [each for each in watch.blocking if each.startswith(said)], watch.blocking


async def test_a_step_that_goes_on_and_on_is_noted() -> None:
    with LoopWatch() as watch:
        await asyncio.sleep(0)
        for number in range(LONG_STEP):
            abs(number)
        await asyncio.sleep(0)

    assert watch.longest > LONG_STEP


async def test_the_same_work_in_many_steps_is_no_long_one() -> None:
    with LoopWatch() as watch:
        for _ in range(100):
            for number in range(LONG_STEP // 100):
                abs(number)
            await asyncio.sleep(0)

    assert watch.longest < LONG_STEP / 10


async def test_what_others_do_meanwhile_is_not_noted() -> None:
    with ThreadPoolExecutor(1) as threads, LoopWatch() as watch:
        await asyncio.wrap_future(threads.submit(time.sleep, 0))
        await asyncio.to_thread(Path(__file__).read_bytes)
        _, writer = await asyncio.open_connection(sock=connected())
        writer.close()
        await writer.wait_closed()

    assert [] == watch.blocking


def connected() -> socket.socket:
    here, there = socket.socketpair()
    there.close()
    return here
