"""The record of sign-ins: a line for each request, of ids and outcomes, and nothing else in any log."""

import json
import logging
import re
from pathlib import Path

import pytest

from shared.sign_in.sign_in_audit import EVENT, FIELDS
from tests.shared.issuer import TENANT, USER
from tests.shared.sign_in.browser import (
    Browser,
    Functions,
    handle_in,
    json_of,
    onward,
    parameters_of,
    query_in,
)
from tests.shared.sign_in.conftest import Web
from tests.shared.sign_in.played_entra import PlayedEntra


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(each.getMessage()) for each in caplog.records if each.name == "audit"]


async def test_each_step_leaves_one_line_of_just_the_documented_fields(
    browser: Browser, functions: Functions, caplog: pytest.LogCaptureFixture
) -> None:
    client_id = json_of(await functions.register())["client_id"]
    answer = json_of(await functions.redeem(client_id, await browser.code(client_id)))
    await functions.refresh(client_id, answer["refresh_token"])
    await functions.post("oauth_revoke", {"token": answer["refresh_token"], "client_id": client_id})
    written = lines(caplog)

    assert ["register", "authorize", "consent", "callback", "token", "token", "revoke"] == [
        line["step"] for line in written
    ]
    for line in written:
        assert [*FIELDS] == [*line]
        assert (EVENT, "ok", client_id) == (line["event"], line["outcome"], line["client"])
    assert [None] * 3 + [(TENANT, USER)] * 4 == [
        (line["tenant"], line["user"]) if line["user"] else None for line in written
    ]
    assert {"127.0.0.1:33418", None} == {line["redirect_host"] for line in written}


@pytest.mark.parametrize(
    ("step", "outcome", "reason"),
    [
        ("unknown client", "invalid_client", "unknown_client"),
        ("redirect", "invalid_request", "redirect_uri"),
        ("foreign post", "access_denied", "foreign_origin"),
        ("refused", "access_denied", "refused"),
        ("entra", "access_denied", "aadsts50105"),
        ("callback", "access_denied", "no_transit"),
        ("verifier", "invalid_grant", "code_verifier"),
        ("replay", "invalid_grant", "unknown_code"),
    ],
)
async def test_a_refusal_leaves_its_reason(
    browser: Browser,
    functions: Functions,
    client_id: str,
    entra: PlayedEntra,
    caplog: pytest.LogCaptureFixture,
    step: str,
    outcome: str,
    reason: str,
) -> None:
    match step:
        case "unknown client":
            await browser.authorize("nobody")
        case "redirect":
            await browser.authorize(client_id, redirect_uri="https://evil.example/callback")
        case "foreign post":
            await browser.decide(await browser.authorize(client_id), origin="https://evil.example")
        case "refused":
            await browser.decide(await browser.authorize(client_id), "refuse")
        case "entra":
            state = entra.sign_in(await browser.consent(client_id))["state"]
            await browser.come_back({"error": "x", "error_description": "AADSTS50105: no", "state": state})
        case "callback":
            await browser.come_back({"state": "A" * 43, "code": "x"})
        case "verifier":
            await functions.redeem(client_id, await browser.code(client_id), code_verifier="B" * 43)
        case _:
            code = await browser.code(client_id)
            await functions.redeem(client_id, code)
            await functions.redeem(client_id, code)
    last = lines(caplog)[-1]

    assert (outcome, reason) == (last["outcome"], last["reason"])
    assert "evil.example" not in caplog.text


async def test_no_log_tells_a_token_a_code_a_state_or_a_name(
    browser: Browser, functions: Functions, entra: PlayedEntra, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client_id = json_of(await functions.register(client_name="Confidential name"))["client_id"]
    page = await browser.authorize(client_id, state="confidential-state")
    cookies = dict(browser.cookies)
    address = onward(await browser.decide(page))
    cookies |= browser.cookies
    code = parameters_of(await browser.come_back(entra.sign_in(address)))["code"]
    first = json_of(await functions.redeem(client_id, code))
    second = json_of(await functions.refresh(client_id, first["refresh_token"]))
    entra.refusing = {"error": "invalid_grant", "error_description": "of ana@example.com"}
    await functions.refresh(client_id, second["refresh_token"])
    await functions.redeem(client_id, code, redirect_uri="https://mistaken.example/secret-path")
    await browser.authorize("https://client.example/secret-path", login_hint="ana@example.com")
    secrets = {
        handle_in(page),
        "Confidential name",
        "confidential-state",
        "secret-path",
        "ana@example.com",
        code,
        *cookies.values(),
        *(query_in(address)[name] for name in ("state", "nonce", "code_challenge")),
        *(token for _, token in entra.redemptions),
        *(each[name] for each in (first, second) for name in ("access_token", "refresh_token")),
    }
    logged = [record for record in caplog.records if record.name != "asyncio"]
    told = "\n".join(f"{each.getMessage()} {each.exc_text or ''}" for each in logged)

    assert len(lines(caplog)) > 8
    assert [] == [each for each in secrets if each in told]


def test_the_document_has_every_field() -> None:
    text = Path("docs/sign-in-endpoints.md").read_text()
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", text.partition("## The record")[2], re.MULTILINE))

    assert dict(FIELDS) == {name: rows.get(name) for name in FIELDS}
