"""Whatever callers do at the same time: nobody is ever served another's token, page or result.

Callers of two tenants, who have their object ids in common and several clients each, call two
resources with changing scopes, alone and at once, stop waiting, sign in anew, read on with their own
cursors and with stolen ones, while consents come and go, exchanges fail, tokens end, and the resources
revoke them. Validator, exchange cache, API client and cursors are the real ones; a resource answers with
the name of whose token it was shown. A call fails only for a reason of its own.
"""

import asyncio
import base64
import itertools
import threading
import time
from collections.abc import Awaitable, Sequence
from functools import cache
from typing import NamedTuple

import httpx
import jwt
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared.apis.graph.graph_client import Graph
from shared.apis.models import GraphModel
from shared.entra.access_token import AccessTokenValidator, principal_of
from shared.entra.delegated_access import DelegatedAccess
from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.entra.principal import Principal
from shared.entra.signing_keys import SigningKeys
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.policy.groups import Groups
from shared.results.paging import Cursors, Page
from shared.settings import Settings
from tests.shared.clock import Clock
from tests.shared.issuer import (
    AUTHORITY,
    CLIENT,
    ENVIRON,
    OTHER_CLIENT,
    OTHER_TENANT,
    TENANT,
    USER,
    Issuer,
)

OTHER_USER = "dddddddd-0000-4000-8000-000000000002"
RESOURCES = ("https://graph.microsoft.com", "https://dod-graph.microsoft.us")
SCOPES = ("Mail.Read", "Files.Read", "Calendars.Read")
CHALLENGE = base64.b64encode(b'{"access_token":{"nbf":{"essential":true,"value":"1"}}}').decode()
SETTINGS = Settings.from_environ(
    {
        **ENVIRON,
        "ALLOWED_CLIENT_IDS": f"{CLIENT},{OTHER_CLIENT}",
        "ALLOWED_TENANT_IDS": f"{TENANT},{OTHER_TENANT}",
        # Time passes here for the caches; what is too old is another test's.
        "MAX_TOKEN_AGE_HOURS": "720",
    }
)
SIGNER = Issuer()


class Who(NamedTuple):
    """A user of a tenant in a client, and how often they have signed in there."""

    tenant_id: str
    object_id: str
    client_id: str
    sign_in: int


EVERYBODY = [
    Who(*each)
    for each in itertools.product((TENANT, OTHER_TENANT), (USER, OTHER_USER), (CLIENT, OTHER_CLIENT), (1, 2))
]
anybody = st.sampled_from(EVERYBODY)


class What(NamedTuple):
    """What a call wants: scopes of a resource."""

    resource: str
    scopes: frozenset[str]


anything = st.builds(
    What, st.sampled_from(RESOURCES), st.frozensets(st.sampled_from(SCOPES), min_size=1, max_size=3)
)


class Issued(NamedTuple):
    """A token for a resource: whose it is, what it carries, and when it ends."""

    owner: str
    resource: str
    scopes: frozenset[str]
    ends_at: float


class Item(GraphModel):
    """What a resource lists: whose it is, and by which token it was read."""

    id: str
    token: str


@cache
def access_token(who: Who) -> str:
    return SIGNER.token(
        tid=who.tenant_id,
        oid=who.object_id,
        azp=who.client_id,
        iss=f"{AUTHORITY}/{who.tenant_id}/v2.0",
        uti=f"sign-in-{who.sign_in}",
        iat=int(time.time()) - 60 * who.sign_in,
        _claim_names={"groups": "src1"},
    )


def owner(assertion: str) -> str:
    """Whose a token is that was exchanged for this one."""
    claims = jwt.decode(assertion, options={"verify_signature": False})
    return " ".join([claims["tid"], claims["oid"], claims["azp"], claims["uti"]])


class Tenants:
    """Entra's exchange and keys, and the resources: they know whose each token is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.issued: dict[str, Issued] = {}
        self.consents = {(access_token(who), each): {SCOPES[0]} for who in EVERYBODY for each in RESOURCES}
        self.failing: set[str] = set()
        self.refused: set[str] = set()
        self.revoked: set[str] = set()
        self.misused: list[str] = []

    def exchange(
        self, assertion: str, *, tenant_id: str, scopes: Sequence[str], claims: str | None = None
    ) -> DownstreamToken:
        (resource,) = {scope.rpartition("/")[0] for scope in scopes}
        names = frozenset(scope.rpartition("/")[2] for scope in scopes)
        whose = owner(assertion)
        with self._lock:
            if not whose.startswith(f"{tenant_id} "):
                self.misused.append(f"exchanged in {tenant_id} for {whose}")
            if assertion in self.failing:
                self.refused.add(assertion)
                raise ToolError("sign_in_required", "Entra refuses.", "Sign in again.")
            # A token carries all that has been consented to, and is refused for want of what is asked.
            carried = frozenset(self.consents[assertion, resource])
            if not names <= carried:
                raise ToolError("consent_required", "Consent is missing.", "Grant it.")
            token, ends_at = f"downstream-{len(self.issued)}", self._clock() + 3600
            self.issued[token] = Issued(whose, resource, carried, ends_at)
        return DownstreamToken(token, carried, ends_at)

    def close(self) -> None:
        """Hold nothing."""

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        resource = f"https://{request.url.host}"
        if resource not in RESOURCES:
            return self._published(request)
        # Others get their turn between a request and its answer.
        await asyncio.sleep(0)
        token = request.headers["authorization"].removeprefix("Bearer ")
        issued = self.issued[token]
        if issued.resource != resource:
            self.misused.append(f"a token for {issued.resource} at {resource}")
        if self._clock() >= issued.ends_at:
            self.misused.append(f"an ended token of {issued.owner}")
        if token in self.revoked:
            challenge = f'Bearer error="insufficient_claims", claims="{CHALLENGE}"'
            return httpx.Response(401, headers={"WWW-Authenticate": challenge})
        link = {"@odata.nextLink": f"{resource}/v1.0/me/messages?$skiptoken={token}"}
        return httpx.Response(200, json={"value": [{"id": issued.owner, "token": token}], **link})

    def _published(self, request: httpx.Request) -> httpx.Response:
        base = f"{AUTHORITY}/{request.url.path.split('/')[1]}"
        if request.url.path.endswith("/openid-configuration"):
            metadata = {"issuer": f"{base}/v2.0", "jwks_uri": f"{base}/discovery/v2.0/keys"}
            return httpx.Response(200, json=metadata)
        return httpx.Response(200, json={"keys": [SIGNER.public_jwk()]})


class Callers(RuleBasedStateMachine):
    """What happens, in any order."""

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = Clock()
        self.tenants = Tenants(self.clock)
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self.tenants))
        self.http = Http(lambda: self.client)
        keys = {each: SigningKeys(self.http, f"{AUTHORITY}/{each}/v2.0") for each in SETTINGS.tenants}
        self.validator = AccessTokenValidator(SETTINGS, keys, clock=self.clock)
        self.on_behalf_of = OnBehalfOf(self.tenants, clock=self.clock)
        self.groups = Groups(self._whose, clock=self.clock)
        self.cursors: list[tuple[Who, str, str]] = []

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            # Exchanges nobody waits for any more come to their end.
            for task in asyncio.all_tasks(self.loop):
                self.loop.run_until_complete(asyncio.wait([task], timeout=30))
            self.on_behalf_of.close()
            self.loop.run_until_complete(self.client.aclose())
            self.loop.close()

    @invariant()
    def no_token_is_used_for_anything_else(self) -> None:
        if hasattr(self, "tenants"):
            assert [] == self.tenants.misused

    @rule(calls=st.lists(st.tuples(anybody, anything, st.booleans()), min_size=1, max_size=8))
    def call_at_once(self, calls: list[tuple[Who, What, bool]]) -> None:
        """Each reads a list; some stop waiting."""

        async def all_of_them() -> None:
            tasks = [asyncio.create_task(self._read(who, what)) for who, what, _ in calls]
            await asyncio.sleep(0)
            for task, (_, _, stops) in zip(tasks, calls, strict=True):
                if stops and len(tasks) > 1:
                    task.cancel()
            await asyncio.wait(tasks, timeout=30)
            for task, (who, what, _) in zip(tasks, calls, strict=True):
                assert task.done()
                if not task.cancelled():
                    await self._check(who, what, task)

        self.loop.run_until_complete(all_of_them())

    @rule(what=anything, number=st.integers(0, 1000))
    def read_on(self, what: What, number: int) -> None:
        """With a cursor of their own; everybody else tries it too."""
        if not self.cursors:
            return
        whose, resource, cursor = self.cursors[number % len(self.cursors)]
        what = What(resource, what.scopes)
        for who in EVERYBODY:
            reading = self._read(who, what, cursor)
            if who[:2] == whose[:2]:
                self.loop.run_until_complete(self._check(who, what, reading))
                continue
            try:
                self.loop.run_until_complete(reading)
            except ToolError as error:
                assert error.code == "invalid_argument"
            else:
                raise AssertionError("a stolen cursor was taken")

    @rule(who=anybody, other=anybody)
    def mix_tokens(self, who: Who, other: Who) -> None:
        """A token with the claims of one and the signature of another is nobody's."""
        claims, signature = access_token(who).rpartition(".")[0], access_token(other).rpartition(".")[2]
        try:
            principal = self.loop.run_until_complete(self.validator.validate(f"{claims}.{signature}"))
        except ToolError as error:
            assert (error.code, error.reason) == ("sign_in_required", "signature")
        else:
            assert who == other
            assert principal.object_id == who.object_id

    @rule(who=anybody, fails=st.booleans())
    def entra_refuses(self, who: Who, fails: bool) -> None:
        change = self.tenants.failing.add if fails else self.tenants.failing.discard
        change(access_token(who))

    @rule(who=anybody, what=anything, is_given=st.booleans())
    def consent_changes(self, who: Who, what: What, is_given: bool) -> None:
        consented = self.tenants.consents[access_token(who), what.resource]
        (consented.update if is_given else consented.difference_update)(what.scopes)

    @rule()
    def all_there_is_is_revoked(self) -> None:
        self.tenants.revoked.update(self.tenants.issued)

    @rule(seconds=st.sampled_from([1, 299, 301, 3299, 3301, 3599, 3650]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(asked=st.lists(anybody, min_size=1, max_size=5))
    def groups_are_asked_for(self, asked: list[Who]) -> None:
        async def all_of_them() -> None:
            found = await asyncio.gather(
                *(self.groups.of(self._principal(who), self._assertion(who)) for who in asked)
            )

            assert [frozenset({f"{who.tenant_id} {who.object_id}"}) for who in asked] == found

        self.loop.run_until_complete(all_of_them())

    async def _whose(self, principal: Principal, assertion: Assertion) -> frozenset[str]:
        await asyncio.sleep(0)
        return frozenset({" ".join(owner(assertion.token).split()[:2])})

    def _principal(self, who: Who) -> Principal:
        return principal_of(jwt.decode(access_token(who), options={"verify_signature": False}))

    def _assertion(self, who: Who) -> Assertion:
        return Assertion(access_token(who), who.tenant_id)

    async def _read(self, who: Who, what: What, cursor: str | None = None) -> Page[Item]:
        """What the server does for a call of a tool with these scopes."""
        token = access_token(who)
        principal = await self.validator.validate(token)
        assert who[:3] == (principal.tenant_id, principal.object_id, principal.client_id)
        assert principal.claim("uti") == f"sign-in-{who.sign_in}"
        access = DelegatedAccess(
            self.on_behalf_of,
            Assertion(token, principal.tenant_id),
            resource=what.resource,
            scopes=sorted(what.scopes),
            settings=SETTINGS,
        )
        cursors = Cursors.of(b"key", tenant_id=principal.tenant_id, object_id=principal.object_id)
        graph = Graph(self.http, access, endpoint=what.resource, cursors=cursors)
        return await graph.page(Item, "/me/messages", limit=1, cursor=cursor)

    async def _check(self, who: Who, what: What, reading: Awaitable[Page[Item]]) -> None:
        """The page is the caller's own, read by a token that carries the scopes, or the call had to fail."""
        token = access_token(who)
        try:
            page = await reading
        except ToolError as error:
            if error.code == "consent_required":
                assert not what.scopes <= self.tenants.consents[token, what.resource]
            else:
                assert (error.code, True) == ("sign_in_required", token in self.tenants.refused)
            return
        assert [owner(token)] == [item.id for item in page.items]
        assert all(what.scopes <= self.tenants.issued[item.token].scopes for item in page.items)
        assert page.next_cursor is not None
        self.cursors.append((who, what.resource, page.next_cursor))


TestCallers = Callers.TestCase
TestCallers.settings = settings(
    derandomize=True,
    database=None,
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
