"""Declares the arguments that name wikis and their pages, and resolves them."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.apis.devops.wiki_pages import WikiAddress, page_path, path_of_page
from shared.apis.models import DevOpsList, DevOpsModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.text.content import Line
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
        description="The page: its path, such as /Runbooks/On call, or its address in the browser, "
        "which then also says organization, project and wiki.",
    ),
]
NewPagePath = Annotated[
    str,
    AfterValidator(_new_path),
    Field(
        min_length=1,
        max_length=400,
        description="Path of the new page, such as /Runbooks/On call; all pages above it must be there.",
    ),
]
WikiName = Annotated[
    str | None,
    Field(
        min_length=1, max_length=400, description="The wiki by name or id; left out, the project's own wiki."
    ),
]
WikiBranch = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=400,
        description="For a codeWiki: one of its branches. A project's own wiki needs none.",
    ),
]


class _Wiki(DevOpsModel):
    name: Line
    type: str


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
    listed = await caller.devops.get(DevOpsList[_Wiki], "/{}/{}/_apis/wiki/wikis", *scope)
    found = [each for each in listed.value if each.type == "projectWiki"] or listed.value
    if not found:
        raise ToolError(
            "not_found",
            "The project has no wiki you have access to.",
            "Name another project or wiki.",
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
    if not page.casefold().startswith(("https://", "http://")):
        return await resolve_wiki(caller, wiki, branch, organization, project), page_path(page)
    link = caller.devops.parse_link(page)
    match link.segments if link and link.area == "_wiki" else ():
        case ["wikis", name, page_id, *_] if link and number_of(page_id) is not None:
            address = WikiAddress(link.organization, link.project, name, branch)
            return address, await path_of_page(caller.devops, address, page_id)
        case ["wikis", name, *_] if link:
            address = WikiAddress(link.organization, link.project, name, branch)
            return address, page_path(link.query.get("pagePath", "/"))
    raise ToolError(
        "invalid_argument",
        "page: this is not the address of a wiki page in Azure DevOps.",
        "Give the path of the page, or its address as the browser shows it.",
    )
