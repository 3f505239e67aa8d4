"""Shares files with named people, or by a link with the organization."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from shared.apis.graph.directory_people import SCOPE, DirectoryPerson
from shared.apis.graph.graph_client import Graph
from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.apis.requests import quotable
from shared.caller import Caller
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import report_unknown_outcome
from shared.tools.microsoft365.file_details import Access, granted
from shared.tools.microsoft365.file_params import File, KnownFile, get_known
from shared.tools.params import Address

toolset = Toolset("files")

_LOOK = "Look with sharepoint_get_file and include access who has it before you share again."
_ROLES = {"read": ("read", "view"), "edit": ("write", "edit")}


class Invited(BaseModel):
    """Somebody a file was shared with."""

    address: str
    outside: bool = Field(
        description="No member of the organization's directory: a guest, somebody outside, or a group."
    )


class SharedFile(BaseModel):
    """What sharing did."""

    file: str = Field(description="Its name.")
    invited: list[Invited]
    access: list[Access] = Field(description="What was granted, as the service tells.")
    link: str | None = Field(
        None, description="For everyone in the organization; it gives nothing to others."
    )
    problems: list[str] = Field(description="Whom the service did not let in or sent no mail, and why.")


class _Permissions(BaseModel):
    value: list[dict[str, Any]]


@toolset.tool(scopes=["Files.ReadWrite.All"], optional_scopes=[SCOPE], writes=True)
async def sharepoint_share_file(
    caller: Caller,
    file: KnownFile,
    people: Annotated[Sequence[Address], Field(max_length=20, description="Email addresses.")] = (),
    role: Annotated[Literal["read", "edit"], Field(description="What they may do.")] = "read",
    message: Annotated[str | None, Field(min_length=1, max_length=2_000, description="For the mail.")] = None,
    outsiders: Annotated[
        bool, Field(description="Needed if some of people are not in the organization.")
    ] = False,
    organization_link: Annotated[
        bool, Field(description="Instead of people: a link for everyone in the organization.")
    ] = False,
) -> SharedFile:
    """Share a file or folder: people named get access and a mail from the user at once.

    For those who have access already (sharepoint_get_file tells who) web_url is enough. Links for anyone are
    not made.
    """
    if bool(people) == organization_link:
        raise ToolError(
            "invalid_argument",
            "people, organization_link: exactly one of them is needed.",
            "Name the people to share with, or ask for a link for the organization.",
        )
    files = caller.with_scopes("Files.ReadWrite.All")
    found = await get_known(files, file)
    if organization_link:
        return await _link(files.graph, found, role)
    invited = await _marked(caller, people, outsiders=outsiders)
    return await _invite(files.graph, found, invited, role, message)


async def _marked(caller: Caller, people: Sequence[str], *, outsiders: bool) -> list[Invited]:
    """Returns the people, each once, with a mark for each who is no member of the directory.

    Raises:
        ToolError: `invalid_argument`: some are not, and that was not allowed.
    """
    graph = caller.with_scopes(SCOPE).graph
    once: dict[str, int] = {}
    for number, address in enumerate(people):
        once.setdefault(address.casefold(), number)
    members = await run_all(_is_member(graph, people[number]) for number in once.values())
    named = {
        number: Invited(address=people[number], outside=not member)
        for number, member in zip(once.values(), members, strict=True)
    }
    outside = [f"people.{number}" for number, each in named.items() if each.outside]
    if outside and not outsiders:
        raise ToolError(
            "invalid_argument",
            f"{', '.join(outside)}: no member of the organization's directory (a guest, somebody outside or "
            "a group). Nothing was shared.",
            "Ask the user whether they are meant; then call again with outsiders true.",
        )
    return [*named.values()]


async def _is_member(graph: Graph, address: str) -> bool:
    literal = odata_string(address)
    found, _ = await graph.list_all(
        DirectoryPerson, "/users", most=2, filter=f"mail eq {literal} or userPrincipalName eq {literal}"
    )
    return bool(found) and not any(each.is_guest for each in found)


async def _invite(
    graph: Graph, found: File, invited: Sequence[Invited], role: str, message: str | None
) -> SharedFile:
    body = {
        "recipients": [{"email": each.address} for each in invited],
        "roles": [_ROLES[role][0]],
        # Without a sign-in the mail would hold a link that is good for whoever has it.
        "requireSignIn": True,
        "sendInvitation": True,
        **({"message": message} if message else {}),
    }
    with report_unknown_outcome(_LOOK):
        answer = await graph.post(
            _Permissions, "/drives/{}/items/{}/invite", found.drive_id, found.item_id, body=body
        )
    return SharedFile(
        file=found.name,
        invited=list(invited),
        access=[granted(each) for each in answer.value if _has_access(each)],
        problems=[_problem(each) for each in answer.value if each.get("error")],
    )


async def _link(graph: Graph, found: File, role: str) -> SharedFile:
    body = {"type": _ROLES[role][1], "scope": "organization"}
    with report_unknown_outcome(_LOOK):
        answer = await graph.post(
            _Link, "/drives/{}/items/{}/createLink", found.drive_id, found.item_id, body=body
        )
    if answer.link.get("scope") != "organization":
        raise ToolError(
            "upstream_error",
            f"Microsoft Graph made another link than one for the organization "
            f"(scope: {quotable(answer.link.get('scope'))}); it is not shown.",
            "Open web_url of sharepoint_get_file, and look under Manage access at the links of the file.",
        )
    return SharedFile(
        file=found.name,
        invited=[],
        access=[granted(answer.model_dump(by_alias=True))],
        link=str(answer.link.get("webUrl") or ""),
        problems=[],
    )


class _Link(GraphModel):
    roles: list[str] = []
    link: dict[str, Any]


def _has_access(answered: dict[str, Any]) -> bool:
    """Tells whether somebody was let in: also where the mail to them failed, which is an error too."""
    return bool(not answered.get("error") or answered.get("grantedToV2") or answered.get("grantedTo"))


def _problem(answered: dict[str, Any]) -> str:
    error = answered["error"] if isinstance(answered["error"], dict) else {}
    access = granted(answered)
    who = f"{access.address or access.who}{', who has access now' if _has_access(answered) else ''}"
    return quotable(f"{who}: {error.get('message') or error.get('code') or 'refused'}")
