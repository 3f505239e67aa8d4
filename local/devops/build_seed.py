"""Seeds pipelines and builds: those of the data file, and a history before them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from local.devops.build import Build, Definition, Failure, Job, Stage, Step
from local.devops.data_files import data_file, pick
from local.devops.store import Organization, Store
from local.relative_time import at


def add_builds(store: Store) -> None:
    """Fills the organization with its pipelines and their builds."""
    described = data_file("devops_builds.json")
    organization = store.organizations["larkspur"]
    for entry in described["definitions"]:
        organization.definitions[entry["id"]] = _definition(store, organization, entry)
    for entry in [*_history(), *described["builds"]]:
        queued = at(entry["queued"], store.started)
        _add(store, organization, entry, queued, queued + timedelta(seconds=20))
    _add(
        store,
        organization,
        described["running"],
        store.started - timedelta(minutes=5),
        store.started - timedelta(minutes=4),
    )
    running = organization.builds[described["running"]["id"]]
    running.finished = running.planned = running.started + timedelta(minutes=35)
    _add(store, organization, described["waiting"], store.started - timedelta(minutes=1), running.finished)


def failure(name: str) -> Failure:
    """Returns one of the ways builds go wrong.

    Raises:
        KeyError: The data file describes no such way.
    """
    entry = data_file("devops_builds.json")["failures"][name]
    return Failure(entry["step"], entry["log"], entry["result"], tuple(entry["issues"]))


@cache
def _history() -> list[dict[str, Any]]:
    """Returns older builds, two or three a day, most of which went well."""
    history = data_file("devops_builds.json")["history"]
    entries = []
    last = history["first"] + history["count"] - 1
    for number in range(history["first"], last + 1):
        slot = (last - number) * 10  # of 24 a day, so two or three builds
        definition = pick(history["definitions"], "definition", number)
        outcome = pick(("succeeded",) * 7 + ("failed", "failed", "canceled"), "outcome", number)
        entry = {
            "id": number,
            "definition": definition,
            "branch": pick(("main", "main", "ana/warm-cache", "ben/prices"), "branch", number),
            "by": "build" if definition == 21 else pick(history["people"], "by", number),
            "reason": "schedule"
            if definition == 21
            else pick(("individualCI", "manual", "pullRequest"), "reason", number),
            "queued": f"-{3 + slot // 24}d {20 - slot % 24 // 2:02d}:{number * 7 % 60:02d}",
            "revision": number % 9 + 1,
            "outcome": outcome,
            "message": pick(history["messages"], "message", number),
        }
        if outcome == "failed":
            entry["failure"] = pick(history["failures"][str(definition)], "failure", number)
            if failure(entry["failure"]).result == "succeededWithIssues":
                entry["outcome"] = "partiallySucceeded"
        entries.append(entry)
    return entries


def _add(
    store: Store, organization: Organization, entry: dict[str, Any], queued: datetime, started: datetime
) -> None:
    definition = organization.definitions[entry["definition"]]
    way = failure(entry["failure"]) if "failure" in entry else None
    outcome = entry.get("outcome", "succeeded")
    planned = started + timedelta(seconds=usual_seconds(definition, way), milliseconds=entry["id"] % 1000)
    organization.builds[entry["id"]] = Build(
        id=entry["id"],
        number=f"{queued:%Y%m%d}.{entry.get('revision', 1)}",
        definition=definition,
        branch=f"refs/heads/{entry['branch']}",
        commit=_commit(organization, definition, entry, queued),
        message=entry["message"],
        reason=entry["reason"],
        requested_for=store.people.named(entry["by"]),
        queued=queued,
        started=started,
        planned=planned,
        finished=started + timedelta(seconds=75) if outcome == "canceled" else planned,
        outcome=outcome,
        failure=way,
        pull_request=entry.get("pull_request"),
        yaml_errors=tuple(entry.get("yaml_errors", ())),
        never_ran=entry.get("never_ran", False) or "yaml_errors" in entry,
        attempts=entry.get("attempts", {}),
    )


def _commit(
    organization: Organization, definition: Definition, entry: dict[str, Any], queued: datetime
) -> str:
    """Returns the commit that is built: the one with the message, or what main was when it was queued.

    What was built before the repository holds commits was rewritten since.
    """
    git = next(each.git for each in organization.repositories if each.name == definition.repository)
    head = git.refs.get(f"refs/heads/{entry['branch']}", git.refs["refs/heads/main"])
    history = git.history(head)
    named = (each.id for each in history if each.message.partition("\n")[0] == entry["message"])
    earlier = (each.id for each in history if each.written <= queued)
    return next(named, None) or next(earlier, history[-1].id)


def usual_seconds(definition: Definition, way: Failure | None) -> int:
    """Returns how long a build takes up to its end or to the stage in which it fails."""
    total = 0
    for stage in definition.stages:
        steps = [step for job in stage.jobs for step in job.steps]
        total += sum(step.seconds for step in steps)
        if way is not None and way.result == "failed" and way.step in {step.name for step in steps}:
            break
    return total


def _definition(store: Store, organization: Organization, entry: dict[str, Any]) -> Definition:
    project = organization.project(entry["project"])
    if project is None:
        raise ValueError(f"pipeline {entry['name']} names an unknown project")
    return Definition(
        id=entry["id"],
        name=entry["name"],
        path=entry["path"],
        project_id=project.id,
        repository=entry["repository"],
        author=entry["author"],
        created=at(entry["created"], store.started),
        revision=entry["revision"],
        queue_status=entry["queue_status"],
        variables=tuple(entry.get("variables", ())),
        parameters=entry["parameters"],
        yaml="\n".join(entry["yaml"]) + "\n",
        stages=tuple(
            Stage(
                stage["name"],
                tuple(
                    Job(job["name"], tuple(Step(**step) for step in job["steps"])) for job in stage["jobs"]
                ),
            )
            for stage in entry["stages"]
        ),
    )
