"""Applications, service principals and consents, as Graph tells them of what Entra goes by."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from local.graph import apps
from local.graph.directory import DirectorySource
from local.layout import Layout
from tests.local.graph.conftest import code, make_token, published_keys

APP = "11111111-1111-4111-8111-111111111111"
OBJECTS: dict[str, list[dict[str, Any]]] = {
    "applications": [{"id": "app-1", "appId": APP, "displayName": "One", "identifierUris": ["api://one"]}],
    "servicePrincipals": [
        {"id": "sp-1", "appId": APP, "displayName": "One"},
        {"id": "sp-2", "appId": "another", "displayName": "Two"},
    ],
    "federatedIdentityCredentials": [
        {"applicationId": "app-1", "id": "fic-1", "name": "identity", "audiences": ["api://x"]},
        {"applicationId": "app-2", "id": "fic-2", "name": "another's", "audiences": []},
    ],
    "oauth2PermissionGrants": [
        {"id": "grant-1", "clientId": "sp-1", "consentType": "AllPrincipals", "scope": "User.Read"},
        {"id": "grant-2", "clientId": "sp-2", "consentType": "Principal", "scope": "Mail.Read"},
    ],
}


async def objects() -> dict[str, list[dict[str, Any]]]:
    return OBJECTS


def client(layout: Layout, scopes: str, source: DirectorySource = objects) -> httpx.AsyncClient:
    app = apps(layout, published_keys, fetch_directory=source)[layout.graph]
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url=f"{layout.graph}/v1.0",
        headers={"Authorization": f"Bearer {make_token('ana', scopes)}"},
    )


@pytest.fixture(scope="module")
async def reader(graph_layout: Layout) -> AsyncIterator[httpx.AsyncClient]:
    async with client(graph_layout, "Directory.Read.All") as http:
        yield http


@pytest.mark.parametrize("path", ["/applications/app-1", f"/applications(appId='{APP}')"])
async def test_an_application_is_read_by_either_of_its_ids(reader: httpx.AsyncClient, path: str):
    response = await reader.get(path)

    assert {**OBJECTS["applications"][0]}.items() <= response.json().items()
    assert response.json()["@odata.context"].endswith("/v1.0/$metadata#applications/$entity")


async def test_only_what_is_selected_is_told(reader: httpx.AsyncClient):
    response = await reader.get(f"/servicePrincipals(appId='{APP}')?$select=id")

    assert "sp-1" == response.json()["id"]
    assert "displayName" not in response.json()


@pytest.mark.parametrize(
    "path", ["/applications/none", "/applications(appId='none')", "/servicePrincipals/none"]
)
async def test_what_is_not_there_is_not_found(reader: httpx.AsyncClient, path: str):
    response = await reader.get(path)

    assert (404, "Request_ResourceNotFound") == code(response)


@pytest.mark.parametrize("owner", ["/applications/app-1", f"/applications(appId='{APP}')"])
async def test_an_application_has_its_own_federated_credentials(reader: httpx.AsyncClient, owner: str):
    response = await reader.get(f"{owner}/federatedIdentityCredentials")

    assert [{"id": "fic-1", "name": "identity", "audiences": ["api://x"]}] == response.json()["value"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/oauth2PermissionGrants?$filter=clientId eq 'sp-1'", ["grant-1"]),
        ("/oauth2PermissionGrants", ["grant-1", "grant-2"]),
        ("/servicePrincipals?$filter=displayName eq 'Two'", ["sp-2"]),
        ("/applications", ["app-1"]),
    ],
)
async def test_lists_are_filtered(reader: httpx.AsyncClient, path: str, found: list[str]):
    response = await reader.get(path)

    assert found == [each["id"] for each in response.json()["value"]]


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("User.Read", "/applications", 403),
        ("User.Read", "/oauth2PermissionGrants", 403),
        ("Application.Read.All", "/applications", 200),
        ("Application.Read.All", "/oauth2PermissionGrants", 403),
        ("DelegatedPermissionGrant.Read.All", "/oauth2PermissionGrants", 200),
        ("DelegatedPermissionGrant.Read.All", "/servicePrincipals", 403),
    ],
)
async def test_reading_the_directory_takes_its_permission(
    graph_layout: Layout, scope: str, path: str, status: int
):
    async with client(graph_layout, scope) as http:
        response = await http.get(path)

    assert status == response.status_code
    if status == 403:
        assert "Authorization_RequestDenied" == response.json()["error"]["code"]
