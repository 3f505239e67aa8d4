"""No token, and nothing of one, in any log, record or result."""

from itertools import chain

import httpx

from local import tenant as local_tenant
from local.mcp_client import connected
from local.organisation import organisation
from local.serving import SERVICES
from local.tenant import Tenant
from tests.journeys.steps import call_with, control, fail, issue
from tests.journeys.token_text import token_in


def test_a_token_is_told_from_random_text() -> None:
    assert None is token_in("code eyJXGJLfYKqgrTm9ejvw")
    assert "eyJhbGciOiJS" == token_in('{"access_token": "eyJhbGciOiJS"}')
    assert "eyJ0eXAiOiJKV1Qi" == token_in("eyJ0eXAiOiJKV1Qi.x")


async def test_no_log_record_or_result_holds_token_material(tenant: Tenant, http: httpx.AsyncClient):
    layout = tenant.layout
    results: list[str] = []
    tokens: list[str] = []
    for alias in ("ana", "eva", "dmitri", "farid"):
        async with connected(layout, organisation().user(alias)) as (client, journey):
            for tool in ("graph_get_profile", "devops_get_profile", "get_user_context"):
                result = await client.call_tool(tool, {})
                results.append(result.model_dump_json())
            assert journey.tokens is not None
            tokens.append(journey.tokens.access_token)
    for changes in ({"scp": None}, {"aud": "api://somebody-else"}, {"exp": 1_700_000_000}):
        token = issue(layout, "ana", **changes)
        tokens.append(token)
        results.append((await call_with(http, layout, token)).text)
    fail(
        layout,
        "entra",
        {"path": "*/token", "times": 1, "status": 200, "body": '{"access_token": "eyJhbGciOi'},
    )
    results.append((await call_with(http, layout, issue(layout, "chiara"))).text)
    fail(layout, "entra")

    logs = {service: tenant.log(service) for service in SERVICES}
    records = [str(local_tenant.journal(layout, service)) for service in SERVICES]
    observed = [str(control(layout, service, "GET", "observations")) for service in SERVICES]
    secrets = [layout.secret("client_secret"), layout.secret("identity_header")]

    assert "shared.mcp.dispatch" in logs["host"]
    assert "'claims': {'" in observed[SERVICES.index("entra")]
    for text in chain(logs.values(), records, observed, results):
        assert token_in(text) is None
        assert not any(part in text for token in tokens for part in token.split("."))
        assert not any(secret in text for secret in secrets)
