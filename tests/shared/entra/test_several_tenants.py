"""Users of several tenants: each tenant's issuer and keys, exchanges in the caller's tenant."""

from collections.abc import Callable

import httpx
import pytest

from shared.entra.on_behalf_of import OnBehalfOf
from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.mcp.invocation import Invocation
from shared.server import Server
from shared.settings import Settings
from shared.storage.preference_store import MemoryPreferences
from tests.shared.calls import GREET
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import AUTHORITY, ENVIRON, ISSUER, OTHER_TENANT, TENANT, USER, Issuer

THIRD_TENANT = "aaaaaaaa-0000-4000-8000-000000000003"
OTHER_ISSUER = f"{AUTHORITY}/{OTHER_TENANT}/v2.0"


class Entra:
    """Publishes the keys of two tenants, each at its own address."""

    def __init__(self) -> None:
        self.signers = {TENANT: Issuer(), OTHER_TENANT: Issuer()}
        # Entra's tenants share keys; with one for each, a mix-up cannot hide.
        self.signers[OTHER_TENANT].kid = "key-2"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        tenant_id = request.url.path.split("/")[1]
        if request.url.path.endswith("/openid-configuration"):
            keys_url = f"{AUTHORITY}/{tenant_id}/discovery/v2.0/keys"
            metadata = {"issuer": f"{AUTHORITY}/{tenant_id}/v2.0", "jwks_uri": keys_url}
            return httpx.Response(200, json=metadata)
        return httpx.Response(200, json={"keys": [self.signers[tenant_id].public_jwk()]})

    def token(self, signer: str, *, tid: str, iss: str) -> str:
        return self.signers[signer].token(tid=tid, iss=iss)


@pytest.fixture
def entra() -> Entra:
    return Entra()


@pytest.fixture
def server(entra: Entra, open_http: Callable[..., Http], on_behalf_of: OnBehalfOf) -> Server:
    settings = Settings.from_environ({**ENVIRON, "ALLOWED_TENANT_IDS": f"{TENANT}, {OTHER_TENANT}"})
    return Server(
        settings, http=open_http(entra), on_behalf_of=on_behalf_of, preferences=MemoryPreferences(), tools=[]
    )


async def sign_in(server: Server, token: str) -> Principal:
    principal, _ = await server.authenticate(Invocation({}, {"Authorization": f"Bearer {token}"}))
    return principal


async def test_each_allowed_tenant_has_its_own_issuer(server: Server, entra: Entra) -> None:
    own = await sign_in(server, entra.token(TENANT, tid=TENANT, iss=ISSUER))
    other = await sign_in(server, entra.token(OTHER_TENANT, tid=OTHER_TENANT, iss=OTHER_ISSUER))

    assert (TENANT, OTHER_TENANT) == (own.tenant_id, other.tenant_id)


@pytest.mark.parametrize(
    ("signer", "tid", "iss", "reason"),
    [
        (TENANT, TENANT, OTHER_ISSUER, "issuer"),
        (OTHER_TENANT, OTHER_TENANT, ISSUER, "issuer"),
        (TENANT, OTHER_TENANT, OTHER_ISSUER, "unknown_key"),
        (OTHER_TENANT, TENANT, ISSUER, "unknown_key"),
        (TENANT, THIRD_TENANT, f"{AUTHORITY}/{THIRD_TENANT}/v2.0", "foreign_tenant"),
        (TENANT, "common", f"{AUTHORITY}/common/v2.0", "foreign_tenant"),
    ],
)
async def test_one_tenant_cannot_speak_for_another(
    server: Server, entra: Entra, signer: str, tid: str, iss: str, reason: str
) -> None:
    with pytest.raises(ToolError) as raised:
        await sign_in(server, entra.token(signer, tid=tid, iss=iss))

    assert ("sign_in_required", reason) == (raised.value.code, raised.value.reason)


async def test_exchanges_are_made_and_kept_in_the_callers_tenant(
    server: Server, entra: Entra, on_behalf_of: OnBehalfOf, exchange: CountedExchange
) -> None:
    """The object id is the same in both: only the tenant tells these two apart."""
    used = []
    for _ in range(2):
        for tenant_id, issuer in ((TENANT, ISSUER), (OTHER_TENANT, OTHER_ISSUER)):
            token = entra.token(tenant_id, tid=tenant_id, iss=issuer)
            principal = await sign_in(server, token)
            assert USER == principal.object_id
            used.append((token, tenant_id))
            await server.caller(principal, token, GREET).consents.granted("graph", ["User.Read"])

    assert {(token, tenant_id) for token, tenant_id, _, _ in exchange.asked} == set(used)


async def test_a_consent_link_leads_to_the_callers_tenant(server: Server, entra: Entra) -> None:
    token = entra.token(OTHER_TENANT, tid=OTHER_TENANT, iss=OTHER_ISSUER)
    caller = server.caller(await sign_in(server, token), token, GREET)

    assert caller.consents.url("graph", ["Mail.Read"]).startswith(
        f"{AUTHORITY}/{OTHER_TENANT}/v2.0/adminconsent?"
    )


async def test_a_cursor_of_one_tenant_is_worth_nothing_in_another(server: Server, entra: Entra) -> None:
    callers = []
    for tenant_id, issuer in ((TENANT, ISSUER), (OTHER_TENANT, OTHER_ISSUER)):
        token = entra.token(tenant_id, tid=tenant_id, iss=issuer)
        callers.append(server.caller(await sign_in(server, token), token, GREET))
    own, other = (caller.graph.cursors for caller in callers)
    cursor = own.seal("list", {"skip": 1})

    assert {"skip": 1} == own.open("list", cursor)
    with pytest.raises(ToolError) as raised:
        other.open("list", cursor)
    assert "invalid_argument" == raised.value.code
