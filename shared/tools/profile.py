"""Tells who the signed-in user is, in Microsoft 365 and in Azure DevOps."""

from pydantic import BaseModel, Field

from shared.apis.models import DevOpsList, DevOpsModel, GraphModel
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.partial_results import Gap, capture_gap, error_from_gaps

toolset = Toolset("profile")

_OWN_PROFILE = "/_apis/profile/profiles/me"


class GraphProfile(GraphModel):
    """A user of the directory."""

    id: str
    display_name: str
    mail: str | None = None
    user_principal_name: str
    job_title: str | None = None
    department: str | None = None
    office_location: str | None = None


class Organization(BaseModel):
    """An Azure DevOps organization; `name` is what other tools take."""

    name: str = Field(validation_alias="accountName")
    id: str = Field(validation_alias="accountId")


class DevOpsIdentity(DevOpsModel):
    """A user as Azure DevOps knows them; `id` is not the directory's object id."""

    id: str
    display_name: str
    email_address: str | None = None


class DevOpsProfile(BaseModel):
    """A user of Azure DevOps and the organizations they belong to."""

    id: str
    display_name: str
    email_address: str | None
    organizations: list[Organization]


class UserContext(BaseModel):
    """The signed-in user, as far as both services tell; `gaps` names what is missing."""

    display_name: str = ""
    email: str | None = None
    user_principal_name: str | None = None
    job_title: str | None = None
    department: str | None = None
    office_location: str | None = None
    devops_id: str | None = None
    organizations: list[Organization] = []
    tenant_id: str
    object_id: str
    complete: bool
    gaps: list[Gap]


@toolset.tool(scopes=["User.Read"])
async def graph_get_profile(caller: Caller) -> GraphProfile:
    """Get the signed-in user's own Microsoft 365 profile: name, address, job, department, office.

    Use get_user_context when Azure DevOps matters too.
    """
    return await caller.graph.get(GraphProfile, "/me")


@toolset.tool(scopes=["vso.profile"])
async def devops_get_profile(caller: Caller) -> DevOpsProfile:
    """Get the signed-in user's own Azure DevOps profile, and the organizations they belong to, by name."""
    return await _with_organizations(
        caller, await caller.devops.get(DevOpsIdentity, _OWN_PROFILE, host="profile")
    )


@toolset.tool(scopes=["User.Read", "vso.profile"])
async def get_user_context(caller: Caller) -> UserContext:
    """Get who the signed-in user is in Microsoft 365 and Azure DevOps at once: start here."""
    profile, identity = await run_concurrently(
        capture_gap("Microsoft 365", graph_get_profile(caller)),
        capture_gap("Azure DevOps", _known_profile(caller)),
    )
    gaps = [side for side in (profile, identity) if isinstance(side, Gap)]
    if len(gaps) == 2:
        raise error_from_gaps(gaps)
    context = UserContext(
        tenant_id=caller.principal.tenant_id,
        object_id=caller.principal.object_id,
        complete=not gaps,
        gaps=gaps,
    )
    if isinstance(identity, DevOpsProfile):
        context.display_name = identity.display_name
        context.email = identity.email_address
        context.devops_id = identity.id
        context.organizations = identity.organizations
    if isinstance(profile, GraphProfile):
        # Where both know a thing, the directory is where it is kept.
        context.display_name = profile.display_name
        context.email = profile.mail or context.email
        context.user_principal_name = profile.user_principal_name
        context.job_title = profile.job_title
        context.department = profile.department
        context.office_location = profile.office_location
    return context


async def _known_profile(caller: Caller) -> DevOpsProfile:
    """Returns the caller's profile, names of the last minutes included, with the organizations of now."""
    identity = await caller.devops.get_kept(DevOpsIdentity, _OWN_PROFILE, host="profile")
    try:
        return await _with_organizations(caller, identity)
    except ToolError:
        caller.devops.forget(_OWN_PROFILE, host="profile")
        raise


async def _with_organizations(caller: Caller, identity: DevOpsIdentity) -> DevOpsProfile:
    accounts = await caller.devops.get(
        DevOpsList[Organization], "/_apis/accounts", host="profile", memberId=identity.id
    )
    return DevOpsProfile(**identity.model_dump(), organizations=accounts.value)
