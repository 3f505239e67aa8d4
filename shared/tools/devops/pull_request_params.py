"""Declares the arguments that name pull requests and people in them, and resolves them."""

import re
from typing import Annotated, Literal

from pydantic import Field

from shared.apis.requests import quotable
from shared.caller import Caller
from shared.errors import ToolError
from shared.guids import PATTERN as GUID
from shared.tools.devops.pull_request_views import FoundPullRequest
from shared.tools.params import Reference, number_of

# An id, an address with or without a name before it, or the user.
_PERSON = rf"^\s*([Mm][Ee]|{GUID}|[^@]*[^@\s<]@[^@\s>]+>?)\s*$"
_NUMBER = re.compile(r"(?:!|PR ?[!#]?)?([0-9]{1,10})", re.IGNORECASE | re.ASCII)
_ARTIFACT = re.compile(
    rf"vstfs:///Git/PullRequestId/({GUID})(?:%2F|/){GUID}(?:%2F|/)([0-9]{{1,10}})", re.IGNORECASE
)

PullRequestReference = Annotated[
    Reference,
    Field(description="Id (412 or !412) or web address."),
]
PersonReference = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=320,
        pattern=_PERSON,
        description="Email address, Azure DevOps id, or me.",
    ),
]

ReviewerNames = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=320)]] | None,
    Field(max_length=20, description="Address or id; groups too."),
]
LabelNames = Annotated[
    list[Annotated[str, Field(max_length=400, pattern=r"^[^;,]*[^;,\s][^;,]*$")]] | None,
    Field(max_length=20, description="Labels by name."),
]
MergeStrategy = Annotated[
    Literal["noFastForward", "squash", "rebase", "rebaseMerge"] | None,
    Field(description="Else the service chooses."),
]
DeleteSource = Annotated[bool | None, Field(description="Once merged.")]
Title = Annotated[str, Field(min_length=1, max_length=400, description="Its title.")]
DESCRIPTION_LIMIT = 4_000
"""Characters the service takes in a description (https://github.com/scala-steward-org/scala-steward/issues/3543)."""
SourceCommit = Annotated[
    str | None,
    Field(
        pattern="^[0-9a-fA-F]{40}$",
        description="As read: a newer push is a conflict.",
    ),
]


def is_user(person: str | None) -> bool:
    """Tells whether a person is named as the user."""
    return person is not None and person.strip().casefold() == "me"


def check_source_commit(found: FoundPullRequest, read: str | None) -> None:
    """Checks that the code is the one that was read.

    Raises:
        ToolError: `conflict`: newer code was pushed since.
    """
    now = found.last_source_commit
    if read is None or now is None or now.casefold() == read.casefold():
        return
    raise ToolError(
        "conflict",
        f"last_source_commit: newer code was pushed to the pull request: it is at {quotable(now)} now.",
        "Read the changes again with devops_get_diff, then repeat the call with this commit.",
        details={"last_source_commit": quotable(now)},
    )


async def resolve_pull_request(
    caller: Caller, pull_request: str, organization: str | None, project: str | None
) -> tuple[str, str, int]:
    """Resolves an argument to the organization, project and id of a pull request."""
    written = pull_request.strip()
    if match := _NUMBER.fullmatch(written):
        return await caller.organization(organization), await caller.project(project), int(match[1])
    if match := _ARTIFACT.fullmatch(written):
        return await caller.organization(organization), match[1], int(match[2])
    link = caller.devops.parse_link(written)
    number = None
    if link and link.area in ("_git", "_apis"):
        number = number_of(link.after("pullrequest", "pullrequests") or "")
    if link is None or number is None:
        raise ToolError(
            "invalid_argument",
            "pull_request: it is neither the id of a pull request nor its address in Azure DevOps.",
            "Use an id of devops_list_pull_requests, or an address that ends in pullrequest/ and a number.",
        )
    return link.organization, link.project or await caller.project(project), number
