"""What the app behind is told about the caller."""

import base64
import json

import pytest

OBJECT_ID = "7d4f1b90-3c2e-4a5d-9b8f-0a1c2e3d4f51"


async def seen(client, headers):
    response = await client.get("/x", headers=headers)
    return response.json()


async def principal(client, headers):
    return json.loads(base64.b64decode(dict(await seen(client, headers))["x-ms-client-principal"]))


async def test_the_caller_is_named_in_headers(client, bearer):
    headers = dict(await seen(client, bearer()))

    assert (OBJECT_ID, "ana.duarte@larkspur.example", "aad") == tuple(
        headers[f"x-ms-client-principal-{part}"] for part in ("id", "name", "idp")
    )


async def test_the_token_itself_is_passed_on_unchanged(client, bearer):
    sent = bearer()

    assert sent["Authorization"] == dict(await seen(client, sent))["authorization"]


async def test_claims_have_the_names_dotnet_gives_them(client, bearer, issuer):
    microsoft, xmlsoap = (
        "http://schemas.microsoft.com/identity/claims",
        "http://schemas.xmlsoap.org/ws/2005/05",
    )

    decoded = await principal(client, bearer())

    assert ["aad", f"{xmlsoap}/identity/claims/emailaddress"] == [decoded["auth_typ"], decoded["name_typ"]]
    claims = {claim["typ"]: claim["val"] for claim in decoded["claims"]}
    assert OBJECT_ID == claims[f"{microsoft}/objectidentifier"]
    assert issuer.claims()["tid"] == claims[f"{microsoft}/tenantid"]
    assert "access_as_user" == claims[f"{microsoft}/scope"]
    assert "pairwise" == claims[f"{xmlsoap}/identity/claims/nameidentifier"]
    assert {"aud", "iss", "iat", "nbf", "exp", "azp", "preferred_username", "ver"} < claims.keys()
    assert not {"oid", "tid", "scp", "sub"} & claims.keys()


async def test_values_are_text_and_lists_are_repeated(client, bearer):
    decoded = await principal(client, bearer(roles=["A", "B"], email_verified=True, address={"c": 1}))

    texts = [(claim["typ"], claim["val"]) for claim in decoded["claims"]]
    assert {("roles", "A"), ("roles", "B"), ("email_verified", "true"), ("address", '{"c": 1}')} <= set(texts)
    assert all(isinstance(value, str) for _, value in texts)


async def test_nobody_can_pretend_to_be_the_platform(client, bearer):
    forged = [
        "X-MS-CLIENT-PRINCIPAL",
        "X-MS-CLIENT-PRINCIPAL-ID",
        "x-ms-client-principal-x",
        "X-Ms-Token-Aad-Id-Token",
    ]

    headers = await seen(client, {**bearer(), **dict.fromkeys(forged, "forged")})

    assert "forged" not in [value for _, value in headers]
    assert 1 == [name for name, _ in headers].count("x-ms-client-principal-id")


async def test_an_app_only_token_has_no_name(client, bearer):
    headers = dict(await seen(client, bearer(preferred_username=None, scp=None, roles=["Tools.Write"])))

    assert "x-ms-client-principal-name" not in headers
    assert OBJECT_ID == headers["x-ms-client-principal-id"]


@pytest.mark.parametrize(("name", "header"), [("a\r\nX-Evil: 1", "aX-Evil: 1"), ("José", "José")])
async def test_a_name_cannot_add_headers(client, bearer, name, header):
    headers = await seen(client, bearer(preferred_username=name))

    assert header == dict(headers)["x-ms-client-principal-name"]
    assert "x-evil" not in dict(headers)
