"""Sends the changes of a pull request, one after the other, and says what was done where one fails."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.git_repositories import RepositoryKey
from shared.apis.models import DevOpsList
from shared.concurrency import Work
from shared.errors import ToolError
from shared.results.write_failures import after, report_unknown_outcome
from shared.tools.devops.pull_request_views import FoundPullRequest, Label

LIST = "/{}/{}/_apis/git/repositories/{}/pullrequests"
ONE = f"{LIST}/{{}}"
LOOK = "Look with devops_get_pull_request how it stands before you repeat the call."


@dataclass(frozen=True, slots=True)
class PeopleAndLabels:
    """Holds what is added to a pull request and removed: reviewers by id, labels by name."""

    added_reviewers: list[str]
    removed_reviewers: list[str]
    added_labels: list[str]
    removed_labels: list[str]


type _Step = tuple[str, Callable[[], Work[Any]]]
"""What has been done once it is carried out, and what carries it out."""


async def update(
    devops: DevOps, key: RepositoryKey, found: FoundPullRequest, body: dict[str, Any], others: PeopleAndLabels
) -> FoundPullRequest:
    """Sends the changes, and returns the pull request as it then is.

    Reviewers and labels come first, as one who is closed takes none; they come last where it is reopened.

    Raises:
        ToolError: `invalid_argument`: somebody or something is added and removed at once; nothing is sent.
    """
    _check_apart(others)
    steps = [*_reviewers(devops, key, found, others), *_labels(devops, key, found, others)]
    if body:
        patch = partial(devops.patch, FoundPullRequest, ONE, *key, found.id, body=body)
        own: _Step = ("The pull request was changed.", patch)
        steps = [own, *steps] if body.get("status") == "active" else [*steps, own]
    done: list[str] = []
    for told, send in steps:
        with after(" ".join(done)), report_unknown_outcome(LOOK):
            await send()
        done += [] if told in done else [told]
    with after(" ".join(done)):
        return await devops.get(FoundPullRequest, ONE, *key, found.id)


def _check_apart(others: PeopleAndLabels) -> None:
    added, removed = (
        {_folded(each) for each in them} for them in (others.added_labels, others.removed_labels)
    )
    if added & removed or {*others.added_reviewers} & {*others.removed_reviewers}:
        both = "add_labels, remove_labels" if added & removed else "add_reviewers, remove_reviewers"
        raise ToolError(
            "invalid_argument",
            f"{both}: the same is in both.",
            "Name it in one of them only.",
        )


def _folded(label: str) -> str:
    return label.strip().casefold()


def _reviewers(
    devops: DevOps, key: RepositoryKey, found: FoundPullRequest, others: PeopleAndLabels
) -> list[_Step]:
    path = f"{ONE}/reviewers"
    steps: list[_Step] = [
        ("Reviewers were removed.", partial(devops.command, "DELETE", f"{path}/{{}}", *key, found.id, each))
        for each in others.removed_reviewers
    ]
    if others.added_reviewers:
        people = [{"id": each} for each in others.added_reviewers]
        add = partial(devops.post, DevOpsList[Any], path, *key, found.id, body=people)
        steps.insert(0, ("Reviewers were added.", add))
    return steps


def _labels(
    devops: DevOps, key: RepositoryKey, found: FoundPullRequest, others: PeopleAndLabels
) -> list[_Step]:
    """Returns how labels are added that it lacks, and removed that it has; case does not tell them apart."""
    path = f"{ONE}/labels"
    present = {_folded(each.name): each.id for each in found.present_labels}
    lacking = {_folded(each): each.strip() for each in others.added_labels}
    gone = {_folded(each) for each in others.removed_labels} & present.keys()
    return [
        *(
            ("Labels were added.", partial(devops.post, Label, path, *key, found.id, body={"name": name}))
            for folded, name in lacking.items()
            if folded not in present
        ),
        *(
            (
                "Labels were removed.",
                partial(devops.command, "DELETE", f"{path}/{{}}", *key, found.id, present[each]),
            )
            for each in sorted(gone)
        ),
    ]
