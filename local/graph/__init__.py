"""Serves the local Microsoft Graph 1.0 for the signed-in user, and the host of its files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.types import ASGIApp

from local.bearer import BearerCheck, KeySource, published_keys
from local.control import Control
from local.graph import (
    availability,
    calendar,
    drafts,
    events,
    files,
    group_contents,
    groups,
    list_items,
    mail,
    people,
    planner,
    search,
    sending,
    shares,
    sites,
    todo,
)
from local.graph.batch import Batch
from local.graph.demo import demo_tenant
from local.graph.directory import Directory, DirectorySource, published_directory
from local.graph.files_host import FilesHost
from local.graph.operations import Operation
from local.graph.service import Graph
from local.layout import Layout


def operations() -> list[Operation]:
    """Returns every operation but `$batch` and those of the directory, in the order they are tried."""
    areas = (
        people.area, people.outlook, groups.area, group_contents.area, mail.area, drafts.area, sending.area,
        calendar.area, events.area, availability.area, todo.area, planner.area, sites.area, list_items.area,
        files.area, shares.area, search.area,
    )  # fmt: skip
    return [operation for area in areas for operation in area.operations]


def _now() -> datetime:
    return datetime.now(UTC)


def apps(
    layout: Layout,
    fetch_keys: KeySource,
    clock: Callable[[], datetime] = _now,
    fetch_directory: DirectorySource | None = None,
) -> dict[str, ASGIApp]:
    """Returns the app of each base URL; it trusts the keys of this source, and the clock dates the data.

    Applications and consents come from the local Entra, unless there is another source.
    """
    control = Control()
    batch = Batch()
    directory = Directory(fetch_directory or published_directory(layout))
    graph = Graph(
        layout.graph,
        BearerCheck("graph", fetch_keys),
        control,
        [*operations(), *directory.area.operations, *batch.area.operations],
        lambda: demo_tenant(clock, layout.graph_files),
    )
    batch.app = control.wrap(graph)
    files_host = FilesHost(control, lambda: graph.tenant)
    return {layout.graph: batch.app, layout.graph_files: control.wrap(files_host.app)}


def listeners(layout: Layout) -> dict[str, ASGIApp]:
    """Returns the ASGI app for each base URL the service listens on."""
    return apps(layout, published_keys(layout))
