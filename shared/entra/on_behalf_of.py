"""Token B: access tokens for other APIs on behalf of the caller, exchanged once and kept."""

import asyncio
import contextvars
import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from shared.bounded_cache import BoundedCache
from shared.entra.app_credential import NO_CREDENTIAL
from shared.entra.exchange import DownstreamToken, Exchange
from shared.entra.exchange_threads import ExchangeThreads
from shared.entra.msal_http import too_slow
from shared.errors import ToolError
from shared.http.deadline import deadline
from shared.http.retry import RetryPolicy
from shared.observability.telemetry import observed_exchange

EARLY = 300
"""Seconds before its end at which a kept token is no longer used."""
THREADS = 16
TIMEOUT = 30.0
"""Seconds for an exchange, waits and further attempts included."""
ENTRY_BYTES = 1024
"""What an entry takes beside its token."""
_ABOUT_SCOPES = frozenset({"consent_required", "misconfigured", "upstream_error"})
"""Failures that may be of the scopes asked for: who wants others asks for themselves."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """The access token a caller presented, for exchanging it; its text shows in no repr."""

    token: str = field(repr=False)
    tenant_id: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A token of one resource for one caller.

    Attributes:
        key: What the token must not be confused about.
        assertion: The caller's access token.
        scopes: What to ask Entra for.
        names: What the token is to carry.
        claims: What a claims challenge asks for, as JSON.
    """

    key: bytes
    assertion: Assertion
    scopes: tuple[str, ...]
    names: frozenset[str]
    claims: str | None

    def is_met_by(self, token: DownstreamToken) -> bool:
        """Whether the token carries what is wanted."""
        return self.names <= token.scopes


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """An exchange that has not ended."""

    wanted: _Wanted
    task: asyncio.Task[DownstreamToken]

    def may_serve(self, wanted: _Wanted) -> bool:
        """Whether its token is one for that want too, if it carries the scopes."""
        return wanted.claims in (None, self.wanted.claims)

    def is_for(self, wanted: _Wanted) -> bool:
        """Whether it asks for just that, so that its failure is that want's own."""
        return self.may_serve(wanted) and set(self.wanted.scopes) == set(wanted.scopes)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A token, and the claims it was exchanged for."""

    token: DownstreamToken
    claims: str | None


class OnBehalfOf:
    """Exchanges a caller's token, off the event loop, and keeps what comes back.

    One token is kept for each caller's token, tenant and resource. Entra puts every scope into it
    that has been consented to for the resource, so it serves all calls whose scopes it carries. A
    call that wants one it does not carry asks anew, for that scope alone: one nobody consented to
    then fails no other call, and one consented to meanwhile works at once.

    MSAL's call blocks and looks into no cache, so there is a pool of threads and a bounded cache
    here. Callers who come at the same time share one exchange, for other scopes too if its token
    carries them. A failure is told to those who waited for it and then forgotten. Callers whose
    token is kept wait for nobody.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        clock: Callable[[], float] = time.time,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self._exchange = exchange
        self._retry_policy = retry_policy or RetryPolicy()
        self._threads = ExchangeThreads(THREADS)
        self._kept: BoundedCache[bytes, _Kept] = BoundedCache(
            max_entries=200_000, max_bytes=512 * 1024 * 1024, clock=clock
        )
        self._under_way: defaultdict[bytes, list[_UnderWay]] = defaultdict(list)
        self._has_succeeded = False
        self._lacks_credential = False

    async def token(
        self, assertion: Assertion, scopes: Sequence[str], *, carrying: Collection[str] | None = None
    ) -> DownstreamToken:
        """The token of one resource on behalf of the caller; it may lack scopes nobody consented to.

        Args:
            assertion: The caller's access token, already validated.
            scopes: Scopes of one resource, each with the resource's name in front.
            carrying: Bare names of the scopes a token kept already has to carry, where they are not
                those of `scopes`.

        Raises:
            ToolError: Entra refused, or could not be asked.
        """
        wanted = _wanted(assertion, scopes, carrying=carrying)
        kept = self._kept.get(wanted.key)
        if kept is None or not wanted.is_met_by(kept.token):
            return await self._shared(wanted)
        with observed_exchange("hit"):
            return kept.token

    async def renew(
        self, assertion: Assertion, scopes: Sequence[str], *, refused: str, claims: str | None = None
    ) -> DownstreamToken:
        """A new token in place of one the API no longer takes.

        Callers whose token was refused at the same time share one exchange, and a token that
        another has renewed meanwhile, for the same claims, is as good.

        Args:
            assertion: The caller's access token.
            scopes: As for `token`.
            refused: The token the API refused.
            claims: What its claims challenge asks for, as JSON.

        Raises:
            ToolError: Entra refused, or could not be asked; nothing is kept then.
        """
        wanted = _wanted(assertion, scopes, claims=claims)
        kept = self._kept.get(wanted.key)
        if (
            kept is not None
            and kept.token.access_token != refused
            and claims in (None, kept.claims)
            and wanted.is_met_by(kept.token)
        ):
            return kept.token
        self._kept.discard(wanted.key)
        return await self._shared(wanted)

    @property
    def lacks_credential(self) -> bool:
        """Whether an exchange found the app without a credential, and none has ever succeeded."""
        return self._lacks_credential and not self._has_succeeded

    def close(self) -> None:
        """Let go of the threads; exchanges not yet begun are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._exchange.close()

    async def _shared(self, wanted: _Wanted) -> DownstreamToken:
        """The token of an exchange under way, if there is one that serves; else of a new one."""
        useful = [each for each in self._under_way.get(wanted.key, ()) if each.may_serve(wanted)]
        if useful and not any(each.is_for(wanted) for each in useful):
            token = await self._of_another(useful[0], wanted)
            if token is not None:
                return token
            # It took a while: somebody may want the same by now.
            useful = [each for each in self._under_way.get(wanted.key, ()) if each.may_serve(wanted)]
        same = next((each for each in useful if each.is_for(wanted)), None)
        with observed_exchange("shared" if same else "miss"):
            # Whoever stops waiting leaves the exchange to the others.
            return await asyncio.shield((same or self._begin(wanted)).task)

    async def _of_another(self, under_way: _UnderWay, wanted: _Wanted) -> DownstreamToken | None:
        """The token of an exchange for other scopes, if it serves and its failure is not of these."""
        try:
            with observed_exchange("shared"):
                token = await asyncio.shield(under_way.task)
        except ToolError as error:
            if error.code not in _ABOUT_SCOPES:
                raise
            return None
        return token if wanted.is_met_by(token) else None

    def _begin(self, wanted: _Wanted) -> _UnderWay:
        begun = _UnderWay(wanted, asyncio.create_task(self._fetch(wanted)))
        self._under_way[wanted.key].append(begun)
        begun.task.add_done_callback(partial(self._finished, begun))
        return begun

    def _finished(self, ended: _UnderWay, task: asyncio.Task[DownstreamToken]) -> None:
        rest = self._under_way[ended.wanted.key]
        rest.remove(ended)
        if not rest:
            del self._under_way[ended.wanted.key]
        if not task.cancelled():
            task.exception()  # A failure nobody waited for any more is no news.

    async def _fetch(self, wanted: _Wanted) -> DownstreamToken:
        try:
            async with deadline(TIMEOUT):
                # An exchange changes nothing, so it may be asked for again.
                token = await self._retry_policy.run(partial(self._attempt, wanted))
        except TimeoutError as error:
            raise too_slow() from error
        except ToolError as error:
            self._lacks_credential = error.reason == NO_CREDENTIAL
            raise
        self._has_succeeded = True
        self._keep(wanted, token)
        return token

    async def _attempt(self, wanted: _Wanted) -> DownstreamToken:
        exchange = partial(
            self._exchange.exchange,
            wanted.assertion.token,
            tenant_id=wanted.assertion.tenant_id,
            scopes=wanted.scopes,
            claims=wanted.claims,
        )
        # A thread begins with a context of its own; this one is to note what it asks in our call's.
        noted = partial(contextvars.copy_context().run, exchange)
        return await asyncio.get_running_loop().run_in_executor(self._threads, noted)

    def _keep(self, wanted: _Wanted, token: DownstreamToken) -> None:
        kept = self._kept.get(wanted.key)
        # Of two exchanges at once the wider token stays, or the one that answers a claims challenge.
        if kept is not None and wanted.claims is None and token.scopes <= kept.token.scopes:
            return
        size = len(token.access_token) + ENTRY_BYTES
        self._kept.put(wanted.key, _Kept(token, wanted.claims), ends_at=token.expires_at - EARLY, size=size)


def _wanted(
    assertion: Assertion,
    scopes: Sequence[str],
    *,
    carrying: Collection[str] | None = None,
    claims: str | None = None,
) -> _Wanted:
    # A resource's name may hold slashes of its own; a scope's does not.
    (resource,) = {scope.rpartition("/")[0] for scope in scopes}
    names = [scope.rpartition("/")[2] for scope in scopes] if carrying is None else carrying
    return _Wanted(
        _key(assertion, resource), assertion, tuple(dict.fromkeys(scopes)), frozenset(names), claims
    )


def _key(assertion: Assertion, resource: str) -> bytes:
    """What a kept token must not be confused about: tenant, user and client (by the token), resource."""
    # Neither of the first two holds a line break, so the joined text can be taken apart in one way only.
    return hashlib.sha256("\n".join((assertion.tenant_id, resource, assertion.token)).encode()).digest()
