"""A running tenant with its trace page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from local.serving import TRACE_PAGE, TRACE_SETTING
from local.tenant import Tenant


@pytest.fixture(scope="session")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    settings = {"SIGN_IN_PROXY": "app"}
    folder = tmp_path_factory.mktemp("traced")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(TRACE_SETTING, "1")
        with Tenant(folder, app_settings=settings, further=[TRACE_PAGE]) as tenant:
            yield tenant


@pytest.fixture
async def page(tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """A client that says it is the page."""
    origin = {"Origin": tenant.layout.trace}
    async with httpx.AsyncClient(
        base_url=tenant.layout.trace, headers=origin, trust_env=False, timeout=60
    ) as page:
        yield page
