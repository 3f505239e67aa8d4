"""Gives a tool its caller: the principal, the preferences and the API clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Self

from shared.errors import ToolError

if TYPE_CHECKING:
    from shared.apis.devops.devops_client import DevOps
    from shared.apis.graph.graph_client import Graph
    from shared.entra.consents import Consents
    from shared.entra.principal import Principal
    from shared.mcp.tool import Tool
    from shared.reads.offer import Offer
    from shared.settings.requirement import Requirement
    from shared.storage.preference_store import Preferences, PreferenceStore

    type Confirm = Callable[[str], Awaitable[tuple[str, dict[str, Any]]]]


class Caller:
    """Holds the principal and the API clients of one call.

    `consents` tells which scopes have been consented to for the caller, `tools` which tools are offered,
    `unmet` which requirements of a tool besides scopes the caller does not meet. There is a client for
    each API of which the tool declares a scope; to use another is a mistake in the tool, not in the
    call.
    """

    def __init__(
        self,
        principal: Principal,
        *,
        preferences: PreferenceStore,
        consents: Consents,
        tools: Sequence[Tool] = (),
        unmet: Callable[[Tool], Awaitable[list[Requirement]]],
        graph: Graph | None = None,
        devops: DevOps | None = None,
        offer: Offer | None = None,
        authorize_read: Callable[[str], Awaitable[None]] | None = None,
        confirm: Confirm | None = None,
    ) -> None:
        self.principal = principal
        self.consents = consents
        self.tools = tools
        self.unmet = unmet
        self._store = preferences
        self._preferences: Preferences | None = None
        self._graph = graph
        self._own_graph = graph
        self._devops = devops
        self._offer = offer
        self._authorize_read = authorize_read
        self._confirm = confirm

    @property
    def graph(self) -> Graph:
        """Returns the client of Microsoft Graph as the caller."""
        if self._graph is None:
            raise RuntimeError("the tool declares no scope of Microsoft Graph")
        return self._graph

    @property
    def devops(self) -> DevOps:
        """Returns the client of Azure DevOps as the caller."""
        if self._devops is None:
            raise RuntimeError("the tool declares no scope of Azure DevOps")
        return self._devops

    @property
    def offer(self) -> Offer:
        """Returns which reads are offered beyond those of the tools."""
        if self._offer is None:
            raise RuntimeError("no reads are offered to this caller")
        return self._offer

    async def authorize_read(self, template: str) -> None:
        """Returns if the caller may use the reads of a template now.

        Raises:
            ToolError: As of a tool that the policy names.
        """
        if self._authorize_read is None:
            raise RuntimeError("no reads are offered to this caller")
        await self._authorize_read(template)

    async def confirm(self, confirmation: str) -> tuple[str, dict[str, Any]]:
        """Carries out the write that a confirmation holds; returns its tool and its result.

        Raises:
            ToolError: The confirmation is not good, or the write failed.
        """
        if self._confirm is None:
            raise RuntimeError("no writes wait for this caller")
        return await self._confirm(confirmation)

    def with_scopes(self, *scopes: str) -> Self:
        """Returns the same caller with a client of Microsoft Graph that has only these declared scopes.

        A tool needs it for scopes that only some of its arguments need (`optional_scopes`).
        """
        limited = copy(self)
        limited._graph = self.graph.with_scopes(*scopes)
        return limited

    def with_devops_scopes(self, *scopes: str) -> Self:
        """Returns the same caller with a client of Azure DevOps that has only these declared scopes."""
        limited = copy(self)
        limited._devops = self.devops.with_scopes(*scopes)
        return limited

    def in_mailbox(self, mailbox: str | None, *scopes: str) -> Self:
        """Returns the caller in the mailbox of this address, with these optional scopes; unchanged for None.

        There `/me` at the beginning of a path is that mailbox, with its mail, calendars and contacts.
        """
        if mailbox is None:
            return self
        there = self.with_scopes(*scopes)
        there._graph = there.graph.in_mailbox(mailbox)
        return there

    @property
    def default_organization(self) -> str | None:
        """Returns the caller's default organization, as far as this call has read their preferences."""
        return self._preferences.organization if self._preferences else None

    async def preferences(self) -> Preferences:
        """Returns the defaults the caller has set, read once a call."""
        if self._preferences is None:
            self._preferences = await self._store.get(self.principal.tenant_id, self.principal.object_id)
        return self._preferences

    async def set_preferences(self, preferences: Preferences) -> None:
        """Stores the caller's defaults, in place of all before."""
        await self._store.put(self.principal.tenant_id, self.principal.object_id, preferences)
        self._preferences = preferences

    async def organization(self, given: str | None) -> str:
        """Returns the Azure DevOps organization given, or else the caller's default.

        Raises:
            ToolError: `invalid_argument`: there is neither.
        """
        return given or _needed("organization", (await self.preferences()).organization)

    async def project(self, given: str | None) -> str:
        """Returns the Azure DevOps project given, or else the caller's default.

        Raises:
            ToolError: `invalid_argument`: there is neither.
        """
        return given or _needed("project", (await self.preferences()).project)

    async def team(self, given: str | None, organization: str, project: str) -> str | None:
        """Returns the Azure DevOps team given, or else the caller's default where it is of this project."""
        preferred = await self.preferences()
        is_own = (organization, project) == (preferred.organization, preferred.project)
        return given or (preferred.team if is_own else None)

    async def site(self, given: str | None) -> str:
        """Returns the SharePoint site given, or else the caller's default.

        Raises:
            ToolError: `invalid_argument`: there is neither.
        """
        return given or _needed("site", (await self.preferences()).site)

    async def time_zone(self, given: str | None) -> str:
        """Returns the time zone given, or else the caller's default, or that of their mailbox, or UTC."""
        return given or (await self.preferences()).time_zone or await self._mailbox_time_zone() or "UTC"

    async def _mailbox_time_zone(self) -> str | None:
        from shared.apis.graph.mailbox_settings import SCOPES, mailbox_time_zone  # noqa: PLC0415 - seldom

        # Their own, also where the tool acts in another mailbox or with scopes of its own.
        graph = self._own_graph
        if graph is None or not any(graph.declares(scope) for scope in SCOPES):
            return None
        return await mailbox_time_zone(graph)


def _needed(name: str, preferred: str | None) -> str:
    if preferred:
        return preferred
    raise ToolError(
        "invalid_argument",
        f"{name}: is missing, and you have set no default.",
        f"Name the {name}, or set a default with set_preferences.",
    )
