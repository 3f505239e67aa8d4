"""The local Microsoft Graph, version 1.0, for the signed-in user; and the host its files are fetched from."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.types import ASGIApp

from local.bearer import BearerCheck, KeySource, published_keys
from local.control import Control
from local.graph import groups, people
from local.graph.operations import Operation
from local.graph.service import Graph
from local.graph.store import Tenant
from local.layout import Layout


def operations() -> list[Operation]:
    """Every operation, in the order they are tried."""
    areas = (people.area, people.outlook, groups.area)
    return [operation for area in areas for operation in area.operations]


def apps(layout: Layout, fetch_keys: KeySource, now: datetime | None = None) -> dict[str, ASGIApp]:
    """The app of each base URL, trusting the keys of this source; the data are relative to `now`."""
    control = Control()
    check = BearerCheck("graph", fetch_keys)
    graph = Graph(layout.graph, check, control, operations(), lambda: Tenant(now or datetime.now(UTC)))
    return {layout.graph: control.wrap(graph)}


def listeners(layout: Layout) -> dict[str, ASGIApp]:
    """The ASGI app for each base URL the service listens on."""
    return apps(layout, published_keys(layout))
