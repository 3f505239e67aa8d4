"""Serves Azure DevOps Services as several hosts: organizations, profiles, search, people, and others.

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
    code_search,
    comments,
    git,
    git_commits,
    git_items,
    git_refs,
    identities,
    library,
    pipelines,
    policies,
    profile,
    projects,
    pull_request_reviews,
    pull_request_writing,
    releases,
    saved_queries,
    search,
    security_alerts,
    team_settings,
    test_plans,
    test_results,
    wiki,
    wiql_query,
    work_item_batch,
    work_item_metadata,
    work_item_tags,
    work_items,
)
from local.devops.routing import Host
from local.devops.service import Service
from local.devops.sign_in import SignIn
from local.layout import Layout

SEARCHES = [*search.OPERATIONS, *code_search.OPERATIONS]
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
    *test_plans.OPERATIONS,
    *pipelines.OPERATIONS,
    *git.OPERATIONS,
    *pull_request_reviews.OPERATIONS,
    *pull_request_writing.OPERATIONS,
    *policies.OPERATIONS,
    *library.OPERATIONS,
    *work_item_tags.OPERATIONS,
    *git_items.OPERATIONS,
    *git_refs.OPERATIONS,
    *git_commits.OPERATIONS,
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
    described = {
        layout.devops: Host(ORGANIZATIONS, places=3, scope_refusal=403, name="dev.azure.com"),
        layout.devops_profile: Host(
            profile.OPERATIONS, places=0, scope_refusal=401, name="app.vssps.visualstudio.com"
        ),
        layout.devops_search: Host(SEARCHES, places=2, scope_refusal=401, name="almsearch.dev.azure.com"),
        layout.devops_identities: Host(
            identities.OPERATIONS, places=1, scope_refusal=401, name="vssps.dev.azure.com"
        ),
        layout.devops_releases: Host(
            releases.OPERATIONS, places=2, scope_refusal=401, name="vsrm.dev.azure.com"
        ),
        layout.devops_security: Host(
            security_alerts.OPERATIONS, places=2, scope_refusal=401, name="advsec.dev.azure.com"
        ),
        layout.devops_further: Host([], places=3, scope_refusal=401),
    }
    return {url: control.wrap(service.app(host)) for url, host in described.items() if url}
