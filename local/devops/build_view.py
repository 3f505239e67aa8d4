"""Renders pipelines, builds and timelines as the build API shows them."""

from __future__ import annotations

from typing import Any

from local.devops.build import Build, Definition
from local.devops.build_log import line_of, lines
from local.devops.call import Call
from local.devops.data_files import named_id
from local.devops.store import Project
from local.devops.timeline import Record, records
from local.devops.times import stamp

_QUEUE = {"id": 34, "name": "larkspur-linux", "pool": {"id": 11, "name": "larkspur-linux", "isHosted": False}}


def definition_reference(call: Call, definition: Definition) -> dict[str, Any]:
    """Returns the short form of a pipeline that builds embed."""
    project = call.organization.project_by_id(definition.project_id)
    url = call.store.url(call.organization, project.id, "_apis/build/Definitions", definition.id)
    return {
        "id": definition.id,
        "name": definition.name,
        "url": f"{url}?revision={definition.revision}",
        "uri": f"vstfs:///Build/Definition/{definition.id}",
        "path": definition.path,
        "type": "build",
        "queueStatus": definition.queue_status,
        "revision": definition.revision,
        "project": call.store.project_reference(call.organization, project),
    }


def definition_view(call: Call, definition: Definition, *, full: bool) -> dict[str, Any]:
    """Returns a pipeline; with its repository and file when it is read alone."""
    project = call.organization.project_by_id(definition.project_id)
    reference = definition_reference(call, definition)
    view = {
        **reference,
        "_links": {
            "self": {"href": reference["url"]},
            "web": {"href": _web(call, project, f"definition?definitionId={definition.id}")},
        },
        "quality": "definition",
        "authoredBy": call.store.identity(definition.author, call.organization),
        "queue": _QUEUE,
        "createdDate": stamp(definition.created),
    }
    if full:
        view["process"] = {"yamlFilename": "azure-pipelines.yml", "type": 2}
        view["repository"] = repository_view(call, definition)
        view["buildNumberFormat"] = "$(date:yyyyMMdd)$(rev:.r)"
        view["jobAuthorizationScope"] = "project"
        view["jobTimeoutInMinutes"] = 60
    return view


def repository_view(call: Call, definition: Definition) -> dict[str, Any]:
    """Returns the repository a pipeline builds, as the build API names it."""
    for repository in call.organization.repositories:
        if repository.name == definition.repository:
            return {
                "id": repository.id,
                "name": repository.name,
                "type": "TfsGit",
                "clean": None,
                "checkoutSubmodules": False,
            }
    raise LookupError(definition.repository)


def build_view(call: Call, build: Build) -> dict[str, Any]:
    """Returns a build as it stands now."""
    now = call.now
    definition = build.definition
    project = call.organization.project_by_id(definition.project_id)
    url = build_url(call, build)
    person = build.requested_for.reference(call.store.base_url, call.organization.name)
    view: dict[str, Any] = {
        "_links": {
            "self": {"href": url},
            "web": {"href": _web(call, project, f"results?buildId={build.id}")},
            "timeline": {"href": f"{url}/Timeline"},
        },
        "id": build.id,
        "buildNumber": build.number,
        "status": build.status(now),
        "queueTime": stamp(build.queued),
        "url": url,
        "uri": f"vstfs:///Build/Build/{build.id}",
        "definition": definition_reference(call, definition),
        "project": call.store.project_reference(call.organization, project),
        "sourceBranch": build.branch,
        "sourceVersion": build.commit,
        "queue": _QUEUE,
        "priority": "normal",
        "reason": build.reason,
        "requestedFor": person,
        "requestedBy": person,
        "lastChangedDate": stamp(build.finished if build.finished <= now else now),
        "lastChangedBy": person,
        "triggerInfo": {"ci.message": build.message},
        "orchestrationPlan": {"planId": named_id("plan", build.id)},
        "logs": {"id": 0, "type": "Container", "url": f"{url}/logs"},
        "repository": repository_view(call, definition),
        "retainedByRelease": False,
        "tags": [],
        "validationResults": [{"result": "error", "message": each} for each in build.yaml_errors],
    }
    if build.pull_request is not None:
        view["triggerInfo"]["pr.number"] = str(build.pull_request)
    if build.started <= now and not build.never_ran:
        view["startTime"] = stamp(build.started)
    if build.finished <= now:
        view["finishTime"] = stamp(build.finished)
        view["result"] = build.outcome
    if build.parameters is not None:
        view["parameters"] = build.parameters
    if build.template_parameters is not None:
        view["templateParameters"] = build.template_parameters
    return view


def timeline_view(call: Call, build: Build) -> dict[str, Any]:
    """Returns the timeline, its records in no useful order, as the service has them."""
    found = records(build)
    url = build_url(call, build)
    timeline_id = named_id("timeline", build.id)
    return {
        "records": [
            _record_view(call, build, record) for record in sorted(found, key=lambda record: record.id)
        ],
        "lastChangedBy": "00000002-0000-8888-8000-000000000000",
        "lastChangedOn": stamp(min(build.finished, call.now)),
        "id": timeline_id,
        "changeId": len(found) * 3,
        "url": f"{url}/Timeline/{timeline_id}",
    }


def log_view(call: Call, build: Build, record: Record) -> dict[str, Any]:
    """Returns what is known of a log without its lines."""
    return {
        "id": record.log_id,
        "type": "Container",
        "url": f"{build_url(call, build)}/logs/{record.log_id}",
        "lineCount": len(lines(build, record)),
        "createdOn": stamp(record.started or build.started),
        "lastChangedOn": stamp(record.finished or build.finished),
    }


def build_url(call: Call, build: Build) -> str:
    """Returns the address of a build's resource."""
    return call.store.url(call.organization, build.definition.project_id, "_apis/build/Builds", build.id)


def _record_view(call: Call, build: Build, record: Record) -> dict[str, Any]:
    state = record.state(call.now, build)
    done = state == "completed"
    attempt = build.attempts.get(record.stage, 1)
    issues = [_issue_view(build, record, issue) for issue in record.issues] if done else []
    view: dict[str, Any] = {
        "previousAttempts": [
            {"attempt": each, "timelineId": named_id("timeline", build.id, each), "recordId": record.id}
            for each in range(1, attempt)
        ],
        "id": record.id,
        "parentId": record.parent,
        "type": record.type,
        "name": record.name,
        "startTime": None if record.started is None or state == "pending" else stamp(record.started),
        "finishTime": stamp(record.finished) if done and record.finished else None,
        "currentOperation": None,
        "percentComplete": 100 if done else None,
        "state": state,
        "result": record.result if done else None,
        "resultCode": None,
        "changeId": record.order,
        "lastModified": "0001-01-01T00:00:00",
        "workerName": f"larkspur-linux-{build.id % 7 + 1:02d}" if record.type in ("Job", "Task") else None,
        "order": record.order,
        "details": None,
        "errorCount": sum(issue["type"] == "error" for issue in issues),
        "warningCount": sum(issue["type"] == "warning" for issue in issues),
        "url": None,
        "log": None,
        "task": None,
        "attempt": attempt,
        "identifier": record.identifier,
    }
    if issues:
        view["issues"] = issues
    if done and record.log_id is not None:
        url = f"{build_url(call, build)}/logs/{record.log_id}"
        view["log"] = {"id": record.log_id, "type": "Container", "url": url}
    return view


def _issue_view(build: Build, record: Record, issue: dict[str, Any]) -> dict[str, Any]:
    line = line_of(build, record, issue["message"])
    data = (
        {"type": issue["type"]} if line is None else {"type": issue["type"], "logFileLineNumber": str(line)}
    )
    return {**issue, "data": data}


def _web(call: Call, project: Project, rest: str) -> str:
    return call.store.url(call.organization, project.id, "_build", rest)
