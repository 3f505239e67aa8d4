"""Who the user is, merged from two services of which either may fail."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from shared.caller import Caller
from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.server import Server
from shared.tools.profile import devops_get_profile, get_user_context, graph_get_profile, toolset
from tests.shared.issuer import CLIENT, TENANT, USER

(CONTEXT,) = [tool for tool in toolset if tool.name == "get_user_context"]
ORGANIZATION = "99999999-0000-4000-8000-000000000001"
GRAPH_ME = {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
    "id": USER,
    "displayName": "Ana Example",
    "mail": "ana@example.com",
    "userPrincipalName": "ana@contoso.example",
    "jobTitle": "Engineer",
    "department": "Research",
    "officeLocation": None,
}
DEVOPS_ME = {
    "displayName": "ana (devops)",
    "publicAlias": "88888888-0000-4000-8000-000000000001",
    "emailAddress": "ana@devops.example",
    "coreRevision": 1,
    "id": "88888888-0000-4000-8000-000000000001",
}
ACCOUNTS = {
    "count": 1,
    "value": [{"accountId": ORGANIZATION, "accountUri": "https://x", "accountName": "contoso"}],
}


class Services:
    """Graph and the profile host of Azure DevOps, with one user; either may be told to fail."""

    def __init__(self) -> None:
        self.graph: dict[str, Any] = GRAPH_ME
        self.graph_status = 200
        self.devops_status = 200
        self.accounts_status = 200
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        match request.url.host, request.url.path:
            case "graph.microsoft.com", "/v1.0/me":
                return httpx.Response(self.graph_status, json=self.graph)
            case "app.vssps.visualstudio.com", "/_apis/profile/profiles/me":
                return httpx.Response(self.devops_status, json=DEVOPS_ME)
            case "app.vssps.visualstudio.com", "/_apis/accounts":
                return httpx.Response(self.accounts_status, json=ACCOUNTS)
            case _:
                return httpx.Response(404, json={})


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def calling(services: Services, open_server: Callable[..., Server]) -> Callable[..., Caller]:
    """The caller of a call by a user."""
    server = open_server(services)
    none: frozenset[str] = frozenset()

    def caller(user: str = USER, tenant: str = TENANT) -> Caller:
        principal = Principal(user, tenant, CLIENT, frozenset({"access_as_user"}), none, none, 0, {})
        return server.caller(principal, f"token-of-{user}", CONTEXT)

    return caller


@pytest.fixture
def caller(calling: Callable[..., Caller]) -> Caller:
    return calling()


async def test_the_graph_profile_asks_for_what_it_shows(caller: Caller, services: Services) -> None:
    profile = await graph_get_profile(caller)

    assert (USER, "Ana Example", None) == (profile.id, profile.display_name, profile.office_location)
    (request,) = services.requests
    assert (
        "id,displayName,mail,userPrincipalName,jobTitle,department,officeLocation"
        == (request.url.params["$select"])
    )
    assert ["$select"] == [*request.url.params]


async def test_the_devops_profile_lists_the_organizations_of_its_own_id(
    caller: Caller, services: Services
) -> None:
    profile = await devops_get_profile(caller)

    assert {
        "id": DEVOPS_ME["id"],
        "display_name": "ana (devops)",
        "email_address": "ana@devops.example",
        "organizations": [{"name": "contoso", "id": ORGANIZATION}],
    } == profile.model_dump()
    assert [{"api-version": "7.1"}, {"api-version": "7.1", "memberId": DEVOPS_ME["id"]}] == [
        dict(request.url.params) for request in services.requests
    ]
    assert {"Suppress"} == {request.headers["x-tfs-fedauthredirect"] for request in services.requests}


async def test_each_service_sees_a_token_of_its_own(caller: Caller, services: Services) -> None:
    await get_user_context(caller)

    tokens = {request.url.host: request.headers["authorization"] for request in services.requests}
    assert 2 == len(set(tokens.values()))
    assert "token-of-" not in str(tokens)


async def test_both_sides_are_merged_and_the_directory_goes_first(caller: Caller) -> None:
    context = await get_user_context(caller)

    assert {
        "display_name": "Ana Example",
        "email": "ana@example.com",
        "user_principal_name": "ana@contoso.example",
        "job_title": "Engineer",
        "department": "Research",
        "office_location": None,
        "devops_id": DEVOPS_ME["id"],
        "organizations": [{"name": "contoso", "id": ORGANIZATION}],
        "tenant_id": TENANT,
        "object_id": USER,
        "complete": True,
        "gaps": [],
    } == context.model_dump()


async def test_an_address_the_directory_lacks_comes_from_azure_devops(
    caller: Caller, services: Services
) -> None:
    services.graph = {**GRAPH_ME, "mail": None}

    assert "ana@devops.example" == (await get_user_context(caller)).email


async def test_without_graph_the_rest_is_there_and_the_gap_has_a_name(
    caller: Caller, services: Services
) -> None:
    services.graph_status = 503

    context = await get_user_context(caller)

    assert (False, "ana (devops)", "ana@devops.example") == (
        context.complete,
        context.display_name,
        context.email,
    )
    assert context.job_title is None
    assert [("Microsoft 365", "unavailable")] == [(gap.source, gap.code) for gap in context.gaps]


async def test_without_azure_devops_the_rest_is_there_and_the_gap_has_a_name(
    caller: Caller, services: Services
) -> None:
    services.devops_status = 403

    context = await get_user_context(caller)

    assert (False, "Ana Example", None, []) == (
        context.complete,
        context.display_name,
        context.devops_id,
        context.organizations,
    )
    assert [("Azure DevOps", "forbidden")] == [(gap.source, gap.code) for gap in context.gaps]
    assert context.gaps[0].remedy


async def test_without_either_the_call_fails_and_says_both(caller: Caller, services: Services) -> None:
    services.graph_status, services.devops_status = 503, 403

    with pytest.raises(ToolError) as raised:
        await get_user_context(caller)

    assert "unavailable" == raised.value.code
    assert "Microsoft Graph is not available." in raised.value.message
    assert "Azure DevOps denied the request." in raised.value.message


async def test_a_profile_in_another_shape_is_a_gap_too(caller: Caller, services: Services) -> None:
    services.graph = {"id": USER}

    (gap,) = (await get_user_context(caller)).gaps

    assert ("Microsoft 365", "upstream_error") == (gap.source, gap.code)
    assert "(displayName, userPrincipalName)" in gap.message


def paths(services: Services) -> list[str]:
    found = sorted(request.url.path for request in services.requests)
    services.requests.clear()
    return found


PROFILE, ACCOUNTS_PATH, ME = "/_apis/profile/profiles/me", "/_apis/accounts", "/v1.0/me"


async def test_who_the_caller_is_to_azure_devops_is_asked_once_and_what_they_belong_to_each_time(
    calling: Callable[..., Caller], services: Services
) -> None:
    first = await get_user_context(calling())
    asked = paths(services)
    again = await get_user_context(calling())

    assert [ACCOUNTS_PATH, PROFILE, ME] == asked
    assert [ACCOUNTS_PATH, ME] == paths(services)
    assert first == again


@pytest.mark.parametrize("other", [{"user": "another"}, {"tenant": "another"}])
async def test_what_is_kept_of_one_caller_is_never_anothers(
    other: dict[str, str], calling: Callable[..., Caller], services: Services
) -> None:
    await get_user_context(calling())
    paths(services)
    await get_user_context(calling(**other))

    assert PROFILE in paths(services)


async def test_their_own_profile_is_read_anew_where_it_is_what_they_ask_for(
    calling: Callable[..., Caller], services: Services
) -> None:
    await get_user_context(calling())
    paths(services)
    await devops_get_profile(calling())

    assert [ACCOUNTS_PATH, PROFILE] == paths(services)


async def test_what_led_to_a_failure_is_not_kept(calling: Callable[..., Caller], services: Services) -> None:
    await get_user_context(calling())
    services.accounts_status = 404
    failed = await get_user_context(calling())
    services.accounts_status = 200
    paths(services)
    await get_user_context(calling())

    assert ["Azure DevOps"] == [gap.source for gap in failed.gaps]
    assert PROFILE in paths(services)
