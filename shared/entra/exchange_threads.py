"""Threads for calls that block, which hold up nobody when the process ends."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any

type _Work = tuple[Future[Any], Callable[[], Any]]


class ExchangeThreads(Executor):
    """At most so many calls at a time, each on a thread of its own.

    `ThreadPoolExecutor` has the interpreter wait at its end for every call that is still under way,
    however long a service takes to answer it. These are left behind.

    Args:
        most: How many threads there may be; one more begins with each call until there are so many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: SimpleQueue[_Work | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._is_closed = False

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """What the call will return, once a thread has got to it.

        Raises:
            RuntimeError: It was shut down.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._is_closed:
                raise RuntimeError("no call can begin after the shutdown")
            self._waiting.put((future, lambda: fn(*args, **kwargs)))
            if len(self._threads) < self._most:
                name = f"exchange_{len(self._threads)}"
                self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
                self._threads[-1].start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begin nothing more; see `Executor.shutdown`."""
        with self._lock:
            self._is_closed = True
            threads, self._threads = self._threads, []
            while cancel_futures and not self._waiting.empty():
                if work := self._waiting.get():
                    work[0].cancel()
            for _ in threads:
                self._waiting.put(None)
        for thread in threads if wait else ():
            thread.join()

    def _work(self) -> None:
        while work := self._waiting.get():
            future, call = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:
                    future.set_exception(error)
            # Nothing of the last caller is to outlive the wait for the next.
            del work, future, call
