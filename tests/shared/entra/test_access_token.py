"""What a good token says, and for how long it is believed."""

import json
import time
from collections.abc import Callable
from typing import get_args

import httpx
import pytest

from shared.entra.access_token import (
    LIMIT_CHARACTERS,
    AccessTokenValidator,
    Reason,
    RefusedTokenError,
    bearer_token,
    check_form,
)
from shared.entra.signing_keys import SigningKeys
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.settings import Settings
from tests.shared.clock import Clock
from tests.shared.issuer import (
    AUTHORITY,
    CLIENT,
    ENVIRON,
    ISSUER,
    OTHER_CLIENT,
    OTHER_TENANT,
    SERVER,
    TENANT,
    USER,
    Issuer,
    Published,
)

GRAPH = "https://graph.microsoft.com"
STS = f"https://sts.windows.net/{TENANT}/"
GROUP = "eeeeeeee-0000-4000-8000-000000000001"


async def test_a_good_token_becomes_its_principal(issuer: Issuer, validator: AccessTokenValidator) -> None:
    end = int(time.time()) + 4000
    token = issuer.token(exp=end, scp="profile access_as_user", roles=["Writer"], groups=[GROUP])

    principal = await validator.validate(token)

    assert USER == principal.object_id
    assert TENANT == principal.tenant_id
    assert CLIENT == principal.client_id
    assert {"profile", "access_as_user"} == principal.scopes
    assert {"Writer"} == principal.roles
    assert {GROUP} == principal.groups
    assert end == principal.expires_at
    assert "ana@example.com" == principal.claim("preferred_username")


async def test_no_token_and_no_claim_shows_in_the_repr_of_a_principal(
    issuer: Issuer, validator: AccessTokenValidator
) -> None:
    token = issuer.token()

    text = repr(await validator.validate(token))

    assert "ana@example.com" not in text
    assert [] == [part for part in token.split(".") if part in text]


async def test_asking_for_an_absent_claim_lists_the_names_of_those_present(
    issuer: Issuer, validator: AccessTokenValidator
) -> None:
    principal = await validator.validate(issuer.token())

    with pytest.raises(KeyError) as raised:
        principal.claim("email")

    assert "'email'" in str(raised.value)
    assert "preferred_username" in str(raised.value)
    assert "ana@example.com" not in str(raised.value)


async def test_roles_and_groups_that_are_no_lists_count_as_none(
    issuer: Issuer, validator: AccessTokenValidator
) -> None:
    principal = await validator.validate(issuer.token(roles="Writer", groups={"src1": {}}))

    assert (frozenset(), frozenset()) == (principal.roles, principal.groups)


@pytest.mark.parametrize(
    "offsets", [{"exp": -240}, {"nbf": 240}, {"iat": 240}], ids=["expired", "not valid yet", "issued later"]
)
async def test_clocks_may_differ_by_less_than_five_minutes(
    offsets: dict[str, int], issuer: Issuer, validator: AccessTokenValidator
) -> None:
    now = int(time.time())
    token = issuer.token(**{claim: now + offset for claim, offset in offsets.items()})

    assert USER == (await validator.validate(token)).object_id


async def test_a_token_without_azp_is_fine_where_any_client_may_call(
    issuer: Issuer, published: Published, open_http: Callable[..., Http]
) -> None:
    settings = Settings.from_environ({**ENVIRON, "ALLOWED_CLIENT_IDS": ""})
    validator = AccessTokenValidator(settings, {TENANT: SigningKeys(open_http(published), ISSUER)})

    anyone = await validator.validate(issuer.token(azp=OTHER_CLIENT))
    nobody = await validator.validate(issuer.token(without="azp"))

    assert (OTHER_CLIENT, "") == (anyone.client_id, nobody.client_id)


async def test_azp_is_compared_whatever_its_case(issuer: Issuer, validator: AccessTokenValidator) -> None:
    principal = await validator.validate(issuer.token(azp=CLIENT.upper()))

    assert CLIENT.upper() == principal.client_id


async def test_allowed_tenants_take_the_place_of_the_home_tenant(
    issuer: Issuer, published: Published, open_http: Callable[..., Http]
) -> None:
    other = f"{AUTHORITY}/{OTHER_TENANT}/v2.0"
    published.metadata["issuer"] = other
    settings = Settings.from_environ({**ENVIRON, "ALLOWED_TENANT_IDS": OTHER_TENANT})
    validator = AccessTokenValidator(settings, {OTHER_TENANT: SigningKeys(open_http(published), other)})

    guest = await validator.validate(issuer.token(tid=OTHER_TENANT, iss=other))
    with pytest.raises(RefusedTokenError) as raised:
        await validator.validate(issuer.token())

    assert OTHER_TENANT == guest.tenant_id
    assert "foreign_tenant" == raised.value.reason


async def test_a_known_token_ends_with_its_exp(
    issuer: Issuer, settings: Settings, published: Published, open_http: Callable[..., Http], clock: Clock
) -> None:
    published.keys = []
    keys = SigningKeys(open_http(published), ISSUER, clock=clock)
    validator = AccessTokenValidator(settings, {TENANT: keys}, clock=clock)
    published.keys = [issuer.public_jwk()]
    token = issuer.token(exp=int(clock.now) + 1000)
    known = await validator.validate(token)
    published.keys = [issuer.public_jwk(kid="key-2")]
    clock.advance(999)
    await keys.get("key-2")

    before = await validator.validate(token)
    clock.advance(2)
    with pytest.raises(RefusedTokenError) as raised:
        await validator.validate(token)

    assert known is before
    assert "unknown_key" == raised.value.reason


async def test_a_known_token_ends_with_its_allowed_age(
    issuer: Issuer, published: Published, open_http: Callable[..., Http], clock: Clock
) -> None:
    settings = Settings.from_environ({**ENVIRON, "MAX_TOKEN_AGE_HOURS": "0.5"})
    keys = SigningKeys(open_http(published), ISSUER, clock=clock)
    validator = AccessTokenValidator(settings, {TENANT: keys}, clock=clock)
    token = issuer.token(iat=int(clock.now))
    await validator.validate(token)
    clock.advance(1800 + 301)

    with pytest.raises(RefusedTokenError) as raised:
        await validator.validate(token)

    assert "too_old" == raised.value.reason


async def test_without_any_key_the_answer_is_not_that_the_token_is_bad(
    issuer: Issuer, published: Published, validator: AccessTokenValidator
) -> None:
    published.failing = httpx.ConnectError("no route")

    with pytest.raises(ToolError) as raised:
        await validator.validate(issuer.token())

    assert "unavailable" == raised.value.code


@pytest.mark.parametrize(
    "value", ["Bearer abc.def.ghi", "bearer abc.def.ghi", "BEARER   abc.def.ghi ", " Bearer abc.def.ghi"]
)
def test_the_scheme_is_bearer_whatever_its_case(value: str) -> None:
    assert "abc.def.ghi" == bearer_token([value])


def test_only_what_an_administrator_or_a_client_can_mend_has_a_remedy_of_its_own() -> None:
    reasons: tuple[Reason, ...] = get_args(Reason.__value__)
    remedies = {reason: RefusedTokenError(reason).remedy for reason in reasons}

    assert "api.requestedAccessTokenVersion to 2" in remedies.pop("version_1")
    assert "on behalf of users only" in remedies.pop("app_only")
    assert '"microsoft-authentication.implementation" to "msal-no-broker"' in remedies.pop("key_bound")
    assert 1 == len(set(remedies.values()))


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
async def test_the_type_of_a_token_may_be_jwt_or_access_token(
    typ: str, issuer: Issuer, validator: AccessTokenValidator
) -> None:
    token = issuer.sign({**issuer.header, "typ": typ}, issuer.claims())

    assert USER == (await validator.validate(token)).object_id


async def test_a_token_may_leave_its_type_out(issuer: Issuer, validator: AccessTokenValidator) -> None:
    header = {name: value for name, value in issuer.header.items() if name != "typ"}

    assert USER == (await validator.validate(issuer.sign(header, issuer.claims()))).object_id


async def test_scopes_may_be_a_list(issuer: Issuer, validator: AccessTokenValidator) -> None:
    principal = await validator.validate(issuer.token(scp=["profile", "access_as_user"]))

    assert {"profile", "access_as_user"} == principal.scopes


@pytest.mark.parametrize(
    ("changed", "logged"),
    [
        (
            {"iss": f"https://sts.windows.net/{TENANT}/"},
            f"its issuer is https://sts.windows.net/{TENANT}/, expected {ISSUER}",
        ),
        ({"aud": f"api://{SERVER}"}, f"its audience is api://{SERVER}, expected {SERVER}"),
        (
            {"aud": "https://graph.microsoft.com"},
            f"its audience is https://graph.microsoft.com, expected {SERVER}",
        ),
        ({"aud": [SERVER, "x"]}, f"its audience is one of another form, expected {SERVER}"),
        ({"aud": "ana@example.com"}, f"its audience is one of another form, expected {SERVER}"),
        ({"iss": "forged\nline"}, f"its issuer is one of another form, expected {ISSUER}"),
        ({"tid": OTHER_TENANT}, f"its tenant is {OTHER_TENANT}, expected {TENANT}"),
        ({"tid": "ana"}, f"its tenant is one of another form, expected {TENANT}"),
        ({"tid": STS}, f"its tenant is one of another form, expected {TENANT}"),
        ({"tid": ""}, f"its tenant is one of another form, expected {TENANT}"),
    ],
)
async def test_the_log_tells_the_expected_and_the_received_id_and_no_other_text(
    changed: dict[str, object],
    logged: str,
    issuer: Issuer,
    validator: AccessTokenValidator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(RefusedTokenError):
        await validator.validate(issuer.token(**changed))

    assert [f"access token refused: {logged}"] == [
        record.getMessage() for record in caplog.records if record.name == "shared.entra.access_token"
    ]


def test_the_reason_of_a_refusal_is_not_among_what_the_caller_is_told() -> None:
    error = RefusedTokenError("client_not_allowed")

    told = json.dumps([error.message, error.remedy, error.details, str(error)])

    assert "client_not_allowed" not in told


@pytest.mark.parametrize(("beyond", "accepted"), [(-1, True), (299, True), (301, False)])
async def test_an_old_token_is_accepted_for_as_long_as_clocks_may_differ(
    beyond: int,
    accepted: bool,
    issuer: Issuer,
    published: Published,
    open_http: Callable[..., Http],
    clock: Clock,
) -> None:
    settings = Settings.from_environ({**ENVIRON, "MAX_TOKEN_AGE_HOURS": "0.5"})
    keys = SigningKeys(open_http(published), ISSUER, clock=clock)
    token = issuer.token(iat=int(clock.now) - 1800 - beyond)

    outcome: object
    try:
        outcome = (
            await AccessTokenValidator(settings, {TENANT: keys}, clock=clock).validate(token)
        ).object_id
    except RefusedTokenError as error:
        outcome = error.reason

    assert (USER if accepted else "too_old") == outcome


def test_a_token_may_be_as_long_as_the_limit_and_no_longer() -> None:
    token = "header.claims.".ljust(LIMIT_CHARACTERS, "s")
    check_form(token)

    with pytest.raises(RefusedTokenError) as raised:
        check_form(f"{token}s")

    assert "oversized" == raised.value.reason
