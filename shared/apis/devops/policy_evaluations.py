"""Reads how the policies of a branch judge a pull request."""

from typing import Any

from pydantic import AliasPath, BaseModel, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsList, DevOpsModel
from shared.text.content import Line

_VERSION = "7.1-preview.1"
_PAGE_SIZE = 100
_MOST_PAGES = 5
_FULFILLED = frozenset({"approved", "notapplicable"})
_REVIEWERS, _BUILD = "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd", "0609b952-1397-4640-95ec-e00a01b2c241"


class Blocker(BaseModel):
    """Something that keeps a pull request from being completed."""

    reason: str = Field(description="draft, conflicts, merge, vote or policy.")
    text: Line
    status: str | None = Field(None, description="Of a policy: running is one that is still waited for.")
    build_id: int | None = Field(
        None, description="The build of it; devops_diagnose_build says why it failed."
    )


class _Evaluation(DevOpsModel):
    status: str = ""
    type_id: str = Field("", validation_alias=AliasPath("configuration", "type", "id"))
    type_name: Line = Field("", validation_alias=AliasPath("configuration", "type", "displayName"))
    is_enabled: bool = Field(True, validation_alias=AliasPath("configuration", "isEnabled"))
    is_deleted: bool = Field(False, validation_alias=AliasPath("configuration", "isDeleted"))
    is_blocking: bool = Field(True, validation_alias=AliasPath("configuration", "isBlocking"))
    name: Line | None = Field(None, validation_alias=AliasPath("configuration", "settings", "displayName"))
    approvers: int | None = Field(
        None, validation_alias=AliasPath("configuration", "settings", "minimumApproverCount")
    )
    build_id: int | None = Field(None, validation_alias=AliasPath("context", "buildId"))
    is_expired: bool = Field(False, validation_alias=AliasPath("context", "isExpired"))

    @property
    def blocks(self) -> bool:
        """Tells whether the pull request has to wait for the policy."""
        return (
            self.is_enabled
            and not self.is_deleted
            and self.is_blocking
            and self.status.casefold() not in _FULFILLED
        )

    def blocker(self) -> Blocker:
        """Returns what the policy wants."""
        text = f"{self.type_name or 'Policy'}{f' {self.name}' if self.name else ''}: {self.status}"
        if self.type_id.casefold() == _REVIEWERS and self.approvers:
            text += f"; {self.approvers} approvals are needed"
        if self.type_id.casefold() == _BUILD and self.is_expired:
            text += "; the build is out of date"
        return Blocker(reason="policy", text=text, status=self.status or None, build_id=self.build_id)


async def blocking_policies(
    devops: DevOps, organization: str, project_id: str, pull_request: int
) -> list[Blocker]:
    """Returns the policies a pull request does not fulfil yet; the project is named by its id alone."""
    found: list[_Evaluation] = []
    for page in range(_MOST_PAGES):
        query: dict[str, Any] = {
            "artifactId": f"vstfs:///CodeReview/CodeReviewId/{project_id}/{pull_request}",
            "$top": str(_PAGE_SIZE),
            "$skip": str(page * _PAGE_SIZE) if page else "",
        }
        path = "/{}/{}/_apis/policy/evaluations"
        listed = await devops.get(
            DevOpsList[_Evaluation], path, organization, project_id, api_version=_VERSION, **query
        )
        found += listed.value
        if len(listed.value) < _PAGE_SIZE:
            break
    return [each.blocker() for each in found if each.blocks]
