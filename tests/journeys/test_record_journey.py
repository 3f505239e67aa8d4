"""What a running tenant's host writes down of its calls, and what it does not."""

import re
import ssl
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.conftest import started
from tests.journeys.steps import audit_lines, call_with, error_of, fail, issue, message, post

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant whose host nobody has called, with everything in its logs that there is."""
    yield from started(tmp_path_factory, "recorded")


@pytest.fixture
async def http(recorded: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """A client that trusts this tenant's CA."""
    tls = ssl.create_default_context(cafile=str(recorded.layout.ca_file))
    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=30) as client:
        yield client


async def test_health_is_503_while_the_keys_it_needs_were_never_had(
    recorded: Tenant, http: httpx.AsyncClient
):
    health = f"{recorded.layout.host}/api/health"
    token = issue(recorded.layout, "ana")
    # Easy Auth, in front, has keys of its own.
    await post(http, recorded.layout, "tools/list", token=token)
    before = await http.get(health)
    fail(recorded.layout, "entra", {"path": "*/discovery/*", "status": 503})
    refused = message(await call_with(http, recorded.layout, token))["result"]
    during = await http.get(health)
    fail(recorded.layout, "entra")
    deadline = time.monotonic() + 10
    while message(await call_with(http, recorded.layout, token))["result"]["isError"]:
        assert time.monotonic() < deadline
    after = await http.get(health)

    assert "unavailable" == refused["_meta"]["m365-devops-mcp/error"]["code"]
    assert [200, 503, 200] == [response.status_code for response in (before, during, after)]
    assert '{"status":"unavailable"}' == during.text


async def test_success_refusal_and_upstream_failure_leave_a_line_each(
    recorded: Tenant, http: httpx.AsyncClient
):
    layout = recorded.layout
    graph = layout.graph.removeprefix("https://")
    ben = organisation().user("ben")
    known = len(audit_lines(recorded))
    async with connected(layout, ben) as (client, _):
        assert (await client.call_tool("graph_get_profile", {})).is_error is False
        await call_with(http, layout, issue(layout, "ben", scp="something_else"))
        fail(layout, "graph", {"path": "/v1.0/*", "status": 403})
        assert "forbidden" == error_of(await client.call_tool("graph_get_profile", {}))["code"]
        fail(layout, "graph")

    success, refusal, failure = audit_lines(recorded)[known:]
    assert ["ok", "sign_in_required", "forbidden"] == [
        line["outcome"] for line in (success, refusal, failure)
    ]
    assert ["ok", "missing_scope", "forbidden"] == [line["reason"] for line in (success, refusal, failure)]
    assert [ben.object_id, None, ben.object_id] == [line["user"] for line in (success, refusal, failure)]
    assert {"200": 1} == success["downstream"][graph]
    assert {} == refusal["downstream"]
    assert {graph: {"403": 1}} == failure["downstream"]
    # The first call's exchange at Entra, and its request to Graph.
    assert 2 == len(success["client_request_ids"])
    assert 1 == len(success["request_ids"][graph])
    assert all(re.fullmatch(r"[0-9a-f]{32}", line["trace_id"]) for line in (success, refusal, failure))


async def test_a_call_belongs_to_the_trace_its_client_names(recorded: Tenant, http: httpx.AsyncClient):
    token = issue(recorded.layout, "ana")
    http.headers["traceparent"] = f"00-{TRACE}-b7ad6b7169203331-01"
    await call_with(http, recorded.layout, token)

    assert TRACE == audit_lines(recorded)[-1]["trace_id"]
