from __future__ import annotations

import time
import uuid

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from local.entra.credentials import ASSERTION_TYPE, TOKEN_EXCHANGE_AUDIENCE
from local.entra.keys import base64url
from local.organisation import organisation
from tests.local.entra.entra_client import Entra, claims, refusal

SERVER = organisation().server_client_id
PRINCIPAL = organisation().document["managed_identity"]["principal_id"]


def thumbprint(entra: Entra, digest: hashes.HashAlgorithm) -> str:
    certificate = x509.load_pem_x509_certificate(entra.layout.app_certificate.read_bytes())
    return base64url(certificate.fingerprint(digest))


def by_certificate(entra: Entra, *, algorithm="RS256", header=None, key=None, **changes) -> str:
    usual = {
        "aud": f"{entra.layout.entra}/{entra.tenant}/oauth2/v2.0/token",
        "iss": SERVER,
        "sub": SERVER,
        "jti": str(uuid.uuid4()),
        "nbf": int(time.time()),
        "exp": int(time.time()) + 600,
    }
    stated = {name: value for name, value in {**usual, **changes}.items() if value is not None}
    named = header or {"x5t#S256": thumbprint(entra, hashes.SHA256())}
    return jwt.encode(stated, key or entra.layout.app_certificate.read_text(), algorithm, named)


def federated(entra: Entra, header=None, **changes) -> str:
    usual = {"iss": entra.authority.issuer, "sub": PRINCIPAL, "aud": TOKEN_EXCHANGE_AUDIENCE}
    return entra.authority.tokens.issue({**usual, **changes}, 3600, header).token


async def exchange(entra: Entra, client_assertion: str, /, **changes):
    return await entra.exchange(
        await entra.issue(user="ana"),
        client_secret=None,
        **{"client_assertion_type": ASSERTION_TYPE, "client_assertion": client_assertion, **changes},
    )


@pytest.mark.parametrize(
    ("algorithm", "name", "digest"),
    [
        ("RS256", "x5t", hashes.SHA1()),
        ("RS256", "x5t#S256", hashes.SHA256()),
        ("PS256", "x5t#S256", hashes.SHA256()),
    ],
)
async def test_the_registered_certificate_is_a_credential(entra, algorithm, name, digest):
    assertion = by_certificate(entra, algorithm=algorithm, header={name: thumbprint(entra, digest)})
    response = await exchange(entra, assertion)

    assert "2" == claims(response.json()["access_token"])["appidacr"]


@pytest.mark.parametrize(
    ("changes", "aadsts"),
    [
        ({"sub": "someone"}, 700021),
        ({"aud": "https://login.microsoftonline.com/common"}, 700023),
        ({"exp": 1_700_000_000}, 700024),
        ({"nbf": 4_000_000_000}, 700024),
        ({"exp": None}, 50027),
        ({"jti": None}, 50027),
        ({"header": {"x5t": "AAAA"}}, 700027),
        ({"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, 700027),
        ({"key": "0" * 64, "algorithm": "HS256"}, 700027),
    ],
)
async def test_a_wrong_certificate_assertion_is_refused(entra, changes, aadsts):
    response = await exchange(entra, by_certificate(entra, **changes))

    assert aadsts == refusal(response)[2]


async def test_the_managed_identity_is_a_credential(entra):
    response = await exchange(entra, federated(entra))

    assert "2" == claims(response.json()["access_token"])["appidacr"]


@pytest.mark.parametrize(
    ("changes", "aadsts"),
    [
        ({"iss": "https://token.actions.githubusercontent.com"}, 700211),
        ({"sub": organisation().document["managed_identity"]["client_id"]}, 700213),
        ({"sub": PRINCIPAL.upper()}, 700213),
        ({"aud": "api://AzureADTokenExchange/"}, 700212),
        ({"aud": "api://azureadtokenexchange"}, 700212),
        ({"exp": 1_700_000_000}, 700024),
        ({"header": {"kid": "unknown"}}, 700027),
        ({"header": {"alg": "none"}}, 700027),
    ],
)
async def test_a_wrong_federated_assertion_is_refused(entra, changes, aadsts):
    response = await exchange(entra, federated(entra, **changes))

    assert (401, "invalid_client", aadsts) == refusal(response)


@pytest.mark.parametrize(
    ("changes", "aadsts"),
    [
        ({"client_assertion_type": "urn:something:else"}, 7000216),
        ({"client_assertion": "not a token"}, 50027),
    ],
)
async def test_a_malformed_client_assertion_is_refused(entra, changes, aadsts):
    response = await exchange(entra, federated(entra), **changes)

    assert aadsts == refusal(response)[2]
