"""One proxy per test, with an Entra, a storage in memory and a clock that moves when told."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from shared.http.http_client import Http
from shared.http.public_documents import Fetched, NotFetchedError
from shared.settings.sign_in_settings import read
from shared.sign_in.sign_in_proxy import SignInProxy
from shared.storage.row_store import MemoryRows
from tests.shared.clock import Clock
from tests.shared.issuer import ENVIRON, Issuer
from tests.shared.sign_in.browser import ORIGIN, Browser, Functions, json_of
from tests.shared.sign_in.played_entra import PROXY, PlayedEntra

SIGN_IN = {
    **ENVIRON,
    "ALLOWED_CLIENT_IDS": PROXY,
    "SIGN_IN_PROXY": "app",
    "SIGN_IN_ORIGIN": ORIGIN,
    "SIGN_IN_CLIENT_ID": PROXY,
    "SIGN_IN_TABLE_URL": "https://account.table.core.windows.net/signin",
    "SIGN_IN_REGISTRATION": "true",
}


class Web:
    """What clients publish: a document, or why it cannot be had, by its address.

    Attributes:
        asked: The addresses that were fetched.
        most_under_way: How many were fetched at once.
    """

    def __init__(self) -> None:
        self.documents: dict[str, bytes | str] = {}
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        self.under_way = 0
        self.most_under_way = 0

    async def __call__(self, url: str) -> Fetched:
        self.asked.append(url)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        found = self.documents.get(url, "unreachable")
        if isinstance(found, str):
            raise NotFetchedError(found)
        return Fetched(found, httpx.Headers(self.headers))


@pytest.fixture
def entra(issuer: Issuer) -> PlayedEntra:
    return PlayedEntra(issuer)


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def rows(clock: Clock) -> MemoryRows:
    return MemoryRows(clock=clock)


@pytest.fixture
def open_proxy(
    entra: PlayedEntra, web: Web, rows: MemoryRows, clock: Clock, open_http: Callable[..., Http]
) -> Callable[..., Functions]:
    """Makes the functions of a proxy with these settings."""

    def open_with(environ: Mapping[str, str] = {}, *, store: Any = None) -> Functions:
        settings, sign_in = read({**SIGN_IN, **environ})
        return Functions(
            SignInProxy(
                settings,
                sign_in,
                http=open_http(entra),
                store=store or rows,
                fetch=web,
                requests=entra,
                clock=clock,
            )
        )

    return open_with


@pytest.fixture
def functions(open_proxy: Callable[..., Functions]) -> Functions:
    return open_proxy()


@pytest.fixture
def browser(functions: Functions, entra: PlayedEntra) -> Browser:
    return Browser(functions, entra)


@pytest.fixture
async def client_id(functions: Functions) -> str:
    return str(json_of(await functions.register())["client_id"])
