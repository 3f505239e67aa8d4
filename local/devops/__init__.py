"""Serves Azure DevOps Services as three hosts: organizations, profiles, search.

Controls beside the common ones, on every host:

    POST /_control/devops/reset        forget all writes, revocations and throttling
    PUT  /_control/devops/cae          {"user": alias}: answer 401 with claims to tokens given until now
    PUT  /_control/devops/sign-in      {"refusal": "negotiate" | "page" | "redirect" | "empty"}
    PUT  /_control/devops/throttling   headers every answer carries from now on; {} ends it
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.types import ASGIApp

from local.bearer import BearerCheck, KeySource, published_keys
from local.control import Control
from local.devops import (
    approvals,
    attachments,
    boards,
    build_definitions,
    build_list,
    builds,
    capacity,
    comments,
    git,
    pipelines,
    profile,
    projects,
    saved_queries,
    search,
    team_settings,
    test_results,
    wiki,
    wiql_query,
    work_item_batch,
    work_item_metadata,
    work_items,
)
from local.devops.routing import Host
from local.devops.service import Service
from local.devops.sign_in import SignIn
from local.layout import Layout

ORGANIZATIONS = [
    *projects.OPERATIONS,
    *team_settings.OPERATIONS,
    *capacity.OPERATIONS,
    *boards.OPERATIONS,
    *saved_queries.OPERATIONS,
    *work_items.OPERATIONS,
    *work_item_batch.OPERATIONS,
    *attachments.OPERATIONS,
    *comments.OPERATIONS,
    *work_item_metadata.OPERATIONS,
    *wiql_query.OPERATIONS,
    *build_definitions.OPERATIONS,
    *build_list.OPERATIONS,
    *builds.OPERATIONS,
    *approvals.OPERATIONS,
    *test_results.OPERATIONS,
    *pipelines.OPERATIONS,
    *git.OPERATIONS,
    *wiki.OPERATIONS,
]


def listeners(layout: Layout) -> dict[str, ASGIApp]:
    """Returns the ASGI app for each base URL of Azure DevOps."""
    return hosts(layout, published_keys(layout), lambda: datetime.now(UTC))


def hosts(layout: Layout, fetch_keys: KeySource, clock: Callable[[], datetime]) -> dict[str, ASGIApp]:
    """Returns the same, with the source of Entra's keys and the time handed in."""
    control = Control()
    sign_in = SignIn(BearerCheck("devops", fetch_keys), layout.devops_profile)
    service = Service(layout.devops, sign_in, control, clock)
    return {
        layout.devops: control.wrap(service.app(Host(ORGANIZATIONS, places=3, scope_refusal=403))),
        layout.devops_profile: control.wrap(
            service.app(Host(profile.OPERATIONS, places=0, scope_refusal=401))
        ),
        layout.devops_search: control.wrap(service.app(Host(search.OPERATIONS, places=2, scope_refusal=401))),
    }
