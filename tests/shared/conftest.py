from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from shared.entra.access_token import AccessTokenValidator
from shared.entra.on_behalf_of import OnBehalfOf
from shared.entra.signing_keys import SigningKeys
from shared.http.http_client import Http
from shared.mcp.tool import Tool
from shared.server import Server
from shared.settings import Settings
from shared.storage.preference_store import MemoryPreferences
from tests.shared.clock import Clock, immediate_retries
from tests.shared.counted_exchange import CountedExchange
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
        return Http(lambda client=opened[-1]: client, **{"retry_policy": immediate_retries(), **options})

    yield open_to
    for client in opened:
        await client.aclose()


@pytest.fixture
def validator(
    settings: Settings, published: Published, open_http: Callable[..., Http]
) -> AccessTokenValidator:
    return AccessTokenValidator(settings, {TENANT: SigningKeys(open_http(published), ISSUER)})


@pytest.fixture
def exchange(clock: Clock) -> CountedExchange:
    return CountedExchange(clock)


@pytest.fixture
async def on_behalf_of(exchange: CountedExchange, clock: Clock) -> AsyncIterator[OnBehalfOf]:
    on_behalf_of = OnBehalfOf(exchange, clock=clock)
    yield on_behalf_of
    exchange.let_go.set()
    on_behalf_of.close()


@pytest.fixture
def open_server(
    settings: Settings, on_behalf_of: OnBehalfOf, open_http: Callable[..., Http]
) -> Callable[..., Server]:
    """Makes the server itself, with a function that answers as its whole network."""

    def open_to(answer: Callable[..., object], *tools: Tool, **changed: str) -> Server:
        return Server(
            Settings.from_environ({**ENVIRON, **changed}) if changed else settings,
            http=open_http(answer),
            on_behalf_of=on_behalf_of,
            preferences=MemoryPreferences(),
            tools=tools,
        )

    return open_to


@pytest.fixture
def server(published: Published, open_server: Callable[..., Server]) -> Server:
    """The server, where only the tenant answers."""
    return open_server(published)


@pytest.fixture
def server_with(published: Published, open_server: Callable[..., Server]) -> Callable[..., Server]:
    """Makes a server with these tools and settings, where only the tenant answers."""
    return lambda *tools, **changed: open_server(published, *tools, **changed)
