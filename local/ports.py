"""Reserves ports of this machine for services that are yet to listen on them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import count

_LAST = 65_535


class ReservedPorts:
    """Holds ports, so that no other tenant that starts at the same time takes them.

    A socket that is bound and does not listen keeps others from binding, but for a service that binds with
    SO_REUSEADDR, as servers do: Linux compares that option of both when the second one binds (socket(7)).
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def take(self, first: int) -> Iterator[int]:
        """Returns free ports from the first on, each held until `close`."""
        for number in count(first):
            if number > _LAST:
                return
            held = socket.socket()
            try:
                # Without the option, so that a port that another tenant holds is not free.
                held.bind(("127.0.0.1", number))
            except OSError:
                held.close()
                continue
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._held.append(held)
            yield number

    def close(self) -> None:
        """Gives the ports back."""
        for held in self._held:
            held.close()
        self._held.clear()


def is_free(port: int) -> bool:
    """Tells whether a server could listen on a port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
