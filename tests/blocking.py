"""Tells what holds up an event loop, by what is done on its thread and never by a clock."""

import asyncio
import socket
import ssl
import sys
import threading
from types import CodeType, FrameType, TracebackType
from typing import Any, Self

LONG_STEP = 50_000
"""Calls of functions in one step of the loop: some ten milliseconds of Python, on any machine."""

_EVENTS = frozenset({
    "open", "os.listdir", "os.scandir", "os.fork", "os.system", "subprocess.Popen", "time.sleep",
    "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo",
})  # fmt: skip
"""Of "Audit events table": what asks the disk, the name service or another process, or sleeps."""
_WAITS: dict[CodeType, str] = {
    threading.Condition.wait.__code__: "waits for another thread",
    threading.Thread.join.__code__: "waits for another thread",
    ssl.create_default_context.__code__: "makes a TLS context",
}
_TRUST = frozenset({"load_verify_locations", "load_default_certs", "set_default_verify_paths"})
_TRAFFIC = frozenset({"accept", "connect", "connect_ex", "recv", "recv_into", "send", "sendall"})
_STEP = asyncio.Handle._run.__code__


class LoopWatch:
    """Notes what blocks the thread of the event loop it is entered on.

    Attributes:
        blocking: What was done that waits: files, sleeps, imports, TLS contexts, other threads, sockets
            that block.
        longest: How many calls of functions the longest step of the loop took.
    """

    def __init__(self) -> None:
        self.blocking: list[str] = []
        self.longest = 0
        self._step = 0
        self._thread = 0

    def __enter__(self) -> Self:
        self._thread = threading.get_ident()
        # It stays for the life of the process; there is no way to take it away.
        sys.addaudithook(self._audit)
        sys.setprofile(self._profile)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.setprofile(None)
        self._thread = 0
        self.longest = max(self.longest, self._step)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if threading.get_ident() != self._thread:
            return
        if event in _EVENTS:
            self.blocking.append(f"{event} {arguments[:1]}")
        # The event comes for a module that is known not to be there as well (None in `sys.modules`).
        elif event == "import" and arguments[0] not in sys.modules:
            self.blocking.append(f"import {arguments[0]}")
        elif event == "socket.connect" and arguments[0].gettimeout() != 0:
            self.blocking.append("connects a socket that blocks")

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            self._step += 1
            if frame.f_code is _STEP:
                self.longest, self._step = max(self.longest, self._step), 0
            elif frame.f_code in _WAITS and not _is_brief(frame):
                self.blocking.append(_WAITS[frame.f_code])
        elif event == "c_call":
            self._step += 1
            self._c_call(argument)

    def _c_call(self, function: Any) -> None:
        owner, name = getattr(function, "__self__", None), function.__name__
        if name in _TRUST and isinstance(owner, ssl.SSLContext):
            self.blocking.append(f"TLS: {name}")
        elif name in _TRAFFIC and isinstance(owner, socket.socket) and owner.gettimeout() != 0:
            self.blocking.append(f"a socket that blocks: {name}")


def _is_brief(frame: FrameType) -> bool:
    """Whether what waits only looks (after 0 seconds), or is `Thread.start`, until the thread is there."""
    caller = frame.f_back and frame.f_back.f_back
    starts = caller is not None and caller.f_code is threading.Thread.start.__code__
    return starts or frame.f_locals.get("timeout") == 0
