"""Token B: access tokens for other APIs on behalf of the caller, exchanged once and kept."""

import asyncio
import contextvars
import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from shared.bounded_cache import BoundedCache
from shared.entra.app_credential import NO_CREDENTIAL
from shared.entra.exchange import DownstreamToken, Exchange
from shared.errors import ToolError
from shared.telemetry import exchange_noted

EARLY = 300
"""Seconds before its end at which a kept token is no longer used."""
THREADS = 16
TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Assertion:
    """The access token a caller presented, for exchanging it; its text shows in no repr."""

    token: str = field(repr=False)
    tenant_id: str


type _Key = tuple[str, bytes, frozenset[str]]


class OnBehalfOf:
    """Exchanges a caller's token, off the event loop, and keeps what comes back.

    MSAL's call blocks and looks into no cache, so there is a pool of threads and a bounded cache
    here. Callers who want the same token at the same time share one exchange. A failure is told
    to those who waited for it and then forgotten. Callers whose token is kept wait for nobody.
    """

    def __init__(self, exchange: Exchange, *, clock: Callable[[], float] = time.time) -> None:
        self._exchange = exchange
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="exchange")
        self._tokens: BoundedCache[_Key, DownstreamToken] = BoundedCache(
            max_entries=200_000, max_bytes=512 * 1024 * 1024, clock=clock
        )
        self._under_way: dict[_Key, asyncio.Task[DownstreamToken]] = {}
        self._has_succeeded = False
        self._lacks_credential = False

    async def token(self, assertion: Assertion, scopes: Sequence[str]) -> DownstreamToken:
        """The token of one resource on behalf of the caller.

        Args:
            assertion: The caller's access token, already validated.
            scopes: Scopes of one resource, each with the resource's name in front.

        Raises:
            ToolError: Entra refused, or could not be asked.
        """
        key = _key(assertion, scopes)
        kept = self._tokens.get(key)
        if kept is None:
            return await self._shared(key, assertion, scopes, None)
        with exchange_noted("hit"):
            return kept

    async def renew(
        self, assertion: Assertion, scopes: Sequence[str], *, refused: str, claims: str | None = None
    ) -> DownstreamToken:
        """A new token in place of one the API no longer takes.

        Callers whose token was refused at the same time share one exchange, and a token that
        another has renewed meanwhile is as good.

        Args:
            assertion: The caller's access token.
            scopes: As for `token`.
            refused: The token the API refused.
            claims: What its claims challenge asks for, as JSON.

        Raises:
            ToolError: Entra refused, or could not be asked; nothing is kept then.
        """
        key = _key(assertion, scopes)
        kept = self._tokens.get(key)
        if kept is not None and kept.access_token != refused:
            return kept
        self._tokens.discard(key)
        return await self._shared(key, assertion, scopes, claims)

    @property
    def is_impossible(self) -> bool:
        """Whether an exchange found the app without a credential, and none has ever succeeded."""
        return self._lacks_credential and not self._has_succeeded

    def close(self) -> None:
        """Let go of the threads; exchanges not yet begun are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._exchange.close()

    async def _shared(
        self, key: _Key, assertion: Assertion, scopes: Sequence[str], claims: str | None
    ) -> DownstreamToken:
        task = self._under_way.get(key)
        with exchange_noted("miss" if task is None else "shared"):
            if task is None:
                task = asyncio.create_task(self._fetch(key, assertion, scopes, claims))
                self._under_way[key] = task
                task.add_done_callback(partial(self._finished, key))
            # Whoever stops waiting leaves the exchange to the others.
            return await asyncio.shield(task)

    def _finished(self, key: _Key, task: asyncio.Task[DownstreamToken]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # A failure nobody waited for any more is no news.

    async def _fetch(
        self, key: _Key, assertion: Assertion, scopes: Sequence[str], claims: str | None
    ) -> DownstreamToken:
        exchange = partial(
            self._exchange.exchange,
            assertion.token,
            tenant_id=assertion.tenant_id,
            scopes=scopes,
            claims=claims,
        )
        # A thread begins with a context of its own; this one is to note what it asks in our call's.
        noted = partial(contextvars.copy_context().run, exchange)
        try:
            async with asyncio.timeout(TIMEOUT):
                token = await asyncio.get_running_loop().run_in_executor(self._threads, noted)
        except TimeoutError as error:
            raise ToolError(
                "timeout", "The sign-in service (Entra) did not answer in time.", "Try again in a moment."
            ) from error
        except ToolError as error:
            self._lacks_credential = error.reason == NO_CREDENTIAL
            raise
        self._has_succeeded = True
        size = 2 * len(token.access_token) + 512
        self._tokens.put(key, token, ends_at=token.expires_at - EARLY, size=size)
        return token


def _key(assertion: Assertion, scopes: Sequence[str]) -> _Key:
    """What a kept token must not be confused about: tenant, user and client (by the token), scopes."""
    return assertion.tenant_id, hashlib.sha256(assertion.token.encode()).digest(), frozenset(scopes)
