"""The same attacks on the running tenant: real processes, TLS and the host between."""

import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from local import tenant
from local.tenant import Tenant
from tests.hostile.samples import URL_TRICKS
from tests.journeys.conftest import started
from tests.journeys.steps import access_token, message, post

TOOL = "graph_get_email"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant for the attacks alone."""
    yield from started(tmp_path_factory, "hostile")


@pytest.fixture(scope="module")
async def token(running: Tenant) -> str:
    """Ana's access token."""
    return await access_token(running.layout, "ana")


@pytest.fixture
async def http(running: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """A client that trusts the tenant's CA."""
    tls = ssl.create_default_context(cafile=str(running.layout.ca_file))
    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=30) as client:
        yield client


async def called(
    http: httpx.AsyncClient, running: Tenant, token: str, arguments: Any, tool: str = TOOL
) -> dict[str, Any]:
    """The result of a tool call."""
    answer = await post(
        http, running.layout, "tools/call", {"name": tool, "arguments": arguments}, token=token
    )
    return dict(message(answer)["result"])


def asked(running: Tenant) -> list[str]:
    """The paths that Graph was asked for."""
    return [
        entry["path"] for entry in tenant.journal(running.layout, "graph") if entry["event"] == "answered"
    ]


async def test_no_trick_leads_graph_out_of_the_mailbox(running: Tenant, http: httpx.AsyncClient, token: str):
    before = len(asked(running))

    for value in URL_TRICKS.values():
        result = await called(http, running, token, {"message_id": value})
        assert result["isError"]

    paths = asked(running)[before:]
    assert paths
    assert {"/v1.0/me/messages/"} == {path[: len("/v1.0/me/messages/")] for path in paths}


@pytest.mark.parametrize(
    "arguments",
    [
        {"message_id": "x" * 1_001},
        {"message_id": "x", "offset": 10**400},
        {"message_id": [["x"] * 50] * 50},
        [],
    ],
    ids=["too long", "too large", "a list", "no object"],
)
async def test_hostile_arguments_are_refused_at_the_front_door(
    arguments: Any, running: Tenant, http: httpx.AsyncClient, token: str
):
    answer = await post(
        http, running.layout, "tools/call", {"name": TOOL, "arguments": arguments}, token=token
    )

    told = (
        message(answer) if answer.headers["content-type"].startswith("text/event-stream") else answer.json()
    )
    assert "error" in told or told["result"]["isError"]


async def test_the_server_answers_others_after_all_that(running: Tenant, http: httpx.AsyncClient, token: str):
    result = await called(http, running, token, {}, tool="graph_get_profile")

    assert not result.get("isError")
    assert "ana.duarte@larkspur.example" == result["structuredContent"]["mail"]
