"""The caller's own defaults."""

import pytest

from shared.errors import ToolError
from shared.storage.preference_store import Preferences
from shared.tools.preferences import get_preferences, set_preferences
from tests.shared.tools.sandbox import Sandbox


async def test_nothing_is_set_at_first(sandbox: Sandbox):
    assert await sandbox.call(get_preferences) == Preferences()


async def test_what_is_set_stays_until_it_is_changed_or_cleared(sandbox: Sandbox):
    await sandbox.call(set_preferences, organization="larkspur", time_zone="Europe/Lisbon")
    changed = await sandbox.call(set_preferences, project="Booking", clear=["time_zone"])

    assert changed == Preferences(organization="larkspur", project="Booking")
    assert await sandbox.call(get_preferences) == changed


async def test_everybody_has_their_own(sandbox: Sandbox):
    await sandbox.call(set_preferences, user="ana", organization="larkspur")

    assert await sandbox.call(get_preferences, user="ben") == Preferences()


async def test_a_time_zone_that_does_not_exist_is_refused(sandbox: Sandbox):
    with pytest.raises(ToolError) as refused:
        await sandbox.call(set_preferences, time_zone="Atlantis/Capital")

    assert refused.value.code == "invalid_argument"
    assert refused.value.message.startswith("time_zone")
    assert await sandbox.call(get_preferences) == Preferences()
