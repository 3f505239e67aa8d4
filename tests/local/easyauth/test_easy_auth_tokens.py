"""Which tokens are let in, and what they are told apart by."""

import base64
import hmac
import json
import time
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.easyauth.access_tokens import COOLDOWN, AccessTokens, UnauthenticatedError

OTHER = "0badc0de-1111-4222-8333-444455556666"
SKEW = 300


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def outcome(client, control, headers):
    response = await client.get("/x", headers=headers)
    return response.status_code, control.journal[-1].get("reason")


async def test_a_good_token_is_let_in(client, control, bearer):
    assert (200, None) == await outcome(client, control, bearer())


def now(claims):
    """The claims, those that depend on the time as of now."""
    return {name: value() if callable(value) else value for name, value in claims.items()}


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "api://d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a"},
        {"scp": None},
        {"scp": "something_else"},
        {"azp": None, "appid": "aebc6443-996d-45c2-90f0-388ff96faa56"},
        {"exp": lambda: int(time.time()) - SKEW + 60},
        {"nbf": lambda: int(time.time()) + SKEW - 60},
        {"iat": lambda: int(time.time()) + 3600},
        {"nbf": None},
    ],
)
async def test_what_easy_auth_does_not_mind(client, control, bearer, claims):
    assert (200, None) == await outcome(client, control, bearer(**now(claims)))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "https://graph.microsoft.com"}, "InvalidAudienceError"),
        ({"aud": None}, "MissingRequiredClaimError"),
        ({"iss": "https://elsewhere.example/v2.0"}, "InvalidIssuerError"),
        ({"iss": None}, "MissingRequiredClaimError"),
        ({"exp": lambda: int(time.time()) - SKEW - 60}, "ExpiredSignatureError"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"nbf": lambda: int(time.time()) + SKEW + 60}, "ImmatureSignatureError"),
    ],
)
async def test_a_token_for_somebody_or_some_time_else_is_challenged(client, control, bearer, claims, reason):
    assert (401, reason) == await outcome(client, control, bearer(**now(claims)))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"azp": OTHER}, "allowedApplications"),
        ({"azp": None}, "allowedApplications"),
        ({"tid": OTHER}, "allowedTenants"),
    ],
)
async def test_a_good_token_of_somebody_not_allowed_is_forbidden(client, control, bearer, claims, reason):
    response = await client.get("/x", headers=bearer(**claims))

    assert (403, b"", reason) == (response.status_code, response.content, control.journal[-1]["reason"])
    assert "www-authenticate" not in response.headers


async def test_identities_can_be_limited(guarded, config, control, bearer):
    client = guarded(replace(config, allowed_identities=frozenset({OTHER})))

    assert (403, "allowedPrincipals") == await outcome(client, control, bearer())
    assert (200, None) == await outcome(client, control, bearer(oid=OTHER))


async def test_empty_lists_allow_everybody(guarded, config, control, bearer):
    client = guarded(replace(config, allowed_applications=frozenset(), allowed_tenants=frozenset()))

    assert (200, None) == await outcome(client, control, bearer(azp=OTHER, tid=OTHER))


async def test_a_foreign_key_under_a_known_kid_is_challenged(client, control, issuer, bearer):
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    assert (401, "InvalidSignatureError") == await outcome(client, control, bearer(key=foreign))


async def test_an_unknown_kid_is_challenged(client, control, bearer):
    assert (401, "UnknownKey") == await outcome(client, control, bearer(kid="nobody's"))


@pytest.mark.parametrize("algorithm", ["RS384", "PS256"])
async def test_other_algorithms_of_the_same_key_are_challenged(client, control, bearer, algorithm):
    assert (401, "InvalidAlgorithmError") == await outcome(client, control, bearer(algorithm=algorithm))


async def test_the_public_key_is_no_shared_secret(client, control, issuer):
    """CVE-2016-10555: HS256 with the published key as its secret."""
    public = issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': issuer.kid})}.{part(issuer.claims())}"
    signature = base64.urlsafe_b64encode(hmac.digest(public, signed.encode(), "sha256")).rstrip(b"=").decode()

    headers = {"Authorization": f"Bearer {signed}.{signature}"}
    assert (401, "InvalidAlgorithmError") == await outcome(client, control, headers)


async def test_an_unsigned_token_is_challenged(client, control, issuer):
    token = f"{part({'alg': 'none', 'kid': issuer.kid})}.{part(issuer.claims())}."

    assert (401, "InvalidAlgorithmError") == await outcome(
        client, control, {"Authorization": f"Bearer {token}"}
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("Basic YTpi", "MissingToken"),
        ("Bearer", "MissingToken"),
        ("Bearer  ", "MissingToken"),
        ("Bearer a.b", "DecodeError"),
        ("Bearer a.b.c", "DecodeError"),
        ("Bearer é.b.c", "DecodeError"),
        (f"Bearer {part([])}.{part({})}.AAAA", "DecodeError"),
        (f"Bearer {part({'alg': 'RS256', 'kid': 5})}.{part({})}.AAAA", "InvalidTokenError"),
        (f"Bearer {base64.urlsafe_b64encode(b'[' * 100_000).decode()}.e30.AAAA", "DecodeError"),
    ],
)
async def test_what_is_no_token_is_challenged(client, control, value, reason):
    assert (401, reason) == await outcome(client, control, [(b"authorization", value.encode())])


async def test_several_authorization_headers_are_challenged(client, control, bearer):
    good = bearer()["Authorization"]

    headers = [("authorization", good), ("authorization", good)]
    assert (401, "SeveralTokens") == await outcome(client, control, headers)


async def test_the_scheme_may_be_in_any_case(client, control, issuer):
    assert (200, None) == await outcome(client, control, {"Authorization": f"bEARER {issuer.token()}"})


async def test_keys_are_fetched_once_and_again_after_a_rotation(client, control, issuer, bearer):
    for _ in range(3):
        assert (200, None) == await outcome(client, control, bearer())
    assert 1 == issuer.fetches
    old = bearer()
    issuer.rotate()

    assert (200, None) == await outcome(client, control, bearer())
    assert 2 == issuer.fetches
    assert (401, "UnknownKey") == await outcome(client, control, old)


async def test_keys_nobody_publishes_cost_one_fetch_in_a_while(config, issuer, bearer):
    now = [0.0]
    tokens = AccessTokens(config, clock=lambda: now[0])

    async def refused(kid):
        with pytest.raises(UnauthenticatedError, match="UnknownKey"):
            await tokens.validate([bearer(kid=kid)["Authorization"]])

    for number in range(3):
        await refused(f"made-up-{number}")
    assert 1 == issuer.fetches
    issuer.rotate()
    await refused(issuer.kid)
    now[0] = COOLDOWN

    claims = await tokens.validate([bearer()["Authorization"]])

    assert (2, issuer.claims()["oid"]) == (issuer.fetches, claims["oid"])


async def test_a_rotation_just_after_another_is_fetched_at_once(config, issuer, bearer):
    tokens = AccessTokens(config, clock=lambda: 0.0)

    for fetches in (1, 2, 3):
        issuer.rotate()
        await tokens.validate([bearer()["Authorization"]])

        assert fetches == issuer.fetches


async def test_metadata_of_another_issuer_are_not_believed(guarded, config, control, bearer):
    metadata = config.openid_configuration
    other = replace(config, issuer="https://elsewhere.example/v2.0", metadata_url=metadata)

    assert (500, "ValueError") == await outcome(guarded(other), control, bearer())


async def test_known_keys_outlive_an_outage_of_the_issuer(client, control, issuer, bearer):
    await client.get("/x", headers=bearer())
    issuer.available = False

    assert (200, None) == await outcome(client, control, bearer())
    assert (401, "UnknownKey") == await outcome(client, control, bearer(kid="new"))


async def test_without_any_key_the_platform_fails(client, control, issuer, bearer):
    issuer.available = False

    assert (500, "HTTPStatusError") == await outcome(client, control, bearer())


async def test_the_journal_holds_no_token(client, control, bearer):
    good, bad = bearer(), bearer(aud="other")
    await client.get("/x", headers=good)
    await client.get("/x", headers=bad)

    journal = json.dumps(control.journal)
    for header in (good, bad):
        for piece in header["Authorization"].removeprefix("Bearer ").split("."):
            assert piece not in journal
    assert ("ok", "aebc6443-996d-45c2-90f0-388ff96faa56") == tuple(
        control.journal[0][key] for key in ("outcome", "client")
    )
