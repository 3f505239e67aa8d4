"""Declares the arguments that name wikis and their pages, and resolves them."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.apis.devops.wiki_pages import (
    PROJECT_WIKI_BRANCH,
    WikiAddress,
    WikiDocument,
    fetch_wiki,
    page_path,
    path_of_page,
)
from shared.apis.models import DevOpsList
from shared.caller import Caller
from shared.errors import ToolError
from shared.tools.params import number_of


def _new_path(path: str) -> str:
    cleaned = page_path(path)
    if cleaned == "/" or "//" in cleaned or "://" in path:
        raise PydanticCustomError("path", "Must be the path of a page, such as /Runbooks/On call")
    return cleaned


PageReference = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_000,
        description="Path, such as /Runbooks/On call, or web address.",
    ),
]
NewPagePath = Annotated[
    str,
    AfterValidator(_new_path),
    Field(
        min_length=1,
        max_length=400,
        description="Such as /Runbooks/On call.",
    ),
]
WikiName = Annotated[
    str | None,
    Field(min_length=1, max_length=400, description="Name or id; else the project's own."),
]
WikiBranch = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=400,
        description="Of a codeWiki that has several.",
    ),
]


# How the portal writes versions in addresses of wikis.
_VERSION_TYPES = {"GB": "branch", "GT": "tag", "GC": "commit"}


async def resolve_wiki(
    caller: Caller, wiki: str | None, branch: str | None, organization: str | None, project: str | None
) -> WikiAddress:
    """Resolves an argument to the address of a wiki; without one, to that of the project's own wiki.

    Raises:
        ToolError: No wiki was named, and the project has none or several.
    """
    scope = await caller.organization(organization), await caller.project(project)
    if wiki:
        return WikiAddress(*scope, wiki, branch)
    listed = await caller.devops.get(DevOpsList[WikiDocument], "/{}/{}/_apis/wiki/wikis", *scope)
    found = [each for each in listed.value if each.type == "projectWiki"] or listed.value
    if not found:
        raise ToolError(
            "not_found", "The project has no wiki you have access to.", "Name another project or wiki."
        )
    if len(found) > 1:
        raise ToolError(
            "invalid_argument",
            f"wiki: the project has {len(found)}: {', '.join(each.name for each in found)}.",
            "Name the one you mean.",
        )
    return WikiAddress(*scope, found[0].name, branch)


async def resolve_page(
    caller: Caller,
    page: str,
    wiki: str | None,
    branch: str | None,
    organization: str | None,
    project: str | None,
) -> tuple[WikiAddress, str]:
    """Resolves an argument to a wiki and the path of a page in it.

    Raises:
        ToolError: `invalid_argument`: it is an address, but of no page of a wiki.
    """
    link = caller.devops.parse_link(page)
    if link is None and not page.casefold().startswith(("https://", "http://")):
        return await resolve_wiki(caller, wiki, branch, organization, project), page_path(page)
    if link is not None and link.area == "_wiki" and link.project:
        version, version_type = (branch, "branch") if branch else _version(link.query.get("wikiVersion", ""))
        path = link.query.get("pagePath")
        match link.segments:
            case ["wikis", name, *rest]:
                address = WikiAddress(link.organization, link.project, name, version, version_type)
                page_id = number_of(rest[0] if rest else link.query.get("pageId", ""))
                if page_id is not None and not path:
                    return address, await path_of_page(caller.devops, address, str(page_id))
                return address, page_path(path or "/")
            case ["wikis"] | [] if path:
                address = await resolve_wiki(caller, wiki, version, link.organization, link.project)
                return address._replace(version_type=version_type), page_path(path)
    raise ToolError(
        "invalid_argument",
        "page: this is not the address of a wiki page in Azure DevOps.",
        "Give the path of the page, or its address as the browser shows it.",
    )


async def writable(caller: Caller, address: WikiAddress) -> WikiAddress:
    """Returns the address with the branch to write to: a code wiki is written to by branch only.

    Raises:
        ToolError: `invalid_argument`: it is published from several branches and none is named, or the
            version is no branch.
    """
    if address.version_type != "branch":
        raise ToolError(
            "invalid_argument",
            f"page: its address names a {address.version_type}, which cannot be changed.",
            "Give the address of the page in a branch, or its path and a branch.",
        )
    if address.branch:
        return address
    branches = (await fetch_wiki(caller.devops, *address[:3])).branches
    if len(branches) > 1:
        raise ToolError(
            "invalid_argument",
            f"branch: the wiki is published from {len(branches)}: {', '.join(branches)}.",
            "Name the one you mean.",
        )
    return address._replace(branch=branches[0]) if branches else address


def _version(written: str) -> tuple[str | None, str]:
    """Returns the version an address of a wiki names, and what it is; None where it needs none."""
    version_type = _VERSION_TYPES.get(written[:2].upper())
    if version_type is None or written[2:] in ("", PROJECT_WIKI_BRANCH):
        return None, "branch"
    return written[2:], version_type
