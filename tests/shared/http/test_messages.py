"""Requests and responses as data: what of them shows, and what may be sent again."""

import pytest

from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import Assertion
from shared.http.messages import Request, Response
from shared.mcp.invocation import Invocation
from tests.shared.issuer import TENANT

SECRET = "secret-text"


@pytest.mark.parametrize(
    "holder",
    [
        Request("GET", "https://api.example/me", headers={"Authorization": f"Bearer {SECRET}"}),
        Request("POST", "https://api.example/me", json={"body": SECRET}),
        Request("PUT", "https://api.example/me", content=SECRET.encode()),
        Response(200, {}, SECRET.encode()),
        Assertion(SECRET, TENANT),
        DownstreamToken(SECRET, frozenset(), 0.0),
        Invocation({}, {"Authorization": f"Bearer {SECRET}"}),
    ],
    ids=["headers", "json", "content", "body", "token A", "token B", "invocation"],
)
def test_no_repr_shows_a_token_or_a_body(holder: object) -> None:
    assert SECRET not in repr(holder)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_what_changes_nothing_is_sent_again(method: str) -> None:
    request = Request(method, "https://api.example/me")

    assert not request.is_repeatable
    assert Request("GET", "https://api.example/me").is_repeatable
    assert Request("POST", "https://api.example/search", reads=True).is_repeatable
