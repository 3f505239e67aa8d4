"""Tells the caller which tools they can use."""

from collections.abc import Sequence, Set
from itertools import accumulate

from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.concurrency import run_all, run_concurrently
from shared.errors import ToolError
from shared.mcp.tool import Api, Tool, api_of
from shared.mcp.toolset import Toolset
from shared.result_limit import share
from shared.results.paging import fitting

toolset = Toolset("access")

APIS: dict[Api, str] = {"graph": "Microsoft Graph", "devops": "Azure DevOps"}
BLOCKED_BUDGET = 9_000
"""Characters of JSON for the blocked tools in a result of the usual length."""
LIMITED_BUDGET = 4_000
"""Characters of JSON for the limited tools in a result of the usual length."""
USABLE_BUDGET = 8_000
"""Characters of the names of the usable tools in a result of the usual length."""
SCOPES_BUDGET = 3_000
"""Characters of one list of scopes in a result of the usual length."""
URL_BUDGET = 6_000
"""Characters of an address of consent in a result of the usual length."""


class ApiAccess(BaseModel):
    """The consent of the caller at one API."""

    api: str
    granted_scopes: list[str]
    missing_scopes: list[str] = Field(
        description="Scopes that tools of this server need, some arguments only of these among them, and "
        "nobody consented to."
    )
    admin_consent_url: str | None = Field(description="Where an administrator consents to what is missing.")
    problem: str | None = Field(description="Why nothing is known of this API, if so.")


class BlockedTool(BaseModel):
    """A tool the caller cannot use now, and what it lacks."""

    name: str
    missing: list[str] = Field(description="Scopes nobody consented to.")
    needs: list[str] = Field(
        description="What the administrator requires besides, each to be met by one of the app roles or "
        "groups, and by every scope, that it names."
    )


class LimitedTool(BaseModel):
    """A tool the caller can use, but not with the arguments that need these scopes."""

    name: str
    missing: list[str] = Field(description="Scopes nobody consented to.")


class Access(BaseModel):
    """Which tools the caller can use now, and what the rest lack."""

    usable: list[str]
    blocked: list[BlockedTool]
    limited: list[LimitedTool] = Field(description="Usable, but for some of their arguments.")
    apis: list[ApiAccess] = Field(description="Those that an offered tool uses.")
    note: str | None = Field(None, description="What is left out, if anything.")


@toolset.tool(scopes=[])
async def check_access(caller: Caller) -> Access:
    """Check which tools the signed-in user can use now, and the consent, role, group or scope the rest need.

    Use it when a call ended for want of one of these. Rights on single items are decided in each call.
    """
    asked = [api for api in APIS if _scopes(caller, api)]
    apis, needs = await run_concurrently(
        run_all(_api_access(caller, api) for api in asked),
        run_all(_needs(caller, tool) for tool in caller.tools),
    )
    granted = {scope for access in apis for scope in access.granted_scopes}
    unknown = {access.api for access in apis if access.problem}
    tools = [
        _blocked(tool, granted, unknown, needed) for tool, needed in zip(caller.tools, needs, strict=True)
    ]
    blocked = [tool for tool in tools if tool.missing or tool.needs]
    shown = blocked[: fitting(blocked, BLOCKED_BUDGET)]
    usable = [tool.name for tool in tools if not tool.missing and not tool.needs]
    named = _fitting_names(usable, USABLE_BUDGET)
    limited = _limited(caller, granted, unknown, usable)
    told = limited[: fitting(limited, LIMITED_BUDGET)]
    left_out = {
        "blocked": len(blocked) - len(shown),
        "limited": len(limited) - len(told),
        "usable": len(usable) - len(named),
    }
    notes = [f"{count} more {kind} tools have no room here." for kind, count in left_out.items() if count]
    fitted = [_fitted(caller, api, access) for api, access in zip(asked, apis, strict=True)]
    if fitted != apis:
        notes.append("Lists of scopes are cut.")
    return Access(usable=named, blocked=shown, limited=told, apis=fitted, note=" ".join(notes) or None)


def _fitted(caller: Caller, api: Api, access: ApiAccess) -> ApiAccess:
    """Returns what of an API's consent has room; an address too long asks for all that is registered."""
    url = access.admin_consent_url
    if url and len(url) > share(URL_BUDGET):
        url = caller.consents.url(api, [".default"])
    return access.model_copy(
        update={
            "granted_scopes": _fitting_names(access.granted_scopes, SCOPES_BUDGET),
            "missing_scopes": _fitting_names(access.missing_scopes, SCOPES_BUDGET),
            "admin_consent_url": url,
        }
    )


def _fitting_names(names: Sequence[str], budget: int) -> list[str]:
    """Returns the names, from the first on, that have room."""
    room = share(budget)
    ends = accumulate(len(name) + len('"", ') for name in names)
    return [name for name, end in zip(names, ends, strict=True) if end <= room]


def _scopes(caller: Caller, api: Api) -> list[str]:
    """Returns the scopes of an API that the offered tools may need."""
    return sorted(
        {scope for tool in caller.tools for scope in _all_scopes(caller, tool) if api_of(scope) == api}
    )


def _all_scopes(caller: Caller, tool: Tool) -> Sequence[str]:
    """Returns the scopes a tool may ask for; of one that reads what is offered, those of all of that."""
    return caller.offer.scopes(tool.reads) if tool.reads else tool.all_scopes


def _blocked(tool: Tool, granted: Set[str], unknown: Set[str], needed: list[str]) -> BlockedTool:
    """Returns what a tool lacks; which scopes, only of an API that responded."""
    apis = [APIS[api] for api in APIS if tool.scopes_of(api)]
    return BlockedTool(
        name=tool.name,
        missing=_missing(tool.scopes, granted, unknown),
        needs=[*needed, *(f"{api}: see its problem" for api in apis if api in unknown)],
    )


def _limited(
    caller: Caller, granted: Set[str], unknown: Set[str], usable: Sequence[str]
) -> list[LimitedTool]:
    """Returns the usable tools that lack scopes for some arguments."""
    found = [
        LimitedTool(name=tool.name, missing=_missing(_all_scopes(caller, tool), granted, unknown))
        for tool in caller.tools
        if tool.name in usable
    ]
    return [tool for tool in found if tool.missing]


def _missing(scopes: Sequence[str], granted: Set[str], unknown: Set[str]) -> list[str]:
    return [scope for scope in scopes if scope not in granted and APIS[api_of(scope)] not in unknown]


async def _needs(caller: Caller, tool: Tool) -> list[str]:
    """Returns what a tool requires and the caller does not have, or why that is unknown."""
    try:
        return [str(each) for each in await caller.unmet(tool)]
    except ToolError as error:
        return [error.message]


async def _api_access(caller: Caller, api: Api) -> ApiAccess:
    needed = _scopes(caller, api)
    granted: frozenset[str] = frozenset()
    problem = None
    try:
        granted = await caller.consents.granted(api, needed)
    except ToolError as error:
        if error.code != "consent_required":
            # Not the remedy: it may name a setting that is right, as the caller may lack what others have.
            number = error.details.get("entra_error")
            problem = f"{error.message} ({number})" if number else error.message
    missing = [scope for scope in needed if scope not in granted]
    return ApiAccess(
        api=APIS[api],
        granted_scopes=sorted(granted.intersection(needed)),
        missing_scopes=[] if problem else missing,
        admin_consent_url=caller.consents.url(api, missing) if missing and not problem else None,
        problem=problem,
    )
