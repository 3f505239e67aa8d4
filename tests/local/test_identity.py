from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields

import httpx
import jwt
import pytest

from local import certificates, entra, identity
from local.control import Control
from local.layout import Layout
from local.organisation import organisation

IDENTITY = organisation().document["managed_identity"]
UNKNOWN = "No User Assigned or Delegated Managed Identity found"
RESOURCE = "api://AzureADTokenExchange"


@pytest.fixture(scope="module")
def layout(tmp_path_factory) -> Layout:
    names = [field.name for field in fields(Layout) if field.name not in ("folder", "entra")]
    urls = {name: f"http://localhost:{8000 + index}" for index, name in enumerate(names)}
    layout = Layout(folder=tmp_path_factory.mktemp("identity"), entra="https://localhost:8443", **urls)
    certificates.prepare(layout)
    return layout


@pytest.fixture(scope="module")
def entra_app(layout):
    return entra.listeners(layout)[layout.entra]


@pytest.fixture
def control() -> Control:
    return Control()


@pytest.fixture
async def endpoint(layout, entra_app, control) -> AsyncIterator[httpx.AsyncClient]:
    to_entra = httpx.AsyncClient(transport=httpx.ASGITransport(entra_app), base_url=layout.entra)
    app = control.wrap(identity.application(layout, control, to_entra))
    async with (
        to_entra,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=layout.identity) as http,
    ):
        yield http


async def ask(endpoint: httpx.AsyncClient, secret: str | None, **changes: str | None) -> httpx.Response:
    usual = {"api-version": "2019-08-01", "resource": RESOURCE, "client_id": IDENTITY["client_id"]}
    parameters = {name: value for name, value in {**usual, **changes}.items() if value is not None}
    headers = {"X-IDENTITY-HEADER": secret} if secret is not None else {}
    return await endpoint.get("/msi/token", params=parameters, headers=headers)


def test_the_service_listens_on_its_address(layout):
    assert [layout.identity] == list(identity.listeners(layout))


@pytest.mark.parametrize(
    "name",
    [
        {},
        {"client_id": None, "principal_id": IDENTITY["principal_id"]},
        {"object_id": IDENTITY["principal_id"]},
    ],
)
async def test_the_identity_gets_a_token_of_a_day(endpoint, layout, control, name):
    response = await ask(endpoint, layout.secret("identity_header"), **name)

    body = response.json()
    token = body.pop("access_token")
    lifetime = int(body.pop("expires_on")) - control.journal[-1]["time"]
    assert {"resource": RESOURCE, "token_type": "Bearer", "client_id": IDENTITY["client_id"]} == body
    assert 24 * 3600 == pytest.approx(lifetime, abs=30)
    assert "token_issued" == control.journal[-1]["event"]
    assert token not in str(control.journal)


async def test_a_token_for_azure_storage_is_of_version_1_and_about_the_identity(endpoint, layout):
    resource = "https://storage.azure.com"

    body = (await ask(endpoint, layout.secret("identity_header"), resource=resource)).json()
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})

    assert resource == body["resource"]
    assert {
        "aud": resource,
        "iss": f"https://sts.windows.net/{organisation().tenant_id}/",
        "appid": IDENTITY["client_id"],
        "appidacr": "2",
        "idtyp": "app",
        "oid": IDENTITY["principal_id"],
        "sub": IDENTITY["principal_id"],
        "tid": organisation().tenant_id,
        "ver": "1.0",
    } == {name: value for name, value in claims.items() if name not in ("iat", "nbf", "exp", "uti")}


async def test_the_expiry_is_text(endpoint, layout):
    body = (await ask(endpoint, layout.secret("identity_header"))).json()

    assert isinstance(body["expires_on"], str)


@pytest.mark.parametrize(
    ("changes", "status", "part"),
    [
        ({"api-version": None}, 400, "api-version"),
        ({"api-version": "2017-09-01"}, 400, "api-version"),
        ({"resource": None}, 400, "'resource' is missing"),
        ({"resource": "https://vault.azure.net"}, 400, "AADSTS500011"),
        ({"client_id": None}, 400, UNKNOWN),
        (
            {"client_id": organisation().server_client_id},
            400,
            UNKNOWN,
        ),
        ({"object_id": IDENTITY["client_id"]}, 400, UNKNOWN),
    ],
)
async def test_a_wrong_request_is_refused_as_app_service_does(endpoint, layout, changes, status, part):
    response = await ask(endpoint, layout.secret("identity_header"), **changes)

    body = response.json()
    assert {"statusCode", "message", "correlationId"} == set(body)
    assert (status, status) == (response.status_code, body["statusCode"])
    assert part in body["message"]


@pytest.mark.parametrize("secret", [None, "", "wrong", "wröng".encode()])
async def test_without_the_environments_secret_there_is_no_token(endpoint, secret):
    response = await ask(endpoint, secret)

    assert (401, 401) == (response.status_code, response.json()["statusCode"])


async def test_an_unreachable_entra_is_a_server_error(layout, control):
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url=layout.entra) as to_entra:
        app = identity.application(layout, control, to_entra)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=layout.identity) as http:
            response = await ask(http, layout.secret("identity_header"))

    assert (500, "Entra gave no token: ConnectError.") == (response.status_code, response.json()["message"])
