"""Fixtures of the tools' tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.shared.tools.sandbox import Sandbox


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """The local Graph and Azure DevOps with fresh data."""
    made = Sandbox(tmp_path)
    yield made
    await made.server.close()


@pytest.fixture(scope="module")
async def module_sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """A sandbox of a whole module."""
    made = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield made
    await made.server.close()


@pytest.fixture
async def read_only(module_sandbox: Sandbox) -> AsyncIterator[Sandbox]:
    """The module's sandbox, for tests that write nothing; what they break is mended."""
    yield module_sandbox
    for service in ("graph", "devops"):
        await module_sandbox.control("PUT", service, "faults", [])
        await module_sandbox.control("DELETE", service, "journal")
