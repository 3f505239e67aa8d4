"""Caches a value that several checks need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from local.doctor.check_result import CannotCheckError


class CachedValue[Value]:
    """Caches what a function returns, or the error it raises.

    Whoever cannot sign in, or reach a host, need not find that out anew for each check.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Value]]) -> None:
        self._fetch = fetch
        self._found: list[Value] = []
        self._failure: CannotCheckError | None = None

    async def get(self) -> Value:
        """Returns the value.

        Raises:
            CannotCheckError: It could not be had, now or at the first asking.
        """
        if self._failure is not None:
            raise self._failure
        if not self._found:
            try:
                self._found.append(await self._fetch())
            except CannotCheckError as error:
                self._failure = error
                raise
        return self._found[0]
