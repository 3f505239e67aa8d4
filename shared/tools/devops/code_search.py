"""Searches the code of Git repositories of Azure DevOps."""

from typing import Annotated, Any

from pydantic import AliasPath, BaseModel, Field

from shared.apis.devops.git_files import repository_path
from shared.apis.devops.git_repositories import Version
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.text.content import Line, Quoted, quote
from shared.tools.devops.git_params import resolve_repository
from shared.tools.devops.repository_files import file_url
from shared.tools.params import Cursor, Organization, PageSize, Project

toolset = Toolset("repos")

SHOWN = 5
"""Places of a file that are shown."""
SNIPPET_LIMIT = 300
_UNAVAILABLE = (
    "Ask an administrator of the organization to install the free extension Code Search of the Marketplace "
    "(you need Basic access); until then find files with devops_read_file and devops_list_commits."
)


class Match(DevOpsModel):
    """Where a word stands in a file; without a line it is known by its offset alone."""

    line: int | None = None
    char_offset: int | None = None
    length: int | None = None
    code_snippet: str | None = None


class FoundFile(DevOpsModel):
    """A file as the search gives it."""

    path: str
    repository: Line = Field(validation_alias=AliasPath("repository", "name"))
    project: Line = Field("", validation_alias=AliasPath("project", "name"))
    branch: str | None = Field(None, validation_alias=AliasPath("versions", 0, "branchName"))
    commit_id: str | None = Field(None, validation_alias=AliasPath("versions", 0, "changeId"))
    matches: list[Match] = Field(default_factory=list, validation_alias=AliasPath("matches", "content"))


class CodeHit(BaseModel):
    """A file that was found; web_url does as path of devops_read_file."""

    path: Line
    repository: Line
    project: Line
    branch: str | None
    commit_id: str | None = Field(description="What was searched: read the file at it, so that lines match.")
    lines: list[int] = Field(description=f"Where the words stand, the first {SHOWN}; empty: in the name.")
    snippets: Quoted | None
    matches: int
    web_url: str


@toolset.tool(scopes=["vso.code"])
async def devops_search_code(
    caller: Caller,
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1_000,
            pattern=r"\S",
            description="Whole words, all of which must occur; * for the rest of a word; ext:py, "
            "file:name, path:folder, class:, def:, AND, OR, NOT.",
        ),
    ],
    repository: Annotated[
        str | None,
        Field(min_length=1, max_length=2_000, description="Name, id or web address; else all."),
    ] = None,
    branch: Annotated[
        str | None,
        Field(min_length=1, max_length=400, description="Indexed; needs repository."),
    ] = None,
    path: Annotated[
        str | None, Field(min_length=1, max_length=2_000, description="Folder; needs repository.")
    ] = None,
    organization: Organization = None,
    project: Project = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[CodeHit]:
    """Search the code of an Azure DevOps project by words; default branches only, and no forks.

    Read a hit with devops_read_file.
    """
    if repository is None and (branch or path):
        raise ToolError("invalid_argument", "branch, path: they need repository.", "Name the repository too.")
    if repository:
        key = (await resolve_repository(caller, repository, organization, project)).key
        scope, filters = key[:2], {"Project": [key[1]], "Repository": [key[2]]}
    else:
        scope = await caller.organization(organization), await caller.project(project)
        filters = {}
    chosen = {
        **filters,
        **({"Branch": [branch.removeprefix("refs/heads/")]} if branch else {}),
        **({"Path": [repository_path(path)]} if path else {}),
    }
    body: dict[str, Any] = {"searchText": query, "filters": chosen, "includeSnippet": True}
    try:
        found = await caller.devops.search(
            FoundFile,
            "/{}/{}/_apis/search/codesearchresults",
            *scope,
            body=body,
            limit=limit,
            cursor=cursor,
        )
    except ToolError as error:
        raise _explained(error) from error
    items = [_hit(caller, *scope, each) for each in found.items]
    return Page(items=items, complete=found.complete, next_cursor=found.next_cursor, note=found.note)


def _explained(error: ToolError) -> ToolError:
    """Returns the failure of a search with the remedy of an organization that lacks the extension.

    What the service answers without it is not documented: it may be any refusal.
    """
    if error.code not in ("forbidden", "not_found", "upstream_error"):
        return error
    return ToolError(
        error.code,
        f"Code search is not available in this organization, or not to you. {error.message}",
        _UNAVAILABLE,
        details=error.details,
    )


def _hit(caller: Caller, organization: str, project: str, found: FoundFile) -> CodeHit:
    shown = found.matches[:SHOWN]
    lines = [each.line for each in shown if each.line]
    snippets = dict.fromkeys(
        f"{each.line or '?'}: {each.code_snippet.strip()[:SNIPPET_LIMIT]}"
        for each in shown
        if each.code_snippet
    )
    version = Version(found.commit_id, "commit") if found.commit_id else None
    key = organization, found.project or project, found.repository
    return CodeHit(
        path=found.path,
        repository=found.repository,
        project=found.project or project,
        branch=found.branch,
        commit_id=found.commit_id,
        lines=lines,
        snippets=quote("\n".join(snippets), f"code of {found.repository}{found.path}") if snippets else None,
        matches=len(found.matches),
        web_url=file_url(caller, key, found.path, version, lines[0] if lines else None),
    )
