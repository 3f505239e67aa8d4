"""What asking either API has in common: one segment stays one segment, one renewal, one token place."""

import base64
import threading
from collections.abc import Callable
from typing import Annotated, Any

import httpx
import pytest
from pydantic import BaseModel, BeforeValidator, field_validator

from shared.apis.claims import claims_challenge
from shared.apis.models import GraphModel
from shared.apis.requests import (
    LONG_BYTES,
    AuthorizedHttp,
    Target,
    build_target,
    expand_path,
    json_object,
    parse,
    parse_all,
    quotable,
)
from shared.entra.delegated_access import DelegatedAccess
from shared.entra.on_behalf_of import Assertion, OnBehalfOf
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.http.messages import Response
from shared.settings import Settings
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import TENANT

CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}},"pad":">>>???"}'
ADDRESS = "https://api.example/things"
TARGET = Target(ADDRESS, "/things")


def challenge(claims: str, *, error: str = "insufficient_claims") -> dict[str, str]:
    return {
        "www-authenticate": 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/'
        f'oauth2/authorize", client_id="00000003", error="{error}", claims="{claims}"'
    }


@pytest.mark.parametrize(
    "encoded",
    [
        base64.b64encode(CLAIMS.encode()).decode(),
        base64.b64encode(CLAIMS.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(CLAIMS.encode()).decode().rstrip("="),
    ],
    ids=["padded", "unpadded", "base64url"],
)
def test_a_claims_challenge_is_read(encoded: str) -> None:
    assert CLAIMS == claims_challenge(challenge(encoded))


def test_commas_inside_quotes_end_no_parameter() -> None:
    encoded = base64.b64encode(CLAIMS.encode()).decode()
    header = (
        f'Bearer error_description="Sign in, again, please", error="insufficient_claims", claims="{encoded}"'
    )

    assert CLAIMS == claims_challenge(httpx.Headers({"WWW-Authenticate": header}))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"www-authenticate": "Bearer"},
        {"www-authenticate": 'Bearer error="insufficient_claims"'},
        challenge(base64.b64encode(CLAIMS.encode()).decode(), error="invalid_token"),
        challenge("not*base64"),
        challenge("Grüße"),
        challenge(base64.b64encode(b"not JSON").decode()),
        challenge(base64.b64encode(b'["a list"]').decode()),
        challenge(base64.b64encode(b"\xff\xfe").decode()),
    ],
)
def test_what_is_no_claims_challenge_asks_for_no_claims(headers: dict[str, str]) -> None:
    assert claims_challenge(headers) is None


@pytest.mark.parametrize(
    ("segment", "quoted"),
    [
        ("AAMkAG=", "AAMkAG%3D"),
        ("a/b", "a%2Fb"),
        ("..%2fadmin", "..%252fadmin"),
        ("a?$filter=b", "a%3F%24filter%3Db"),
        ("a#b", "a%23b"),
        ("@evil.example", "%40evil.example"),
        ("a b", "a%20b"),
        ("a\\b", "a%5Cb"),
        ("a;b", "a%3Bb"),
        ("a\r\nHost: evil", "a%0D%0AHost%3A%20evil"),
        ("Grüße", "Gr%C3%BC%C3%9Fe"),
        ("{}", "%7B%7D"),
        ("{0.__class__}", "%7B0.__class__%7D"),
        ("...", "..."),
    ],
)
def test_a_segment_stays_one_segment(segment: str, quoted: str) -> None:
    path = expand_path("/me/messages/{}/attachments/{}", [segment, "1"])

    assert f"/me/messages/{quoted}/attachments/1" == path
    assert f"https://api.example/v1.0{path}" == str(
        httpx.Request("GET", f"https://api.example/v1.0{path}").url
    )


@pytest.mark.parametrize(
    "segment",
    [
        "",
        ".",
        "..",
        "a\ud800",
        "../admin",
        "a/../b",
        "a/..",
        "./a",
        "a/./b",
        "a\\..\\b",
        "a/..\\b",
        "x/../../y",
    ],
)
def test_what_cannot_be_a_segment_is_refused(segment: str) -> None:
    with pytest.raises(ToolError) as raised:
        expand_path("/me/messages/{}", [segment])

    assert "invalid_argument" == raised.value.code


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("one\r\n  two\tthree", "one two three"),
        ("a\x1b[31mb\u202ec\u200bd", "a [31mb c d"),
        ("x" * 301, "x" * 300 + "…"),
        ({"message": 1}, "{'message': 1}"),
        ("a\ud800b", "a b"),
    ],
)
def test_upstream_text_is_quoted_on_one_line_and_in_part(said: object, quoted: str) -> None:
    assert quoted == quotable(said)


def test_a_document_of_another_shape_names_its_fields_and_no_value() -> None:
    class Thing(BaseModel):
        id: str
        size: int

    with pytest.raises(ToolError) as raised:
        parse(Thing, {"size": "secret-size"}, service="The API")

    assert ("upstream_error", "The API sent a response of an unexpected form (id, size).") == (
        raised.value.code,
        raised.value.message,
    )


class Recorded:
    """An API that takes only some tokens, and remembers the requests."""

    def __init__(self, *taken: str, challenge: dict[str, str] | None = None) -> None:
        self.taken = {f"Bearer {token}" for token in taken}
        self.challenge = challenge or {}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.headers["authorization"] in self.taken:
            return httpx.Response(200, json={})
        return httpx.Response(401, headers=self.challenge)


@pytest.fixture
def access(on_behalf_of: OnBehalfOf, settings: Settings) -> DelegatedAccess:
    return DelegatedAccess(
        on_behalf_of,
        Assertion("token-of-ana", TENANT),
        resource="https://api.example",
        scopes=["Read"],
        settings=settings,
    )


def authorized(http: Http, access: DelegatedAccess) -> AuthorizedHttp:
    return AuthorizedHttp(http, access, service="The API", refused=is_refused)


def is_refused(answer: Response) -> bool:
    return answer.status == 401


async def test_the_token_is_in_its_header_and_nowhere_else(
    access: DelegatedAccess, open_http: Callable[..., Http]
) -> None:
    api = Recorded("downstream-1")

    await authorized(open_http(api), access).send(
        "POST", TARGET, params={"$top": "5", "q": "a b&c"}, headers={"Prefer": "x"}, body={"a": 1}
    )

    (request,) = api.requests
    assert f"{ADDRESS}?$top=5&q=a%20b%26c" == str(request.url)
    assert b'{"a":1}' == request.content
    assert ("application/json", "x") == (request.headers["accept"], request.headers["prefer"])
    assert ["authorization"] == [name for name, value in request.headers.items() if "downstream" in value]
    assert "client-request-id" in request.headers


async def test_a_refused_token_is_renewed_once_with_the_claims_asked_for(
    access: DelegatedAccess, exchange: CountedExchange, open_http: Callable[..., Http]
) -> None:
    encoded = base64.b64encode(CLAIMS.encode()).decode()
    api = Recorded("downstream-2", challenge=challenge(encoded))

    answer = await authorized(open_http(api), access).send("GET", TARGET)

    assert 200 == answer.status
    assert ["Bearer downstream-1", "Bearer downstream-2"] == [
        request.headers["authorization"] for request in api.requests
    ]
    assert [None, CLAIMS] == [claims for _, _, _, claims in exchange.asked]


async def test_a_second_refusal_is_handed_on(
    access: DelegatedAccess, exchange: CountedExchange, open_http: Callable[..., Http]
) -> None:
    api = Recorded()

    answer = await authorized(open_http(api), access).send("GET", TARGET)

    assert 401 == answer.status
    assert (2, 2) == (len(api.requests), len(exchange.asked))


async def test_without_a_token_nothing_is_sent(
    access: DelegatedAccess, exchange: CountedExchange, open_http: Callable[..., Http]
) -> None:
    api = Recorded()
    exchange.failing = ToolError("consent_required", "Consent is missing.", "Grant it.")

    with pytest.raises(ToolError) as raised:
        await authorized(open_http(api), access).send("GET", TARGET)

    assert "consent_required" == raised.value.code
    assert [] == api.requests


def test_a_target_keeps_what_fills_it_out_of_its_template() -> None:
    found = build_target("https://api.example/v1.0", "/me/messages/{}/parts/{}", ("a/b?c", ["d", "e"]))

    assert "https://api.example/v1.0/me/messages/a%2Fb%3Fc/parts/d/e" == found.url
    assert "/v1.0/me/messages/{}/parts/{}" == found.template


class ReadBy(BaseModel):
    """Which thread made it."""

    thread: Annotated[int, BeforeValidator(lambda _: threading.get_ident())]


@pytest.mark.parametrize(("size", "elsewhere"), [(LONG_BYTES - 1, False), (LONG_BYTES, True)])
async def test_a_long_answer_is_read_on_a_thread(size: int, elsewhere: bool) -> None:
    found = await parse_all(ReadBy, [{"thread": 0}, {"thread": 0}], size=size, service="The API")

    assert 2 == len(found)
    assert elsewhere == (found[0].thread != threading.get_ident())


async def test_a_long_answer_of_another_form_is_the_same_failure() -> None:
    with pytest.raises(ToolError) as raised:
        await parse_all(ReadBy, [{}], size=LONG_BYTES, service="The API")

    assert ("upstream_error", "The API sent a response of an unexpected form (thread).") == (
        raised.value.code,
        raised.value.message,
    )


@pytest.mark.parametrize(
    "claims",
    [
        b'{"a":' * 9 + b"1" + b"}" * 9,
        b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
        b'{"a": "' + b"x" * 9_000 + b'"}',
    ],
    ids=["deep", "very deep", "long"],
)
def test_a_claims_challenge_of_another_size_than_any_is_none(claims: bytes) -> None:
    header = f'Bearer error="insufficient_claims", claims="{base64.b64encode(claims).decode()}"'

    assert claims_challenge({"www-authenticate": header}) is None


class Odd(GraphModel):
    """Has a validator that looks into its value without asking what it is."""

    id: str
    sender: str = ""

    @field_validator("sender", mode="before")
    @classmethod
    def _sender(cls, value: Any) -> str:
        return str(value["emailAddress"].get("address"))


@pytest.mark.parametrize("value", [7, [], {}, {"emailAddress": "secret"}, {"emailAddress": 7}, "secret"])
def test_a_validator_that_cannot_look_into_a_value_names_its_field(value: Any) -> None:
    with pytest.raises(ToolError) as raised:
        parse(Odd, {"id": "1", "sender": value}, service="The API")

    assert ("upstream_error", "The API sent a response of an unexpected form (sender).") == (
        raised.value.code,
        raised.value.message,
    )


def test_a_null_is_a_value_that_is_not_given() -> None:
    assert "" == parse(Odd, {"id": "1", "sender": None}, service="The API").sender
    with pytest.raises(ToolError, match=r"unexpected form \(id\)"):
        parse(Odd, {"id": None}, service="The API")


@pytest.mark.parametrize("listed", [7, "secret", {"a": 1}, True])
async def test_a_list_that_is_none_is_an_unexpected_form(listed: Any) -> None:
    with pytest.raises(ToolError) as raised:
        await parse_all(Odd, listed, size=1, service="The API")

    assert "The API sent a response of an unexpected form (value)." == raised.value.message


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"a": "x\\u0000y"}', "x\ufffdy"),
        (b'{"a": "x\\ud800y"}', "x\ufffdy"),
        (b'{"a": "\\uDFFF\\ud83d"}', "\ufffd\ufffd"),
        (b'{"a": "\\ud83d\\ude00"}', "\U0001f600"),
        (b'{"a": "x\xed\xa0\x80y"}', "x\ufffd\ufffd\ufffdy"),
        (b'{"a": "\xff"}', "\ufffd"),
        (b'\xef\xbb\xbf{"a": "b"}', "b"),
    ],
)
def test_nul_and_half_characters_are_replaced(body: bytes, text: str) -> None:
    assert {"a": text} == json_object(body)
