"""Reads and writes wiki pages so that no concurrent change is lost."""

from collections.abc import Awaitable
from typing import NamedTuple
from urllib.parse import unquote

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsModel
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import NOTICE, Line, difference

_PAGES = "/{}/{}/_apis/wiki/wikis/{}/pages"
_CHECK_BEFORE_REPEATING = (
    "Read the page with devops_get_wiki_page to see whether it was written, before you repeat the call."
)


PROJECT_WIKI_BRANCH = "wikiMaster"
"""The branch of a project's own wiki, which needs not be named."""


class WikiVersion(DevOpsModel):
    """A branch from which a wiki is published."""

    version: Line


class WikiAddress(NamedTuple):
    """Names a wiki: by its project, its name or id, and the version if it is a code wiki."""

    organization: str
    project: str
    wiki: str
    branch: str | None = None
    version_type: str = "branch"


class WikiDocument(DevOpsModel):
    """A wiki as the service returns it."""

    name: Line
    type: str = ""
    versions: list[WikiVersion] | None = None

    @property
    def branches(self) -> list[str]:
        """Returns the published branches of a code wiki; a project's own wiki has none to choose."""
        return [each.version for each in self.versions or ()] if self.type == "codeWiki" else []


class SubPage(DevOpsModel):
    """A page below another."""

    path: Line


class StoredPage(DevOpsModel):
    """A page as the service gives it."""

    id: int | None = None
    path: str
    content: str | None = None
    sub_pages: list[SubPage] | None = None
    web_url: str | None = Field(None, validation_alias="remoteUrl")


def page_path(path: str) -> str:
    """Returns the path of a page as the service writes it: with a slash in front and none at the end."""
    return "/" + path.strip().strip("/")


def path_of_file(file: str, mapped_path: str = "/") -> str:
    """Returns the path of the page a file of the wiki's repository holds.

    Files have dashes for spaces, their own dashes escaped, and `.md` at the end (Wiki files and
    folders). Those of a code wiki lie in the folder that is mapped.
    """
    inside = file.removeprefix(mapped_path.rstrip("/"))
    return page_path(unquote(inside.removesuffix(".md").replace("-", " ")))


async def fetch_wiki(devops: DevOps, organization: str, project: str, wiki: str) -> WikiDocument:
    """Returns a wiki by its name or id."""
    return await devops.get(WikiDocument, "/{}/{}/_apis/wiki/wikis/{}", organization, project, wiki)


async def path_of_page(devops: DevOps, wiki: WikiAddress, page_id: str) -> str:
    """Returns the path of the page with this id."""
    return (await devops.get(StoredPage, _PAGES + "/{}", *wiki[:3], page_id)).path


async def read_page(devops: DevOps, wiki: WikiAddress, path: str) -> tuple[StoredPage, str | None]:
    """Returns a page with its text and the pages right below it, and its version."""
    return await devops.get_versioned(
        StoredPage,
        _PAGES,
        *wiki[:3],
        host="organizations",
        includeContent="true",
        recursionLevel="oneLevel",
        **_query(wiki, path),
    )


async def create_page(
    devops: DevOps, wiki: WikiAddress, path: str, content: str, comment: str | None
) -> tuple[StoredPage, str | None]:
    """Returns the new page and its version.

    Raises:
        ToolError: `conflict`, with the version there is: the page exists. `not_found`, with the
            names: pages above it do not.
    """
    try:
        return await _put(devops, wiki, path, content, comment, version=None)
    except ToolError as error:
        match error.code:
            case "conflict":
                raise await _explained(error, _exists(devops, wiki, path)) from error
            case "not_found":
                raise await _explained(error, _parents_missing(devops, wiki, path)) from error
            case _:
                raise


async def update_page(
    devops: DevOps, wiki: WikiAddress, path: str, content: str, comment: str | None, *, version: str
) -> tuple[StoredPage, str | None]:
    """Returns the page with its new text, and its new version.

    Raises:
        ToolError: `conflict`, with the version there is and what differs: the page has changed.
    """
    try:
        return await _put(devops, wiki, path, content, comment, version=version)
    except ToolError as error:
        if error.code != "conflict":
            raise
        raise await _explained(error, _changed(devops, wiki, path, content)) from error


async def _put(
    devops: DevOps, wiki: WikiAddress, path: str, content: str, comment: str | None, *, version: str | None
) -> tuple[StoredPage, str | None]:
    with report_unknown_outcome(_CHECK_BEFORE_REPEATING):
        return await devops.put_versioned(
            StoredPage,
            _PAGES,
            *wiki[:3],
            body={"content": content},
            version=version,
            comment=comment or "",
            **_query(wiki, path),
        )


async def _explained(refused: ToolError, explanation: Awaitable[ToolError | None]) -> ToolError:
    """Returns the explanation of a refusal, or the refusal itself if no better one can be had."""
    try:
        return await explanation or refused
    except ToolError:
        return refused


async def _exists(devops: DevOps, wiki: WikiAddress, path: str) -> ToolError:
    _, version = await read_page(devops, wiki, path)
    return ToolError(
        "conflict",
        f"There is a page {path} already; it was left as it is.",
        "Choose another path, or read the page and change it with devops_update_wiki_page.",
        details={"current_version": version or ""},
    )


async def _changed(devops: DevOps, wiki: WikiAddress, path: str, wanted: str) -> ToolError:
    page, version = await read_page(devops, wiki, path)
    return ToolError(
        "conflict",
        f"The page {path} has changed since you read it, and was left as it is. In the difference, lines "
        "with - are in the page, lines with + in the text you want to write.",
        "Put what others wrote into your text, then repeat the call with the current version.",
        details={
            "current_version": version or "",
            "difference": f"{NOTICE}\n{difference(page.content or '', wanted)}",
        },
    )


async def _parents_missing(devops: DevOps, wiki: WikiAddress, path: str) -> ToolError | None:
    names = path.strip("/").split("/")[:-1]
    above = ["/", *("/" + "/".join(names[: count + 1]) for count in range(len(names)))]
    is_there = await run_all(_is_there(devops, wiki, each) for each in above)
    missing = [each for each, there in zip(above, is_there, strict=True) if not there]
    if not missing or "/" in missing:
        # Without a root there is no wiki, and the service has said so.
        return None
    return ToolError(
        "not_found",
        f"No page was created: above {path} these are missing: {', '.join(missing)}.",
        "Create them with devops_create_wiki_page, the first one first, then repeat the call.",
        details={"missing": ", ".join(missing)},
    )


async def _is_there(devops: DevOps, wiki: WikiAddress, path: str) -> bool:
    try:
        await read_page(devops, wiki, path)
    except ToolError as error:
        if error.code != "not_found":
            raise
        return False
    return True


def _query(wiki: WikiAddress, path: str) -> dict[str, str]:
    """Returns the query that names a page, in a branch if it is one of a code wiki."""
    if not wiki.branch:
        return {"path": path}
    return {
        "path": path,
        "versionDescriptor.version": wiki.branch,
        "versionDescriptor.versionType": wiki.version_type,
    }
