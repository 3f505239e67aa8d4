"""Who a tool works for, and the APIs it may use for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.apis.devops import DevOps
    from shared.apis.graph import Graph
    from shared.entra.principal import Principal


class Caller:
    """The principal and the API clients of one call.

    A client is there for the APIs of which the tool declares a scope; to use another is a
    mistake in the tool, not in the call.
    """

    def __init__(
        self, principal: Principal, *, graph: Graph | None = None, devops: DevOps | None = None
    ) -> None:
        self.principal = principal
        self._graph = graph
        self._devops = devops

    @property
    def graph(self) -> Graph:
        """Microsoft Graph as the caller."""
        if self._graph is None:
            raise RuntimeError("the tool declares no scope of Microsoft Graph")
        return self._graph

    @property
    def devops(self) -> DevOps:
        """Azure DevOps as the caller."""
        if self._devops is None:
            raise RuntimeError("the tool declares no scope of Azure DevOps")
        return self._devops
