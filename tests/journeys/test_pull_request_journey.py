"""A pull request from its draft to the target branch, over the wire."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp import Client

from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.conftest import started
from tests.journeys.steps import error_of

BOOKING = {"organization": "larkspur", "project": "Booking"}


class Colleague:
    """Calls tools as one user."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await self._client.call_tool(tool, {**BOOKING, **arguments})
        assert not result.is_error, result.content
        return dict(result.structured_content or {})

    async def refused(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return error_of(await self._client.call_tool(tool, {**BOOKING, **arguments}))


@asynccontextmanager
async def signed_in(tenant: Tenant, alias: str) -> AsyncIterator[Colleague]:
    async with connected(tenant.layout, organisation().user(alias)) as (client, _):
        yield Colleague(client)


@pytest.fixture(scope="module")
def own_tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    yield from started(tmp_path_factory, "pull_requests")


async def test_a_pull_request_goes_from_a_draft_to_the_target_branch(own_tenant: Tenant):
    async with signed_in(own_tenant, "ana") as ana, signed_in(own_tenant, "ben") as ben:
        created = await ana(
            "devops_create_pull_request",
            repository="booking-web",
            source_branch="chiara/tiles",
            target_branch="",
            title="Try the tiles again",
            draft="true",
            reviewers=organisation().user("ben").user_principal_name,
            work_item_ids="1305",
        )
        number, commit = created["pull_request"]["id"], created["last_source_commit"]
        draft = await ana("devops_get_pull_request", pull_request=number)
        merge = {"pull_request": number, "last_source_commit": commit, "merge_strategy": "squash"}
        too_early = await ana.refused("devops_complete_pull_request", **merge)
        await ana("devops_update_pull_request", pull_request=number, draft="false", description="")

        file = draft["files"][0]["path"]
        begun = await ben(
            "devops_review_pull_request", pull_request=number, comment="Why?", file=file, line="1", vote=""
        )
        thread = {"pull_request": number, "thread_id": begun["thread_id"]}
        open_threads = await ana("devops_get_pull_request", pull_request=number, thread_status="open")
        answered = await ana("devops_review_pull_request", **thread, comment="Fewer.", thread_status="fixed")
        voted = await ben(
            "devops_review_pull_request", pull_request=number, vote="approve", last_source_commit=commit
        )
        reviewed = await ana("devops_get_pull_request", pull_request=number)

        moved = await ana.refused("devops_complete_pull_request", **{**merge, "last_source_commit": "0" * 40})
        merged = await ana("devops_complete_pull_request", **merge)
        again = await ana.refused("devops_complete_pull_request", **merge)
        lines = await ana(
            "devops_read_file", repository="booking-web", path=file, version=merged["merge_commit"]
        )

    assert (["Ben Osei"], [1305]) == ([each["name"] for each in draft["reviewers"]], draft["work_item_ids"])
    assert ["draft"] == [each["reason"] for each in draft["blockers"]]
    assert ("conflict", True) == (too_early["code"], "draft" in too_early["message"])
    assert [(file, 1, "active")] == [
        (each["file"], each["line"], each["status"]) for each in open_threads["threads"]
    ]
    assert ("fixed", "approved") == (answered["thread_status"], voted["verdict"])
    said = [each["text"]["text"] for each in reviewed["threads"][0]["comments"]]
    assert (["Why?", "Fewer."], []) == (said, reviewed["blockers"])
    assert ("conflict", True) == (moved["code"], commit in moved["message"])
    assert ("completed", True) == (merged["pull_request"]["status"], bool(lines["content"]["text"]))
    assert "conflict" == again["code"]


async def test_what_keeps_a_pull_request_open_is_said(own_tenant: Tenant):
    async with signed_in(own_tenant, "ana") as ana:
        blocked = await ana("devops_get_pull_request", pull_request=412)
        refused = await ana.refused(
            "devops_complete_pull_request", pull_request=412, last_source_commit=blocked["last_source_commit"]
        )

    (build,) = [each for each in blocked["blockers"] if each["build_id"]]
    assert ("policy", "rejected") == (build["reason"], build["status"])
    assert ("conflict", True) == (refused["code"], build["text"] in refused["message"])
