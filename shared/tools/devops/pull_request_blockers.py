"""Says why a pull request cannot be completed as it stands."""

from shared.apis.devops.policy_evaluations import Blocker, blocking_policies
from shared.caller import Caller
from shared.errors import ToolError
from shared.tools.devops.pull_request_views import FoundPullRequest

_APPROVALS = frozenset({"approved", "approved with suggestions"})


async def policies(caller: Caller, organization: str, found: FoundPullRequest) -> list[Blocker]:
    """Returns the policies that an active pull request does not fulfil yet."""
    if found.status != "active" or found.project_id is None:
        return []
    return await blocking_policies(caller.devops, organization, found.project_id, found.id)


def own_blockers(found: FoundPullRequest) -> list[Blocker]:
    """Returns what the pull request itself tells: a draft, conflicts, a failed merge, votes."""
    if found.status != "active":
        return []
    blockers = []
    if found.is_draft:
        blockers.append(Blocker(reason="draft", text="It is a draft: publish it first."))
    if found.merge_status == "conflicts":
        blockers.append(Blocker(reason="conflicts", text="The source branch conflicts with the target."))
    elif found.merge_status in ("failure", "rejectedByPolicy"):
        told = f": {found.merge_failure}" if found.merge_failure else ""
        blockers.append(Blocker(reason="merge", text=f"The last merge failed ({found.merge_status}){told}."))
    for each in found.reviewers or []:
        if each.verdict == "rejected" or (each.is_required and each.verdict not in _APPROVALS):
            required = "required, " if each.is_required else ""
            verdict = "no vote yet" if each.verdict == "none" else each.verdict
            blockers.append(Blocker(reason="vote", text=f"{each.name} ({required}{verdict})."))
    return blockers


def refuse_completion(blockers: list[Blocker]) -> None:
    """Raises where something certainly keeps the merge from being done; votes count by policies alone.

    Raises:
        ToolError: `conflict`: what that is.
    """
    certain = [each for each in blockers if each.reason in ("draft", "conflicts", "policy")]
    if certain:
        raise ToolError(
            "conflict",
            "The pull request cannot be completed yet: "
            + " ".join(f"{each.text.rstrip('.')}." for each in certain),
            "Settle this first; or let it complete by itself with auto_complete of "
            "devops_update_pull_request.",
        )
