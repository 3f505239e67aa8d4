"""Describes pull requests as results show them."""

from typing import Annotated, Any
from urllib.parse import quote_plus

from pydantic import AliasChoices, AliasPath, BeforeValidator, Field, model_validator

from shared.apis.devops.branches import Branch
from shared.apis.devops.service_times import ServiceTime
from shared.apis.models import DevOpsModel
from shared.caller import Caller
from shared.text.content import Line

VERDICTS = {
    10: "approved",
    5: "approved with suggestions",
    0: "none",
    -5: "waiting for the author",
    -10: "rejected",
}


def _verdict(vote: object) -> object:
    return VERDICTS.get(vote, vote) if isinstance(vote, int) else vote


def _names(labels: object) -> object:
    if not isinstance(labels, list):
        return labels
    return [each.get("name") if isinstance(each, dict) else each for each in labels]


class Label(DevOpsModel):
    """A label as the service gives it."""

    id: str
    name: Line


class ReviewerVote(DevOpsModel):
    """Who was asked to review, by id, and what they say."""

    id: str = ""
    verdict: Annotated[str, BeforeValidator(_verdict)] = Field("none", validation_alias="vote")


class Reviewer(DevOpsModel):
    """Somebody asked to review, and what they say."""

    name: Line = Field(validation_alias=AliasChoices("displayName", "uniqueName", "id"))
    verdict: Annotated[str, BeforeValidator(_verdict)] = Field("none", validation_alias="vote")
    is_required: bool = False


class PullRequestSummary(DevOpsModel):
    """A pull request."""

    id: int = Field(validation_alias="pullRequestId")
    title: Line
    status: str
    is_draft: bool = False
    repository: Line = Field(validation_alias=AliasPath("repository", "name"))
    source_branch: Branch = Field(validation_alias="sourceRefName")
    target_branch: Branch = Field(validation_alias="targetRefName")
    created_by: Line | None = Field(None, validation_alias=AliasPath("createdBy", "displayName"))
    created: ServiceTime = Field(None, validation_alias="creationDate")
    labels: Annotated[list[Line], BeforeValidator(_names)] = Field(default_factory=list)
    merge_status: str | None = Field(None, description="conflicts: it cannot be merged as it is.")
    your_verdict: str | None = Field(
        None, description="Where reviewer_id is me: none is what waits for the user's vote."
    )
    votes: list[ReviewerVote] = Field(
        default_factory=list, validation_alias=AliasPath("reviewers"), exclude=True
    )
    project_name: str | None = Field(
        None, validation_alias=AliasPath("repository", "project", "name"), exclude=True
    )
    artifact_id: str = Field("", description="Names it in a link of a work item.")
    web_url: str = ""

    @model_validator(mode="before")
    @classmethod
    def _name_artifact(cls, document: Any) -> Any:
        """Adds the artifact id, which lists leave out, from the three ids it is made of."""
        match document:
            case {"pullRequestId": number, "repository": {"id": repository, "project": {"id": project}}}:
                artifact = quote_plus(f"{project}/{repository}/{number}")
                return {**document, "artifactId": f"vstfs:///Git/PullRequestId/{artifact}"}
            case _:
                return document


class FoundPullRequest(PullRequestSummary):
    """A pull request as the service gives it alone."""

    created_by_id: str | None = Field(None, validation_alias=AliasPath("createdBy", "id"))
    project_id: str | None = Field(None, validation_alias=AliasPath("repository", "project", "id"))
    auto_complete_by: Line | None = Field(
        None, validation_alias=AliasPath("autoCompleteSetBy", "displayName")
    )
    merge_failure: Line | None = Field(None, validation_alias="mergeFailureMessage")
    merge_commit: str | None = Field(None, validation_alias=AliasPath("lastMergeCommit", "commitId"))
    last_source_commit: str | None = Field(
        None, validation_alias=AliasPath("lastMergeSourceCommit", "commitId")
    )
    repository_id: str = Field(validation_alias=AliasPath("repository", "id"))
    present_labels: list[Label] = Field(
        default_factory=list, validation_alias=AliasPath("labels"), exclude=True
    )
    description: str | None = None
    closed: ServiceTime = Field(None, validation_alias="closedDate")
    reviewers: list[Reviewer] | None = None


def with_web_url[M: PullRequestSummary](caller: Caller, organization: str, project: str, found: M) -> M:
    """Returns the pull request with its address, which the service does not tell in lists."""
    url = caller.devops.web_url(
        "/{}/{}/_git/{}/pullrequest/{}",
        organization,
        found.project_name or project,
        found.repository,
        found.id,
    )
    return found.model_copy(update={"web_url": url})
