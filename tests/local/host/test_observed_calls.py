"""Calls of tools, resources and prompts, as the host observes them for the trace page."""

import pytest


async def observed(control):
    seen, _ = await control.observations.after("", 0)
    return [each for each in seen if each["event"] in ("call_begun", "call_ended")]


@pytest.mark.parametrize(
    ("method", "params", "name"),
    [
        ("tools/call", {"name": "greet", "arguments": {"name": "Ana"}}, "greet"),
        ("resources/read", {"uri": "sample://plain"}, "sample://plain"),
        ("prompts/get", {"name": "nothing"}, "nothing"),
    ],
)
async def test_each_kind_of_call_is_observed_by_its_name(caller, control, method, params, name):
    await caller.request(method, params)

    begun, ended = await observed(control)
    assert (method, name) == (begun["method"], begun["name"])
    assert "Ana" not in str((begun, ended))


async def test_a_failure_is_observed_with_what_the_client_is_told(caller, control):
    await caller.request("tools/call", {"name": "nobody's"})

    _, ended = await observed(control)
    assert (False, {"message": "Unknown tool: 'nobody's'"}) == (ended["ok"], ended["error"])


async def test_other_messages_are_no_calls(caller, control):
    await caller.request("tools/list")
    await caller.request("ping")

    assert [] == await observed(control)
