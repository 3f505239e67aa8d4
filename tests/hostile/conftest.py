"""The server under attack."""

from collections.abc import AsyncIterator

import pytest

from tests.hostile.world import World


@pytest.fixture(scope="module")
async def module_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world of a whole module."""
    made = World(tmp_path_factory.mktemp("hostile"))
    yield made
    await made.close()


@pytest.fixture
async def world(module_world: World) -> World:
    """The module's world, with nothing sent yet and nothing planted."""
    module_world.wire.sent.clear()
    module_world.wire.answers.clear()
    return module_world
