"""Signing keys: fetched when needed, seldom, and kept through an outage."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.entra.signing_keys import MAX_AGE, RETRY_AFTER_FAILURE, SigningKeys, parse_key_set
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.http.retry import ATTEMPTS
from tests.shared.clock import Clock
from tests.shared.issuer import AUTHORITY, ISSUER, KEYS_URL, OTHER_TENANT, TENANT, Issuer, Published


@pytest.fixture
def keys(published: Published, open_http: Callable[..., Http], clock: Clock) -> SigningKeys:
    return SigningKeys(open_http(published), ISSUER, clock=clock)


async def test_keys_are_fetched_by_way_of_the_metadata(keys: SigningKeys, published: Published) -> None:
    key = await keys.get("key-1")

    assert key is not None
    assert "key-1" == key.key_id
    assert [f"{ISSUER}/.well-known/openid-configuration", KEYS_URL] == published.requests


async def test_a_known_key_costs_no_second_fetch(keys: SigningKeys, published: Published) -> None:
    first = await keys.get("key-1")
    second = await keys.get("key-1")

    assert first is second
    assert 1 == published.fetches


async def test_unknown_kids_cost_one_fetch_in_thirty_seconds(
    keys: SigningKeys, published: Published, clock: Clock
) -> None:
    await keys.get("key-1")

    found = [await keys.get(f"forged-{number}") for number in range(20)]
    within = published.fetches
    clock.advance(29)
    await keys.get("forged")
    still_within = published.fetches
    clock.advance(2)
    await keys.get("forged")
    await keys.get("forged")

    assert {None} == set(found)
    assert (1, 1, 2) == (within, still_within, published.fetches)


async def test_a_key_that_is_rolled_in_is_found(
    keys: SigningKeys, published: Published, issuer: Issuer, clock: Clock
) -> None:
    await keys.get("key-1")
    published.keys = [issuer.public_jwk(kid="key-2")]
    clock.advance(31)

    new = await keys.get("key-2")
    old = await keys.get("key-1")

    assert new is not None
    assert old is None


async def test_keys_are_renewed_after_a_day_so_that_a_withdrawn_one_goes(
    keys: SigningKeys, published: Published, issuer: Issuer, clock: Clock
) -> None:
    await keys.get("key-1")
    published.keys = [issuer.public_jwk(kid="key-2")]
    clock.advance(24 * 3600 - 1)
    before = await keys.get("key-1")
    clock.advance(2)
    during = await keys.get("key-1")
    new = await keys.get("key-2")
    after = await keys.get("key-1")

    assert before is not None
    assert before is during
    assert new is not None
    assert after is None


@pytest.mark.parametrize(
    ("failing", "attempts"),
    [
        (httpx.ConnectError("no route"), ATTEMPTS),
        (httpx.ReadTimeout("too slow"), 1),
        (httpx.Response(503, text="down"), ATTEMPTS),
        (httpx.Response(200, text="<html>"), 1),
        (httpx.Response(200, json=["keys"]), 1),
        (httpx.Response(302, headers={"location": "https://evil.example"}), 1),
    ],
    ids=["no connection", "too slow", "status 503", "not JSON", "no object", "redirect"],
)
async def test_known_keys_outlive_an_outage(
    failing: httpx.Response | Exception,
    attempts: int,
    keys: SigningKeys,
    published: Published,
    clock: Clock,
) -> None:
    key = await keys.get("key-1")
    published.failing = failing
    clock.advance(24 * 3600 + 1)

    kept = await keys.get("key-1")
    unknown = await keys.get("key-2")

    assert key is kept
    assert unknown is None
    assert 1 + attempts == published.fetches


async def test_an_empty_key_set_does_not_take_known_keys_away(
    keys: SigningKeys, published: Published, clock: Clock
) -> None:
    key = await keys.get("key-1")
    published.keys = [elliptic_curve_key()]
    clock.advance(24 * 3600 + 1)

    assert key is await keys.get("key-1")


async def test_a_failed_first_fetch_is_made_good_a_second_later(
    keys: SigningKeys, published: Published, clock: Clock
) -> None:
    published.failing = httpx.ConnectError("no route")
    codes = [await code_of(keys.get("key-1")) for _ in range(3)]
    during = published.fetches
    published.failing = None
    clock.advance(1.01)

    key = await keys.get("key-1")

    assert ["unavailable"] * 3 == codes
    assert ATTEMPTS == during
    assert key is not None


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": f"{ISSUER}/", "jwks_uri": KEYS_URL},
        {"issuer": "https://login.evil.example/v2.0", "jwks_uri": KEYS_URL},
        {"jwks_uri": KEYS_URL},
        {"issuer": ISSUER, "jwks_uri": KEYS_URL.replace("https", "http")},
        {"issuer": ISSUER},
    ],
    ids=["another spelling", "another issuer", "no issuer", "keys over http", "no address of keys"],
)
async def test_wrong_metadata_leads_to_no_key(
    metadata: dict[str, str], keys: SigningKeys, published: Published
) -> None:
    published.metadata = metadata

    assert "unavailable" == await code_of(keys.get("key-1"))
    assert [f"{ISSUER}/.well-known/openid-configuration"] == published.requests


async def test_concurrent_first_calls_share_one_fetch(keys: SigningKeys, published: Published) -> None:
    found = await asyncio.gather(*(keys.get("key-1") for _ in range(50)))

    assert 1 == len(set(map(id, found)))
    assert found[0] is not None
    assert 1 == published.fetches


async def test_a_known_key_waits_for_no_fetch(
    issuer: Issuer, open_http: Callable[..., Http], clock: Clock
) -> None:
    published = Published(issuer.public_jwk())
    asked, answer = asyncio.Event(), asyncio.Event()
    answer.set()

    async def slow(request: httpx.Request) -> httpx.Response:
        asked.set()
        await answer.wait()
        return published(request)

    keys = SigningKeys(open_http(slow), ISSUER, clock=clock)
    await keys.get("key-1")
    asked.clear()
    answer.clear()
    clock.advance(31)
    forged = asyncio.create_task(keys.get("forged"))
    await asked.wait()

    async with asyncio.timeout(5):
        known = await keys.get("key-1")

    assert known is not None
    assert not forged.done()
    answer.set()
    assert await forged is None


async def test_only_rsa_keys_with_an_id_count(
    keys: SigningKeys, published: Published, issuer: Issuer
) -> None:
    unnamed = issuer.public_jwk()
    del unnamed["kid"]
    published.keys = [elliptic_curve_key(), unnamed, {"kty": "unheard of"}, issuer.public_jwk(kid="good")]

    curve = await keys.get("curve")
    good = await keys.get("good")

    assert curve is None
    assert good is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": f"{AUTHORITY}/{OTHER_TENANT}/v2.0"},
        {"issuer": f"https://login.evil.example/{TENANT}/v2.0"},
        {"issuer": "https://sts.windows.net/{tenantid}/"},
        {"issuer": [ISSUER]},
        {"issuer": None},
        {"use": "enc"},
        {"use": ["sig"]},
        {"alg": "RSA-OAEP"},
        {"alg": "RS512"},
        {"key_ops": ["encrypt"]},
        {"kid": 1},
        {"kid": ["key-1"]},
        {"kty": "oct"},
        {"n": None},
        {"n": 3},
        {"n": "!"},
        {"n": ["AQAB"]},
        {"e": "AQ"},
        {"e": {}},
    ],
    ids=str,
)
async def test_an_entry_that_signs_no_token_of_the_issuer_is_no_key(
    changed: dict[str, object], keys: SigningKeys, published: Published, issuer: Issuer
) -> None:
    published.keys = [issuer.public_jwk(**changed), issuer.public_jwk(kid="good")]

    named = await keys.get("key-1")
    good = await keys.get("good")

    assert named is None
    assert good is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": ISSUER},
        {"issuer": f"{AUTHORITY}/{{tenantid}}/v2.0"},
        {"alg": "RS256"},
        {"key_ops": ["verify"]},
    ],
    ids=str,
)
async def test_an_entry_that_says_it_signs_for_the_issuer_is_a_key(
    changed: dict[str, object], keys: SigningKeys, published: Published, issuer: Issuer
) -> None:
    published.keys = [issuer.public_jwk(**changed)]

    assert await keys.get("key-1") is not None


@pytest.mark.parametrize(("bits", "found"), [(1024, False), (2040, False), (2048, True), (3072, True)])
async def test_a_key_of_fewer_than_2048_bits_signs_nothing(
    bits: int, found: bool, keys: SigningKeys, published: Published, issuer: Issuer
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    sized = {**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": "sized", "use": "sig"}
    published.keys = [sized, issuer.public_jwk()]

    assert found is (await keys.get("sized") is not None)


@pytest.mark.parametrize(
    "shape",
    [
        {"keys": None},
        {"keys": {}},
        {"keys": "key-1"},
        {"keys": 1},
        {"keys": [None, 1, "key", [], [{}]]},
        {"keys": [{}]},
        {"keys": [{"kty": "RSA", "kid": "key-1"}]},
        {},
        [],
        None,
        "keys",
    ],
    ids=str,
)
async def test_a_key_set_of_an_odd_shape_is_keys_that_cannot_be_had(
    shape: object, keys: SigningKeys, published: Published, clock: Clock
) -> None:
    published.key_set = shape

    codes = [await code_of(keys.get("key-1")) for _ in range(20)]
    within = published.fetches
    clock.advance(RETRY_AFTER_FAILURE)
    await code_of(keys.get("key-1"))

    assert (["unavailable"] * 20, 1, 2) == (codes, within, published.fetches)
    assert keys.are_missing


@pytest.mark.parametrize(
    "metadata",
    [
        b'{"issuer": ' + b"[" * 100_000,
        b"\xff\xfe",
        b"null",
        b'{"issuer": {"a": 1}}',
        json.dumps({"issuer": ISSUER, "jwks_uri": [KEYS_URL]}).encode(),
        json.dumps({"issuer": ISSUER, "jwks_uri": {"url": KEYS_URL}}).encode(),
        json.dumps({"issuer": ISSUER, "jwks_uri": "https://[::1"}).encode(),
        json.dumps({"issuer": ISSUER, "jwks_uri": "https://login.example:99999/keys"}).encode(),
        json.dumps({"issuer": ISSUER, "jwks_uri": "https://\ud800/keys"}).encode(),
        json.dumps({"issuer": ISSUER, "jwks_uri": "https://"}).encode(),
    ],
    ids=range(10),
)
async def test_metadata_of_an_odd_shape_are_keys_that_cannot_be_had(
    metadata: bytes, keys: SigningKeys, published: Published
) -> None:
    published.failing = httpx.Response(200, content=metadata)

    codes = [await code_of(keys.get("key-1")) for _ in range(20)]

    assert ["unavailable"] * 20 == codes
    assert 1 == published.fetches


async def test_an_odd_key_set_keeps_the_known_keys_and_the_cool_down(
    keys: SigningKeys, published: Published, clock: Clock
) -> None:
    key = await keys.get("key-1")
    published.key_set = {"keys": [{"kid": {}}]}
    clock.advance(24 * 3600 + 1)

    found = [await keys.get("forged") for _ in range(20)]

    assert key is await keys.get("key-1")
    assert ({None}, 2) == (set(found), published.fetches)


def elliptic_curve_key() -> dict[str, object]:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": "curve"}


async def code_of(asked: object) -> str:
    with pytest.raises(ToolError) as raised:
        await asked  # type: ignore[misc]
    return raised.value.code


async def test_a_known_key_is_renewed_once_a_day_in_the_background(
    keys: SigningKeys, published: Published, clock: Clock
) -> None:
    fetches = []
    for seconds in (0, MAX_AGE - 1, 1, 1, MAX_AGE):
        clock.advance(seconds)
        assert await keys.get("key-1") is not None
        await asyncio.sleep(0.01)
        fetches.append(published.fetches)

    assert [1, 1, 2, 2, 3] == fetches


@pytest.mark.parametrize("status", [201, 404, 500])
async def test_metadata_of_another_status_is_not_believed(
    status: int, keys: SigningKeys, published: Published
) -> None:
    published.failing = httpx.Response(status, json=published.metadata)

    with pytest.raises(ToolError) as raised:
        await keys.get("key-1")

    assert ("unavailable", RETRY_AFTER_FAILURE) == (raised.value.code, raised.value.retry_after)
    assert {f"{ISSUER}/.well-known/openid-configuration"} == set(published.requests)


def test_what_an_entry_leaves_out_is_no_reason_to_refuse_it(issuer: Issuer) -> None:
    jwk = issuer.public_jwk()
    bare = {name: jwk[name] for name in ("kty", "kid", "n", "e")}
    numbered, nameless = {**bare, "kid": 7}, {**bare, "kid": ""}

    found = parse_key_set({"keys": [numbered, nameless, bare]}, ISSUER)

    assert ["key-1"] == [*found]


async def is_asked_for_keys(jwks_uri: str, published: Published, open_http: Callable[..., Http]) -> bool:
    """Whether keys are fetched from there, where every name leads inside a network."""

    async def inside(host: str, port: int) -> list[str]:
        return ["10.0.0.4"]

    published.metadata = {"issuer": ISSUER, "jwks_uri": jwks_uri}
    with suppress(ToolError):
        await SigningKeys(open_http(published, resolve=inside), ISSUER).get("key-1")
    return jwks_uri.split("?", maxsplit=1)[0] in published.requests


async def test_metadata_that_name_another_host_for_the_keys_do_not_lead_inside_a_network(
    published: Published, open_http: Callable[..., Http]
) -> None:
    assert not await is_asked_for_keys("https://keys.inside.example/keys", published, open_http)
    assert await is_asked_for_keys(KEYS_URL, published, open_http)
