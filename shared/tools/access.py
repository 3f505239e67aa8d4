"""What the caller may use."""

from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.concurrency import run_all, run_concurrently
from shared.errors import ToolError
from shared.mcp.tool import Api, Tool
from shared.mcp.toolset import Toolset

toolset = Toolset("access")

APIS: dict[Api, str] = {"graph": "Microsoft Graph", "devops": "Azure DevOps"}


class ApiAccess(BaseModel):
    """What the caller's consent allows at one API."""

    api: str
    granted_scopes: list[str]
    missing_scopes: list[str] = Field(
        description="Scopes that tools of this server need and nobody consented to."
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


class Access(BaseModel):
    """Which tools the caller can use now, and what the rest lack."""

    usable: list[str]
    blocked: list[BlockedTool]
    apis: list[ApiAccess]


@toolset.tool(scopes=[])
async def check_access(caller: Caller) -> Access:
    """Check which tools the signed-in user can use now, and the consent, role, group or scope the rest need.

    Use it when a call ended for want of one of these, or to learn what can be offered to this user. Rights
    on single items are not looked at: Microsoft 365 and Azure DevOps decide on those in each call.
    """
    apis, needs = await run_concurrently(
        run_all(_api_access(caller, api) for api in APIS),
        run_all(_needs(caller, tool) for tool in caller.tools),
    )
    granted = {scope for access in apis for scope in access.granted_scopes}
    tools = [
        BlockedTool(
            name=tool.name, missing=[scope for scope in tool.scopes if scope not in granted], needs=needed
        )
        for tool, needed in zip(caller.tools, needs, strict=True)
    ]
    return Access(
        usable=[tool.name for tool in tools if not tool.missing and not tool.needs],
        blocked=[tool for tool in tools if tool.missing or tool.needs],
        apis=apis,
    )


async def _needs(caller: Caller, tool: Tool) -> list[str]:
    """What a tool asks for and the caller does not have; why that is not known, if so."""
    try:
        return [str(each) for each in await caller.unmet(tool)]
    except ToolError as error:
        return [f"{error.message} {error.remedy}"]


async def _api_access(caller: Caller, api: Api) -> ApiAccess:
    needed = sorted({scope for tool in caller.tools for scope in tool.scopes_of(api)})
    granted: frozenset[str] = frozenset()
    problem = None
    try:
        granted = await caller.consents.granted(api, needed)
    except ToolError as error:
        if error.code != "consent_required":
            problem = f"{error.message} {error.remedy}"
    missing = [scope for scope in needed if scope not in granted]
    return ApiAccess(
        api=APIS[api],
        granted_scopes=sorted(granted.intersection(needed)),
        missing_scopes=[] if problem else missing,
        admin_consent_url=caller.consents.url(api, missing) if missing and not problem else None,
        problem=problem,
    )
