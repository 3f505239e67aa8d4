"""A running tenant: real processes on loopback, and clients that go in by the front door."""

import os
import ssl
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from local.tenant import Tenant


def started(folder: pytest.TempPathFactory, name: str, **app_settings: str) -> Iterator[Tenant]:
    """A tenant of its own for a module, with everything in its logs that there is."""
    os.environ["LOCAL_LOG_LEVEL"] = "DEBUG"
    with Tenant(folder.mktemp(name), app_settings=app_settings) as tenant:
        yield tenant


@pytest.fixture(scope="session")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """The tenant the journeys share. Whoever breaks something takes one of their own."""
    yield from started(tmp_path_factory, "tenant")


@pytest.fixture
async def http(tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """A client that trusts the tenant's CA and follows no redirect."""
    tls = ssl.create_default_context(cafile=str(tenant.layout.ca_file))
    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=30) as client:
        yield client
