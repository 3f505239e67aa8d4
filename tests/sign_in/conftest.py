"""A tenant whose server signs in clients that Entra does not know."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from local.tenant import Tenant


@pytest.fixture(scope="session")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with Tenant(tmp_path_factory.mktemp("tenant"), app_settings={"SIGN_IN_PROXY": "app"}) as tenant:
        yield tenant


@pytest.fixture
async def http(tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """A client that trusts the tenant's CA and follows no redirect."""
    tls = ssl.create_default_context(cafile=str(tenant.layout.ca_file))
    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=30) as client:
        yield client
