"""One local Entra per test, with a clock that only moves when told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from local import certificates
from local.control import Control
from local.entra import application
from local.entra.authority import Authority
from local.entra.keys import SigningKeys
from local.layout import Layout
from tests.local.entra.entra_client import Clock, Entra


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    ports = ("entra_http", "identity", "graph", "graph_files", "devops", "devops_profile", "devops_search")
    layout = Layout(
        folder=tmp_path_factory.mktemp("tenant"),
        host="http://localhost:7071",
        entra="https://localhost:8443",
        **{name: f"http://localhost:{8001 + index}" for index, name in enumerate(ports)},
    )
    certificates.prepare(layout)
    return layout


@pytest.fixture(scope="session")
def keys() -> SigningKeys:
    return SigningKeys()


@pytest.fixture
async def entra(layout: Layout, keys: SigningKeys) -> AsyncIterator[Entra]:
    control, clock = Control(), Clock()
    authority = Authority(layout, control, keys, clock)
    app = control.wrap(application(authority, layout.entra))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=layout.entra) as http:
        yield Entra(layout, authority, http, clock)
