"""Exchanges a caller's access token for tokens of other APIs (on-behalf-of), and caches them."""

import asyncio
import contextvars
import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from shared.bounded_cache import BoundedCache
from shared.entra.exchange import DownstreamToken, Exchange
from shared.entra.exchange_threads import ExchangeThreads
from shared.entra.identity_http import NO_CREDENTIAL
from shared.entra.msal_http import too_slow
from shared.errors import ToolError
from shared.http.deadline import deadline
from shared.http.retry import RetryPolicy
from shared.observability.telemetry import observed_exchange

_LOGGER = logging.getLogger(__name__)

EXPIRY_MARGIN = 300
"""Seconds before its expiry at which a cached token is no longer used."""
THREADS = 16
TIMEOUT = 30.0
"""Seconds for an exchange, retries and their delays included."""
ENTRY_BYTES = 1024
"""Bytes of a cache entry beside its token."""
_SCOPE_DEPENDENT_CODES = frozenset({"consent_required", "misconfigured", "upstream_error"})
"""Failures that the requested scopes may cause: a request for other scopes needs an exchange of its own."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """Holds the access token a caller presented, for exchanging it; no repr shows its text."""

    token: str = field(repr=False)
    tenant_id: str


@dataclass(frozen=True, slots=True)
class _TokenRequest:
    """Describes the token that one caller needs for one resource.

    Attributes:
        key: The cache key: what the token must not be confused about.
        assertion: The caller's access token.
        scopes: The scopes to request from Entra.
        required: Bare names of the scopes that the token must carry.
        claims: The JSON of a claims challenge.
    """

    key: bytes
    assertion: Assertion
    scopes: tuple[str, ...]
    required: frozenset[str]
    claims: str | None

    def is_satisfied_by(self, token: DownstreamToken) -> bool:
        """Tells whether the token carries every required scope."""
        return self.required <= token.scopes


@dataclass(frozen=True, slots=True)
class _PendingExchange:
    """Holds an exchange that has not ended."""

    request: _TokenRequest
    task: asyncio.Task[DownstreamToken]

    def may_satisfy(self, request: _TokenRequest) -> bool:
        """Tells whether its token serves that request too, if it carries the scopes."""
        return request.claims in (None, self.request.claims)

    def matches(self, request: _TokenRequest) -> bool:
        """Tells whether it requests the same from Entra, so that its failure is that request's too."""
        return self.may_satisfy(request) and set(self.request.scopes) == set(request.scopes)


@dataclass(frozen=True, slots=True)
class _CachedToken:
    """Holds a token, and the claims it was exchanged for."""

    token: DownstreamToken
    claims: str | None


class OnBehalfOf:
    """Exchanges callers' tokens off the event loop, and caches the results.

    The cache has one token for each caller's token, tenant and resource. Entra puts every scope into it
    that has been consented to for the resource, so it serves all calls whose scopes it carries. A
    call that requires a scope it does not carry starts an exchange for that scope alone: one nobody
    consented to then fails no other call, and one consented to meanwhile works at once.

    MSAL's call blocks and reads no cache, hence the thread pool and the bounded cache here.
    Concurrent callers share one exchange, for other scopes too if its token
    carries them. A failure is raised to those who waited for it and is not cached. Callers whose
    token is cached wait for nobody.
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
        self._cache: BoundedCache[bytes, _CachedToken] = BoundedCache(
            max_entries=200_000, max_bytes=512 * 1024 * 1024, clock=clock
        )
        self._pending: defaultdict[bytes, list[_PendingExchange]] = defaultdict(list)
        self._has_succeeded = False
        self._lacks_credential = False

    def prepare(self) -> None:
        """Begins on a thread what the first exchange needs, while the first caller is authenticated.

        What fails there is tried again by the exchange, which tells its caller.
        """
        # Its requests belong to the call for which the server is opened, in trace and record.
        self._threads.submit(contextvars.copy_context().run, self._prepare)

    def _prepare(self) -> None:
        try:
            self._exchange.prepare()
        except ToolError as error:
            _LOGGER.info("the first exchange could not be prepared: %s", error.reason)

    async def token(
        self, assertion: Assertion, scopes: Sequence[str], *, required: Collection[str] | None = None
    ) -> DownstreamToken:
        """Returns a token of one resource on behalf of the caller; it may lack scopes nobody consented to.

        Args:
            assertion: The caller's access token, already validated.
            scopes: Scopes of one resource, each prefixed with the resource's name.
            required: Bare names of the scopes that a cached token has to carry, where they are not
                those of `scopes`.

        Raises:
            ToolError: Entra refused the exchange, or could not be reached.
        """
        request = _token_request(assertion, scopes, required=required)
        cached = self._cache.get(request.key)
        if cached is None or not request.is_satisfied_by(cached.token):
            return await self._join_or_start(request)
        with observed_exchange("hit"):
            return cached.token

    async def renew(
        self, assertion: Assertion, scopes: Sequence[str], *, refused: str, claims: str | None = None
    ) -> DownstreamToken:
        """Returns a new token in place of one that the API refused.

        Callers whose token was refused at the same time share one exchange; a token that
        another caller has renewed meanwhile, for the same claims, is returned too.

        Args:
            assertion: The caller's access token.
            scopes: As for `token`.
            refused: The token the API refused.
            claims: The JSON of its claims challenge.

        Raises:
            ToolError: Entra refused the exchange, or could not be reached; nothing is cached then.
        """
        request = _token_request(assertion, scopes, claims=claims)
        cached = self._cache.get(request.key)
        if (
            cached is not None
            and cached.token.access_token != refused
            and claims in (None, cached.claims)
            and request.is_satisfied_by(cached.token)
        ):
            return cached.token
        self._cache.discard(request.key)
        return await self._join_or_start(request)

    @property
    def lacks_credential(self) -> bool:
        """Tells whether an exchange found the app without a credential, and none has ever succeeded."""
        return self._lacks_credential and not self._has_succeeded

    def close(self) -> None:
        """Shuts the threads down; exchanges not yet begun are cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._exchange.close()

    async def _join_or_start(self, request: _TokenRequest) -> DownstreamToken:
        """Awaits a pending exchange whose token serves, else a new one."""
        candidates = self._candidates(request)
        if candidates and not any(each.matches(request) for each in candidates):
            token = await self._await_other(candidates[0], request)
            if token is not None:
                return token
            # Meanwhile another caller may have started the same exchange.
            candidates = self._candidates(request)
        same = next((each for each in candidates if each.matches(request)), None)
        with observed_exchange("shared" if same else "miss"):
            # A caller that stops waiting does not cancel the exchange of the others.
            return await asyncio.shield((same or self._start(request)).task)

    def _candidates(self, request: _TokenRequest) -> list[_PendingExchange]:
        return [each for each in self._pending.get(request.key, ()) if each.may_satisfy(request)]

    async def _await_other(self, pending: _PendingExchange, request: _TokenRequest) -> DownstreamToken | None:
        """Returns the token of an exchange for other scopes if it serves; None if its scopes made it fail."""
        try:
            with observed_exchange("shared"):
                token = await asyncio.shield(pending.task)
        except ToolError as error:
            if error.code not in _SCOPE_DEPENDENT_CODES:
                raise
            return None
        return token if request.is_satisfied_by(token) else None

    def _start(self, request: _TokenRequest) -> _PendingExchange:
        started = _PendingExchange(request, asyncio.create_task(self._run(request)))
        self._pending[request.key].append(started)
        started.task.add_done_callback(partial(self._remove_pending, started))
        return started

    def _remove_pending(self, ended: _PendingExchange, task: asyncio.Task[DownstreamToken]) -> None:
        others = self._pending[ended.request.key]
        others.remove(ended)
        if not others:
            del self._pending[ended.request.key]
        if not task.cancelled():
            task.exception()  # Retrieved, as nobody may be waiting for it any more.

    async def _run(self, request: _TokenRequest) -> DownstreamToken:
        try:
            async with deadline(TIMEOUT):
                # An exchange changes nothing, so it may be retried.
                token = await self._retry_policy.run(partial(self._attempt, request))
        except TimeoutError as error:
            raise too_slow() from error
        except ToolError as error:
            self._lacks_credential = error.reason == NO_CREDENTIAL
            raise
        self._has_succeeded = True
        self._store(request, token)
        return token

    async def _attempt(self, request: _TokenRequest) -> DownstreamToken:
        exchange = partial(
            self._exchange.exchange,
            request.assertion.token,
            tenant_id=request.assertion.tenant_id,
            scopes=request.scopes,
            claims=request.claims,
        )
        # A thread starts with an empty context; the audit record is found through the call's own.
        in_context = partial(contextvars.copy_context().run, exchange)
        return await asyncio.get_running_loop().run_in_executor(self._threads, in_context)

    def _store(self, request: _TokenRequest, token: DownstreamToken) -> None:
        cached = self._cache.get(request.key)
        # Of two concurrent exchanges the wider token stays, or the one that answers a claims challenge.
        if cached is not None and request.claims is None and token.scopes <= cached.token.scopes:
            return
        size = len(token.access_token) + ENTRY_BYTES
        ends_at = token.expires_at - EXPIRY_MARGIN
        self._cache.put(request.key, _CachedToken(token, request.claims), ends_at=ends_at, size=size)


def _token_request(
    assertion: Assertion,
    scopes: Sequence[str],
    *,
    required: Collection[str] | None = None,
    claims: str | None = None,
) -> _TokenRequest:
    # A resource's name may hold slashes of its own; a scope's does not.
    (resource,) = {scope.rpartition("/")[0] for scope in scopes}
    names = [scope.rpartition("/")[2] for scope in scopes] if required is None else required
    return _TokenRequest(
        _cache_key(assertion, resource), assertion, tuple(dict.fromkeys(scopes)), frozenset(names), claims
    )


def _cache_key(assertion: Assertion, resource: str) -> bytes:
    """Returns the hash of tenant, resource, and token (which stands for the user and the client)."""
    # Neither of the first two holds a line break, so the joined text can be taken apart in one way only.
    return hashlib.sha256("\n".join((assertion.tenant_id, resource, assertion.token)).encode()).digest()
