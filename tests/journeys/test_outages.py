"""What goes on when a service does not."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.conftest import started
from tests.journeys.steps import TOOL, control, error_of, exchanges, fail


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant of which services may be stopped."""
    yield from started(tmp_path_factory, "fragile")


@pytest.fixture(autouse=True)
def mended(fragile: Tenant) -> Iterator[None]:
    yield
    for service in ("entra", "graph"):
        fail(fragile.layout, service)


@pytest.mark.parametrize(
    ("service", "fault", "code"),
    [
        ("entra", {"path": "*/token", "status": 503}, "unavailable"),
        ("entra", {"path": "*/token", "status": 200, "body": "<html>"}, "unavailable"),
        ("entra", {"path": "*/token", "status": 302, "headers": {"Location": "/"}}, "unavailable"),
        ("entra", {"path": "*/token", "status": 429, "headers": {"Retry-After": "7"}}, "throttled"),
        ("graph", {"path": "/v1.0/*", "status": 503, "body": "<html>"}, "unavailable"),
        ("graph", {"path": "/v1.0/*", "status": 429, "headers": {"Retry-After": "2.128"}}, "throttled"),
        ("graph", {"path": "/v1.0/*", "status": 200, "body": "not JSON"}, "upstream_error"),
    ],
    ids=lambda value: value["status"] if isinstance(value, dict) else value,
)
async def test_a_failing_service_is_named_and_forgiven(
    fragile: Tenant, service: str, fault: dict[str, object], code: str
):
    async with connected(fragile.layout, organisation().user("chiara")) as (client, _):
        fail(fragile.layout, service, fault)
        broken = error_of(await client.call_tool(TOOL, {}))
        fail(fragile.layout, service)
        mended = await client.call_tool(TOOL, {})

    assert broken["code"] == code
    assert mended.is_error is False


async def test_one_users_throttling_is_not_anothers(fragile: Tenant):
    async with (
        connected(fragile.layout, organisation().user("grace")) as (grace, _),
        connected(fragile.layout, organisation().user("hugo")) as (hugo, _),
    ):
        throttled = {"path": "*/token", "times": 1, "status": 429, "headers": {"Retry-After": "60"}}
        fail(fragile.layout, "entra", throttled)
        first = error_of(await grace.call_tool(TOOL, {}))
        second = await hugo.call_tool(TOOL, {})

    assert (first["code"], first["retry_after"]) == ("throttled", 60)
    assert second.is_error is False


async def test_a_slow_entra_does_not_hold_up_those_whose_token_is_kept(fragile: Tenant):
    async with connected(fragile.layout, organisation().user("ben")) as (ben, _):
        await ben.call_tool(TOOL, {})
        async with connected(fragile.layout, organisation().user("grace")) as (grace, _):
            fail(fragile.layout, "entra", {"path": "*/token", "latency": 3})
            waiting = asyncio.create_task(grace.call_tool(TOOL, {}))
            begun = time.monotonic()
            results = [await ben.call_tool(TOOL, {}) for _ in range(5)]
            taken = time.monotonic() - begun
            slow = await waiting

    assert [result.is_error for result in results] == [False] * 5
    assert taken < 2
    assert slow.is_error is False


async def test_a_revoked_token_is_exchanged_anew_with_the_claims_asked_for(fragile: Tenant):
    async with connected(fragile.layout, organisation().user("hugo")) as (client, _):
        first = await client.call_tool(TOOL, {})
        control(fragile.layout, "graph", "PUT", "graph/cae", {"user": "hugo"})
        before = exchanges(fragile.layout, "hugo")
        second, third = await client.call_tool(TOOL, {}), await client.call_tool(TOOL, {})

    assert (first.is_error, second.is_error, third.is_error) == (False, False, False)
    assert exchanges(fragile.layout, "hugo") == before + 1


async def test_callers_go_on_when_entra_is_gone(fragile: Tenant):
    async with connected(fragile.layout, organisation().user("ana")) as (ana, _):
        first = await ana.call_tool("get_user_context", {})
        fragile.stop("entra")
        later = [await ana.call_tool("get_user_context", {}) for _ in range(5)]
    fragile.start("entra")

    assert first.is_error is False
    assert [result.is_error for result in later] == [False] * 5
    assert all(result.structured_content == first.structured_content for result in later)
