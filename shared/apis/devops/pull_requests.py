"""Reads the parts of a pull request: its comments, its changed files, its work items."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AliasChoices, AliasPath, AwareDatetime, BaseModel, BeforeValidator, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsList, DevOpsModel
from shared.text.content import Line, Quoted, quote

type PullRequestKey = tuple[str, str, str, int]
"""Organization, project, repository and id of a pull request."""

_ONE = "/{}/{}/_apis/git/repositories/{}/pullRequests/{}"
_MOST_FILES = 500
_PAGE_SIZE = 100
_MOST_PULL_REQUESTS = 1_000
# Enumerations of the service have numbers too, which some of its documentation shows (Pull Request Threads).
_COMMENT_TYPES = ("unknown", "text", "codeChange", "system")
_THREAD_STATES = ("unknown", "active", "fixed", "wontFix", "closed", "byDesign", "pending")


class Person(DevOpsModel):
    """Somebody who created or reviews a pull request."""

    id: str = ""
    name: Line = Field("", validation_alias="displayName")
    address: Line = Field("", validation_alias="uniqueName")

    def is_named(self, written: str) -> bool:
        """Tells whether a text is the address or the full name of the person, or both as `Name <address>`."""
        forms = (self.address, self.name, f"{self.name} <{self.address}>")
        return written.strip().casefold() in {each.casefold() for each in forms if each}


class _Participants(DevOpsModel):
    created_by: Person | None = None
    reviewers: list[Person] | None = None

    @property
    def people(self) -> list[Person]:
        """Returns who created the pull request and who reviews it."""
        return [*([self.created_by] if self.created_by else []), *(self.reviewers or [])]


def _named(names: Sequence[str]) -> BeforeValidator:
    """Reads an enumeration whose values may be written as numbers."""

    def name(value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
            return names[value]
        return value

    return BeforeValidator(name)


class Comment(DevOpsModel):
    """A comment as the service gives it; those of type system tell what happened, such as a vote."""

    id: int | None = None
    author: Line = Field("", validation_alias=AliasPath("author", "displayName"))
    published: ServiceTime = Field(None, validation_alias="publishedDate")
    content: str | None = None
    comment_type: Annotated[str, _named(_COMMENT_TYPES)] = "text"
    is_deleted: bool = False


class Thread(DevOpsModel):
    """A thread as the service gives it; it stands at a line of a file, or is about the whole."""

    id: int
    status: Annotated[str | None, _named(_THREAD_STATES)] = None
    file: Line | None = Field(None, validation_alias=AliasPath("threadContext", "filePath"))
    line: int | None = Field(
        None,
        validation_alias=AliasChoices(
            AliasPath("threadContext", "rightFileStart", "line"),
            AliasPath("threadContext", "leftFileStart", "line"),
        ),
    )
    comments: list[Comment] | None = None
    is_deleted: bool = False


class PullRequestComment(BaseModel):
    """A comment somebody wrote."""

    author: Line
    written: AwareDatetime | None
    text: Quoted


class PullRequestThread(BaseModel):
    """A thread of comments; one without a status needs no answer."""

    id: int
    status: str | None
    file: Line | None = Field(description="null: it is about the pull request as a whole.")
    line: int | None
    comments: list[PullRequestComment]


class ChangedFile(DevOpsModel):
    """A file a pull request changes, such as `edit`, `add`, `delete`, `edit, rename`."""

    path: Line = Field("", validation_alias=AliasPath("item", "path"))
    change: str = Field("", validation_alias="changeType")
    original_path: Line | None = None


class _Iteration(DevOpsModel):
    id: int


class _Changes(DevOpsModel):
    change_entries: list[ChangedFile] = Field(default_factory=list)
    next_skip: int | None = None


class _WorkItem(DevOpsModel):
    id: int


async def find_person(devops: DevOps, organization: str, project: str, written: str) -> str | None:
    """Returns the id of somebody by address or name, None where no late pull request has them.

    Only ids choose pull requests, and to look ids up needs a permission of its own. Who takes part in a pull
    request stands in it.
    """
    for skip in range(0, _MOST_PULL_REQUESTS, _PAGE_SIZE):
        criteria: dict[str, Any] = {
            "searchCriteria.status": "all",
            "$top": str(_PAGE_SIZE),
            "$skip": str(skip) if skip else "",
        }
        path = "/{}/{}/_apis/git/pullrequests"
        page = await devops.get(DevOpsList[_Participants], path, organization, project, **criteria)
        for person in (person for each in page.value for person in each.people):
            if person.id and person.is_named(written):
                return person.id
        if len(page.value) < _PAGE_SIZE:
            break
    return None


async def list_threads(devops: DevOps, key: PullRequestKey) -> list[Thread]:
    """Returns the threads of a pull request in which somebody said something."""
    threads = (await devops.get(DevOpsList[Thread], f"{_ONE}/threads", *key)).value
    return [thread for thread in threads if not thread.is_deleted and list(user_comments(thread))]


def user_comments(thread: Thread) -> Iterator[Comment]:
    """Yields the comments of a thread which people wrote and did not delete."""
    for comment in thread.comments or []:
        if comment.comment_type != "system" and not comment.is_deleted and comment.content:
            yield comment


def quote_comment(comment: Comment, *, offset: int, limit: int) -> PullRequestComment:
    """Returns a comment with its text in the envelope."""
    text = quote(comment.content or "", f"comment by {comment.author}", offset=offset, limit=limit)
    return PullRequestComment(author=comment.author, written=comment.published, text=text)


async def changed_files(devops: DevOps, key: PullRequestKey) -> tuple[list[ChangedFile], bool]:
    """Returns the files a pull request changes as it stands, and whether these are all."""
    iterations = await devops.get(DevOpsList[_Iteration], f"{_ONE}/iterations", *key)
    if not iterations.value:
        return [], True
    changes = await devops.get(
        _Changes,
        f"{_ONE}/iterations/{{}}/changes",
        *key,
        max(each.id for each in iterations.value),
        host="organizations",
        **{"$top": str(_MOST_FILES)},
    )
    return changes.change_entries, not changes.next_skip


async def linked_work_items(devops: DevOps, key: PullRequestKey) -> list[int]:
    """Returns the ids of the work items a pull request is for."""
    linked = await devops.get(DevOpsList[_WorkItem], f"{_ONE}/workitems", *key)
    return [each.id for each in linked.value]
