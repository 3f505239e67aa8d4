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
    chats,
    contacts,
    drafts,
    events,
    file_changes,
    files,
    group_contents,
    groups,
    list_items,
    mail,
    meeting_transcripts,
    message_rules,
    onenote,
    outlook_settings,
    people,
    places,
    planner,
    planner_details,
    presence,
    search,
    sending,
    shares,
    sharing,
    sites,
    team_channels,
    todo,
    todo_steps,
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
        calendar.area, events.area, availability.area, places.area, todo.area, todo_steps.area, planner.area,
        planner_details.area, sites.area, list_items.area, files.area, file_changes.area, sharing.area,
        shares.area, search.area, outlook_settings.area, message_rules.area, meeting_transcripts.area,
        contacts.area, chats.area, team_channels.area, presence.area, onenote.area,
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
