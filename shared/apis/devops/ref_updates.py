"""Creates branches of Git repositories, and says why one was not created."""

from pydantic import Field

from shared.apis.devops.branches import branch_reference
from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.git_repositories import ONE, RepositoryKey, checked
from shared.apis.models import DevOpsList, DevOpsModel
from shared.apis.requests import quotable
from shared.errors import ToolError
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import Line

NO_OBJECT = "0" * 40
"""The id a reference has before it is there."""
_SUCCEEDED = "succeeded"
"""How each status begins with which a reference was changed."""
_LOOK = "Look with devops_list_branches whether the branch is there before you repeat the call."
_ANOTHER = "Choose another name, or use the branch there is: see devops_list_branches."


class _Result(DevOpsModel):
    """What became of one reference; the response has status 200 for refusals too."""

    success: bool | None = None
    status: str = Field("", validation_alias="updateStatus")
    message: Line | None = Field(None, validation_alias="customMessage")


async def create_branch(devops: DevOps, key: RepositoryKey, name: str, commit: str) -> None:
    """Creates a branch, by its short name, at a commit.

    Raises:
        ToolError: `conflict`: there is one of the name; or another reason for which it was not created.
    """
    body = [{"name": branch_reference(name), "oldObjectId": NO_OBJECT, "newObjectId": commit}]
    with report_unknown_outcome(_LOOK):
        answered = await checked(
            devops, key, devops.post(DevOpsList[_Result], f"{ONE}/refs", *key, body=body)
        )
    result = answered.value[0] if answered.value else _Result()
    if not (result.status.startswith(_SUCCEEDED) if result.success is None else result.success):
        raise _refusal(name, commit, result)


def _refusal(name: str, commit: str, result: _Result) -> ToolError:
    named = quotable(name)
    told = f" The service says: {quotable(result.message)}" if result.message else ""
    match result.status:
        case "staleOldObjectId":
            return ToolError("conflict", f"name: there is a branch {named} already; it was left.", _ANOTHER)
        case "refNameConflict":
            message = (
                f"name: {named} cannot stand beside another name, in other case or that goes on below it."
            )
            return ToolError("conflict", message, _ANOTHER)
        case "invalidRefName":
            return ToolError("invalid_argument", f"name: {named} is no name of a branch.", _ANOTHER)
        case "unresolvableToCommit":
            message = f"The repository has no commit {commit}."
            return ToolError("not_found", message, "Use a commit of devops_list_commits.")
        case "locked":
            return ToolError("conflict", f"The branch {named} is locked.{told}", "Choose another name.")
        case "" | "unprocessed":
            message = f"Azure DevOps did not say whether it created the branch {named}.{told}"
            return ToolError("upstream_error", message, _LOOK)
        case status:
            return ToolError(
                "forbidden",
                f"The branch {named} was not created ({quotable(status)}).{told}",
                "Whoever administers the repository can allow you to create branches of this name.",
            )
