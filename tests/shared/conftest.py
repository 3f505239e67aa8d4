from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from shared.entra.access_token import AccessTokenValidator
from shared.entra.signing_keys import SigningKeys
from shared.http import Http
from shared.settings import Settings
from tests.shared.clock import Clock
from tests.shared.issuer import ENVIRON, ISSUER, TENANT, Issuer, Published


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def settings() -> Settings:
    return Settings.from_environ(ENVIRON)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def published(issuer: Issuer) -> Published:
    return Published(issuer.public_jwk())


@pytest.fixture
async def open_http() -> AsyncIterator[Callable[..., Http]]:
    """Opens connections to a function that answers, and closes them after the test."""
    opened: list[httpx.AsyncClient] = []

    def open_to(answer: Callable[..., object], **options: object) -> Http:
        opened.append(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        return Http(opened[-1], **options)

    yield open_to
    for client in opened:
        await client.aclose()


@pytest.fixture
def validator(
    settings: Settings, published: Published, open_http: Callable[..., Http]
) -> AccessTokenValidator:
    return AccessTokenValidator(settings, {TENANT: SigningKeys(open_http(published), ISSUER)})
