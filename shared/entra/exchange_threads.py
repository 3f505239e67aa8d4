"""Runs blocking calls on daemon threads, which do not delay the end of the process."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any

type _Work = tuple[Future[Any], Callable[[], Any]]


class ExchangeThreads(Executor):
    """Executes calls on a bounded number of daemon threads.

    `ThreadPoolExecutor` makes the interpreter wait at its exit for every pending call,
    however long a service takes to respond. Daemon threads are abandoned.

    Args:
        max_threads: The most threads; each call starts one more until there are so many.
    """

    def __init__(self, max_threads: int) -> None:
        self._max_threads = max_threads
        self._lock = threading.Lock()
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._is_closed = False

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queues a call, and returns the future of its result.

        Raises:
            RuntimeError: The executor was shut down.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._is_closed:
                raise RuntimeError("no call can start after the shutdown")
            self._queue.put((future, lambda: fn(*args, **kwargs)))
            if len(self._threads) < self._max_threads:
                name = f"exchange_{len(self._threads)}"
                self._threads.append(threading.Thread(target=self._work, name=name, daemon=True))
                self._threads[-1].start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Starts no more calls; see `Executor.shutdown`."""
        with self._lock:
            self._is_closed = True
            threads, self._threads = self._threads, []
            while cancel_futures and not self._queue.empty():
                if work := self._queue.get():
                    work[0].cancel()
            for _ in threads:
                self._queue.put(None)
        for thread in threads if wait else ():
            thread.join()

    def _work(self) -> None:
        while work := self._queue.get():
            future, call = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:
                    future.set_exception(error)
            # No token of the last caller is kept while the thread waits for the next.
            del work, future, call
