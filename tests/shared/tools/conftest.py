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
