"""The token endpoint: codes are redeemed once, by whom they are for; refresh tokens rotate."""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pytest

from shared.storage.row_store import MemoryRows
from tests.shared.clock import Clock
from tests.shared.sign_in.browser import (
    MCP,
    ORIGIN,
    REDIRECT,
    VERIFIER,
    Browser,
    Functions,
    json_of,
)
from tests.shared.sign_in.played_entra import PlayedEntra, down


async def told(response: Any) -> tuple[int, str]:
    """The status and the error code, of an error that is one line."""
    document = json_of(response)
    assert {"error", "error_description"} == set(document)
    assert "\n" not in document["error_description"]
    assert "no-store" == response.headers["Cache-Control"]
    return response.status_code, document["error"]


@pytest.fixture
async def code(browser: Browser, client_id: str) -> str:
    return await browser.code(client_id)


@pytest.fixture
async def handle(functions: Functions, browser: Browser, client_id: str) -> str:
    answer = json_of(await functions.redeem(client_id, await browser.code(client_id)))
    return str(answer["refresh_token"])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "http://127.0.0.1:33419/callback"}, "invalid_grant"),
        ({"redirect_uri": f"{REDIRECT}/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code_verifier": VERIFIER[:-1] + "y"}, "invalid_grant"),
        ({"code_verifier": VERIFIER + "\u00e9"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"client_id": None}, "invalid_request"),
        ({"code": None}, "invalid_request"),
        ({"resource": "https://graph.microsoft.com"}, "invalid_target"),
        ({"resource": f"{ORIGIN}/other"}, "invalid_target"),
    ],
)
async def test_a_redemption_that_differs_in_one_thing_is_refused_and_uses_nothing_up(
    functions: Functions, client_id: str, code: str, changes: dict[str, str | None], error: str
) -> None:
    refused = await functions.redeem(client_id, code, **changes)

    assert (400, error) == await told(refused)
    assert 200 == (await functions.redeem(client_id, code)).status_code


async def test_a_code_of_another_client_is_refused(functions: Functions, client_id: str, code: str) -> None:
    other = json_of(await functions.register())["client_id"]

    assert (400, "invalid_grant") == await told(await functions.redeem(other, code))
    assert 200 == (await functions.redeem(client_id, code)).status_code


async def test_a_client_that_is_not_registered_is_refused(functions: Functions, code: str) -> None:
    refused = await functions.redeem("dcr_" + "A" * 43, code)

    assert (401, "invalid_client") == await told(refused)
    assert "WWW-Authenticate" in refused.headers


async def test_a_code_lasts_a_minute(
    functions: Functions, browser: Browser, client_id: str, clock: Clock
) -> None:
    first, second = await browser.code(client_id), await browser.code(client_id)
    clock.advance(59)
    assert 200 == (await functions.redeem(client_id, first)).status_code
    clock.advance(1)

    assert (400, "invalid_grant") == await told(await functions.redeem(client_id, second))


async def test_of_twenty_redemptions_at_once_one_wins(
    functions: Functions, client_id: str, code: str
) -> None:
    answers = await asyncio.gather(*(functions.redeem(client_id, code) for _ in range(20)))

    assert [200, *[400] * 19] == sorted(each.status_code for each in answers)
    assert {"invalid_grant"} == {json_of(each).get("error", "invalid_grant") for each in answers}


async def test_of_twenty_redemptions_at_once_over_a_slow_storage_one_wins(
    open_proxy: Callable[..., Functions], entra: PlayedEntra, clock: Clock
) -> None:
    """All of them have read the code before the first one deletes it."""

    class Slow(MemoryRows):
        async def get(self, kind: str, key: str) -> Any:
            found = await super().get(kind, key)
            await asyncio.sleep(0.01)
            return found

    functions = open_proxy(store=Slow(clock=clock))
    client_id = json_of(await functions.register())["client_id"]
    code = await Browser(functions, entra).code(client_id)
    answers = await asyncio.gather(*(functions.redeem(client_id, code) for _ in range(20)))
    [won] = [json_of(each) for each in answers if each.status_code == 200]

    # The code was seen more than once, so what came of it has ended.
    refreshed = await functions.refresh(client_id, won["refresh_token"])
    assert (400, "invalid_grant") == await told(refreshed)


async def test_a_code_seen_twice_ends_what_came_of_it(
    functions: Functions, client_id: str, code: str
) -> None:
    first = json_of(await functions.redeem(client_id, code))
    second = json_of(await functions.refresh(client_id, first["refresh_token"]))

    assert (400, "invalid_grant") == await told(await functions.redeem(client_id, code))
    for handle in (first["refresh_token"], second["refresh_token"]):
        assert (400, "invalid_grant") == await told(await functions.refresh(client_id, handle))


async def test_another_sign_in_is_not_ended_with_it(
    functions: Functions, browser: Browser, client_id: str, code: str, handle: str
) -> None:
    await functions.redeem(client_id, code)
    await functions.redeem(client_id, code)

    assert 200 == (await functions.refresh(client_id, handle)).status_code


@pytest.mark.parametrize(
    "credential",
    [
        {"client_secret": "a-secret"},
        {"client_assertion": "eyJ.eyJ.x"},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
    ],
)
async def test_a_client_that_authenticates_is_refused(
    functions: Functions, client_id: str, code: str, credential: dict[str, str]
) -> None:
    assert (401, "invalid_client") == await told(await functions.redeem(client_id, code, **credential))


async def test_a_basic_authorization_header_is_refused(functions: Functions, client_id: str) -> None:
    basic = "Basic " + base64.b64encode(f"{client_id}:secret".encode()).decode()
    refused = await functions.post("oauth_token", {"grant_type": "refresh_token"}, authorization=basic)

    assert (401, "invalid_client") == await told(refused)
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")


async def test_an_empty_secret_is_none(functions: Functions, client_id: str, code: str) -> None:
    """RFC 6749, 3.2: a parameter without a value counts as left out."""
    assert 200 == (await functions.redeem(client_id, code, client_secret="", resource="")).status_code


@pytest.mark.parametrize(
    "grant",
    [
        "password",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "implicit",
    ],
)
async def test_no_other_grant_is_there(
    functions: Functions, client_id: str, entra: PlayedEntra, grant: str
) -> None:
    given = {"grant_type": grant, "client_id": client_id, "username": "ana", "password": "x"}

    assert (400, "unsupported_grant_type") == await told(await functions.token(**given))
    assert (400, "invalid_request") == await told(await functions.token(client_id=client_id))
    assert [] == entra.redemptions


async def test_entras_refresh_token_leaves_in_no_answer(
    functions: Functions, browser: Browser, client_id: str, entra: PlayedEntra
) -> None:
    first = await functions.redeem(client_id, await browser.code(client_id))
    second = await functions.refresh(client_id, json_of(first)["refresh_token"])
    [sent] = [token for grant, token in entra.redemptions if grant == "refresh_token"]

    assert sent.startswith("1.R")
    for answer in (first, second):
        assert b"1.R" not in answer.get_body()
        assert {"access_token", "token_type", "expires_in", "scope", "refresh_token"} == set(json_of(answer))


async def test_a_handle_of_another_client_is_refused_and_stays_good(
    functions: Functions, client_id: str, handle: str
) -> None:
    other = json_of(await functions.register())["client_id"]

    assert (400, "invalid_grant") == await told(await functions.refresh(other, handle))
    assert 200 == (await functions.refresh(client_id, handle)).status_code


async def test_a_used_handle_still_works_for_a_minute_as_answers_get_lost(
    functions: Functions, client_id: str, handle: str, clock: Clock
) -> None:
    await functions.refresh(client_id, handle)
    clock.advance(60)

    assert 200 == (await functions.refresh(client_id, handle)).status_code


async def test_a_used_handle_ends_its_family_after_a_minute(
    functions: Functions, client_id: str, handle: str, clock: Clock, entra: PlayedEntra
) -> None:
    successor = json_of(await functions.refresh(client_id, handle))["refresh_token"]
    clock.advance(61)
    before = len(entra.redemptions)

    assert (400, "invalid_grant") == await told(await functions.refresh(client_id, handle))
    assert (400, "invalid_grant") == await told(await functions.refresh(client_id, successor))
    assert before == len(entra.redemptions)


async def test_a_second_use_does_not_lengthen_the_minute(
    functions: Functions, client_id: str, handle: str, clock: Clock
) -> None:
    for _ in range(3):
        assert 200 == (await functions.refresh(client_id, handle)).status_code
        clock.advance(30)

    assert (400, "invalid_grant") == await told(await functions.refresh(client_id, handle))


async def test_a_family_lives_as_long_as_it_is_used(
    functions: Functions, client_id: str, handle: str, clock: Clock
) -> None:
    for _ in range(4):
        clock.advance(80 * 24 * 3600)
        answer = await functions.refresh(client_id, handle)
        handle = json_of(answer)["refresh_token"]
    clock.advance(91 * 24 * 3600)

    assert (401, "invalid_client") == await told(await functions.refresh(client_id, handle))


@pytest.mark.parametrize("error", ["invalid_grant", "interaction_required", "consent_required"])
async def test_a_sign_in_that_entra_has_ended_ends_here(
    functions: Functions, client_id: str, handle: str, entra: PlayedEntra, error: str
) -> None:
    entra.refusing = {"error": error, "error_codes": [50173]}
    assert (400, "invalid_grant") == await told(await functions.refresh(client_id, handle))
    entra.refusing = None

    assert (400, "invalid_grant") == await told(await functions.refresh(client_id, handle))
    assert ["refresh_token"] == [grant for grant, _ in entra.redemptions[1:]]


@pytest.mark.parametrize(
    "trouble", [down(), {"error": "invalid_client", "error_codes": [700213]}, {"error": "server_error"}, {}]
)
async def test_with_entra_down_the_handle_stays_good(
    functions: Functions, client_id: str, handle: str, entra: PlayedEntra, trouble: Any
) -> None:
    entra.refusing = trouble or {"unexpected": "response"}
    away = await functions.refresh(client_id, handle)
    entra.refusing = None

    assert (503, "temporarily_unavailable") == await told(away)
    assert int(away.headers["Retry-After"]) >= 5
    assert 200 == (await functions.refresh(client_id, handle)).status_code


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "Mail.Read"}, "invalid_scope"),
        ({"resource": "https://graph.microsoft.com"}, "invalid_target"),
        ({"refresh_token": None}, "invalid_request"),
        ({"refresh_token": "1.Rsomething-of-entra"}, "invalid_grant"),
        ({"refresh_token": "A" * 43}, "invalid_grant"),
    ],
)
async def test_a_wrong_refresh_asks_entra_nothing(
    functions: Functions,
    client_id: str,
    handle: str,
    entra: PlayedEntra,
    changes: dict[str, str | None],
    error: str,
) -> None:
    refused = await functions.refresh(client_id, handle, **changes)

    assert (400, error) == await told(refused)
    assert 1 == len(entra.redemptions)
    assert (
        200 == (await functions.refresh(client_id, handle, resource=MCP, scope="access_as_user")).status_code
    )


async def test_a_token_of_another_user_is_handed_to_nobody(
    functions: Functions, client_id: str, handle: str, entra: PlayedEntra
) -> None:
    entra.claims = {"oid": "dddddddd-0000-4000-8000-000000000002"}

    assert (503, "temporarily_unavailable") == await told(await functions.refresh(client_id, handle))


async def test_a_refreshed_token_that_the_server_would_refuse_is_handed_to_nobody(
    functions: Functions, client_id: str, handle: str, entra: PlayedEntra
) -> None:
    entra.claims = {"scp": "other"}

    assert (503, "temporarily_unavailable") == await told(await functions.refresh(client_id, handle))


async def test_a_client_that_may_not_refresh_gets_no_handle(functions: Functions, browser: Browser) -> None:
    client_id = json_of(await functions.register(grant_types=["authorization_code"]))["client_id"]
    answer = json_of(await functions.redeem(client_id, await browser.code(client_id)))

    assert "refresh_token" not in answer


async def test_a_revoked_handle_ends_its_family(functions: Functions, client_id: str, handle: str) -> None:
    successor = json_of(await functions.refresh(client_id, handle))["refresh_token"]
    revoked = await functions.post("oauth_revoke", {"token": successor, "client_id": client_id})

    assert 200 == revoked.status_code
    for each in (handle, successor):
        assert (400, "invalid_grant") == await told(await functions.refresh(client_id, each))


async def test_a_handle_is_revoked_by_its_own_client_alone(
    functions: Functions, client_id: str, handle: str
) -> None:
    other = json_of(await functions.register())["client_id"]
    for form in ({"token": handle, "client_id": other}, {"token": "A" * 43, "client_id": client_id}):
        assert 200 == (await functions.post("oauth_revoke", form)).status_code

    assert 200 == (await functions.refresh(client_id, handle)).status_code


async def test_a_revocation_takes_no_credentials(functions: Functions, client_id: str, handle: str) -> None:
    form = {"token": handle, "client_id": client_id, "client_secret": "x"}

    assert (401, "invalid_client") == await told(await functions.post("oauth_revoke", form))
    assert (400, "invalid_request") == await told(await functions.post("oauth_revoke", {"token": handle}))


@pytest.mark.parametrize("broken", ["put", "get", "delete", "replace"])
async def test_with_the_storage_down_no_code_is_used_up_and_nothing_half_granted(
    functions: Functions, client_id: str, code: str, rows: MemoryRows, broken: str
) -> None:
    async def fail(*_: object) -> None:
        raise down()

    working = getattr(rows, broken)
    setattr(rows, broken, fail)
    away = await functions.redeem(client_id, code)
    setattr(rows, broken, working)

    if broken == "replace":
        # Nothing is replaced when a code is redeemed.
        assert 200 == away.status_code
        return
    assert (503, "temporarily_unavailable") == await told(away)
    assert "7" == away.headers["Retry-After"]
    assert 200 == (await functions.redeem(client_id, code)).status_code


@pytest.mark.parametrize("broken", ["put", "get", "replace"])
async def test_with_the_storage_down_a_handle_stays_good(
    functions: Functions, client_id: str, handle: str, rows: MemoryRows, broken: str
) -> None:
    async def fail(*_: object) -> None:
        raise down()

    working = getattr(rows, broken)
    setattr(rows, broken, fail)
    away = await functions.refresh(client_id, handle)
    setattr(rows, broken, working)

    assert (503, "temporarily_unavailable") == await told(away)
    assert 200 == (await functions.refresh(client_id, handle)).status_code
