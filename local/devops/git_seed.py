"""Seeds repositories and pull requests."""

from __future__ import annotations

from typing import Any

from local.devops.data_files import data_file, named_id, pick
from local.devops.git_history_seed import add_history, series_files
from local.devops.pull_request import PullRequest, Repository, Reviewer, Thread, ThreadComment
from local.devops.store import Organization, Store
from local.relative_time import at


def add_repositories(store: Store) -> None:
    """Fills the organizations with their repositories and pull requests."""
    described = data_file("devops_git.json")
    organization = store.organizations["larkspur"]
    for entry in described["repositories"]:
        project = organization.project(entry["project"])
        if project is None:
            raise ValueError(f"repository {entry['name']} names an unknown project")
        organization.repositories.append(
            Repository(
                named_id("repository", entry["name"]),
                entry["name"],
                project.id,
                entry["size"],
                disabled=entry.get("disabled", False),
            )
        )
    series = _series(described["series"])
    labels = add_history(store, organization, series)
    for entry in described["pull_requests"] + series:
        organization.pull_requests[entry["id"]] = _pull_request(store, organization, entry, labels)


def _series(series: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns finished pull requests of the weeks before, in the form of the written-out ones."""
    entries = []
    for number in range(series["first"], series["first"] + series["count"]):
        author, reviewer = (
            pick(series["people"], "author", number),
            pick(series["people"], "reviewer", number),
        )
        age = 15 + 2 * (series["first"] + series["count"] - number)
        title = series["titles"][number % len(series["titles"])]
        entries.append(
            {
                "id": number,
                "repository": pick(("booking-web", "booking-api"), "repository", number),
                "title": title
                if number < series["first"] + len(series["titles"])
                else f"{title}, second part",
                "description": "",
                "by": author,
                "created": f"-{age}d 10:{number % 60:02d}",
                "closed": f"-{age - 1}d 15:{number % 60:02d}",
                "status": "completed",
                "source": f"{author}/change-{number}",
                "reviewers": [[reviewer, 10, True]] if reviewer != author else [],
                "files": series_files(series["files"], number),
                "commit": f"source-{number}",
                "merge": f"merge-{number}",
                "work_items": [],
                "threads": [],
            }
        )
    return entries


def _pull_request(
    store: Store, organization: Organization, entry: dict[str, Any], labels: dict[str, str]
) -> PullRequest:
    repository = next(each for each in organization.repositories if each.name == entry["repository"])
    source = labels[entry["commit"]]
    merge = labels[entry["merge"]] if "merge" in entry else None
    # What was merged is compared with what main was before.
    main = repository.git.commits[merge].parents[0] if merge else repository.git.refs["refs/heads/main"]
    return PullRequest(
        id=entry["id"],
        repository=repository,
        title=entry["title"],
        description=entry["description"],
        author=store.people.named(entry["by"]),
        created=at(entry["created"], store.started),
        closed=at(entry["closed"], store.started) if "closed" in entry else None,
        status=entry["status"],
        draft=entry.get("draft", False),
        source=f"refs/heads/{entry['source']}",
        target="refs/heads/main",
        merge_status=entry.get("merge_status", "succeeded"),
        reviewers=[
            Reviewer(store.people.named(alias), vote, required)
            for alias, vote, required in entry["reviewers"]
        ],
        threads=[_thread(store, thread) for thread in entry["threads"]],
        source_commit=source,
        target_commit=main,
        merge_commit=merge,
        work_items=entry["work_items"],
        labels=[*entry.get("labels", [])],
    )


def _thread(store: Store, entry: dict[str, Any]) -> Thread:
    comments = tuple(
        ThreadComment(store.people.named(alias), at(written, store.started), content, *kind)
        for alias, written, content, *kind in entry["comments"]
    )
    return Thread(comments, entry.get("status"), entry.get("path"), entry.get("line"))
