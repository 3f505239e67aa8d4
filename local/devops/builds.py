"""Serves a build: its state, timeline and logs, queueing and cancelling."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from local.devops.approvals import checkpoints
from local.devops.build import Build
from local.devops.build_definitions import find_definition
from local.devops.build_log import lines
from local.devops.build_queue import check_variables, queue, retry
from local.devops.build_view import build_url, build_view, log_view, timeline_view
from local.devops.call import Call, Operation
from local.devops.data_files import named_id
from local.devops.errors import argument, binding, wrapped
from local.devops.paging import collection
from local.devops.timeline import Record, records
from local.devops.times import stamp

_READ = ("vso.build",)
_EXECUTE = ("vso.build_execute",)
_ONE = "build/builds/{id}"


def get_build(call: Call) -> Response:
    """Returns one build."""
    return JSONResponse(build_view(call, find_build(call, call.part("id"))))


def queue_build(call: Call) -> Response:
    """Returns a new build of a pipeline, by the caller."""
    body = call.json()
    definition = body.get("definition")
    if not isinstance(definition, dict) or not isinstance(definition.get("id"), int):
        raise argument("definition", "The body names no definition.")
    parameters = body.get("parameters")
    chosen = find_definition(call, definition["id"])
    if parameters is not None:
        check_variables(chosen, _variables(parameters))
    build = queue(
        call,
        chosen,
        branch=body.get("sourceBranch"),
        template_parameters=body.get("templateParameters"),
    )
    build.parameters = parameters
    return JSONResponse(build_view(call, build))


def update_build(call: Call) -> Response:
    """Returns a build that is told to stop, or whose failed jobs run again."""
    build = find_build(call, call.part("id"))
    if call.query.get("retry", "").casefold() == "true":
        call.json()
        retry(call, build, [each.name for each in build.definition.stages])
        return JSONResponse(build_view(call, build))
    if str(call.json().get("status", "")).casefold() != "cancelling":
        raise argument("status", "A build can only be set to cancelling.")
    build.cancel(call.now)
    return JSONResponse(build_view(call, build))


def update_stage(call: Call) -> Response:
    """Runs a failed stage again, or stops one; the answer has no body."""
    build = find_build(call, call.part("id"))
    wanted = call.parts["stage"].casefold()
    names = {each.name.replace(" ", "_").casefold(): each.name for each in build.definition.stages}
    if wanted not in names:
        raise wrapped(404, "StageNotFoundException", f"Build {build.id} has no stage '{wanted}'.")
    state = str(call.json().get("state", "")).casefold()
    if state == "retry":
        retry(call, build, [names[wanted]])
    elif state == "cancel":
        build.cancel(call.now)
    else:
        raise argument("state", f"A stage cannot be set to '{state}'.")
    return Response(status_code=200)


def get_timeline(call: Call) -> Response:
    """Returns the timeline; 204 before the build starts."""
    build = find_build(call, call.part("id"))
    if build.status(call.now) == "notStarted" or build.never_ran:
        return Response(status_code=204)
    view = timeline_view(call, build)
    view["records"] += checkpoints(call, build)
    if call.parts.get("timeline", view["id"]).casefold() != view["id"]:
        return Response(status_code=204)
    return JSONResponse(view)


def list_logs(call: Call) -> Response:
    """Returns the logs written so far."""
    build = find_build(call, call.part("id"))
    return collection([log_view(call, build, record) for record in _logged(call, build)])


def get_log(call: Call) -> Response:
    """Returns the lines of a log, from `startLine` (from 1) to `endLine`: text, or JSON where accepted."""
    build, wanted = find_build(call, call.part("id")), call.part("log")
    record = next((each for each in _logged(call, build) if each.log_id == wanted), None)
    if record is None:
        raise wrapped(404, "BuildLogNotFoundException", f"Build {build.id} has no log {wanted}.")
    written = lines(build, record)
    first, last = max(call.number("startLine", 1), 1), call.number("endLine", len(written))
    chosen = written[first - 1 : last]
    if "application/json" in call.headers.get("accept", "").casefold():
        return collection(chosen)
    return PlainTextResponse("".join(f"{line}\r\n" for line in chosen))


def list_changes(call: Call) -> Response:
    """Returns the commits a build was about."""
    build = find_build(call, call.part("id"))
    person = build.requested_for.reference(call.store.base_url, call.organization.name)
    commit = {
        "id": build.commit,
        "message": build.message,
        "type": "TfsGit",
        "author": person,
        "timestamp": stamp(build.queued),
        "location": f"{build_url(call, build)}/changes/{build.commit}",
    }
    return collection([commit])


def list_artifacts(call: Call) -> Response:
    """Returns what a build published: nothing until it has ended well."""
    build = find_build(call, call.part("id"))
    if build.result(call.now) not in ("succeeded", "partiallySucceeded"):
        return collection([])
    url = f"{build_url(call, build)}/artifacts?artifactName=drop"
    resource = {
        "type": "PipelineArtifact",
        "data": f"{build.id:016X}",
        "properties": {"artifactsize": str(70_000 + build.id)},
        "url": url,
        "downloadUrl": f"{url}&%24format=zip",
    }
    source = named_id(build.id, build.definition.stages[0].name)
    return collection([{"id": 1, "name": "drop", "source": source, "resource": resource}])


def list_work_items(call: Call) -> Response:
    """Returns references to the work items of the build's pull request; their ids are text."""
    build = find_build(call, call.part("id"))
    pull_request = call.organization.pull_requests.get(build.pull_request or 0)
    ids = pull_request.work_items if pull_request else []
    return collection(
        [
            {"id": str(each), "url": call.store.url(call.organization, "_apis/wit/workItems", each)}
            for each in ids
        ]
    )


def find_build(call: Call, build_id: int) -> Build:
    """Returns a build of the project.

    Raises:
        RefusalError: There is none with this id.
    """
    found = call.organization.builds.get(build_id)
    if found is None or found.definition.project_id != call.project.id:
        raise wrapped(404, "BuildNotFoundException", f"There is no build {build_id}.")
    return found


def _logged(call: Call, build: Build) -> list[Record]:
    return [
        record
        for record in records(build)
        if record.log_id is not None and record.state(call.now, build) == "completed"
    ]


def _variables(parameters: Any) -> dict[str, Any]:
    """Returns the variables of a build to queue: text that holds a JSON object."""
    try:
        parsed = json.loads(parameters) if isinstance(parameters, str) else None
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise binding("parameters is a string that holds a JSON object.")
    return parsed


OPERATIONS = [
    Operation("POST", "build/builds", _EXECUTE, queue_build),
    Operation("GET", _ONE, _READ, get_build),
    Operation("PATCH", _ONE, _EXECUTE, update_build),
    Operation("PATCH", f"{_ONE}/stages/{{stage}}", _EXECUTE, update_stage),
    Operation("GET", f"{_ONE}/timeline", _READ, get_timeline),
    Operation("GET", f"{_ONE}/timeline/{{timeline}}", _READ, get_timeline),
    Operation("GET", f"{_ONE}/logs", _READ, list_logs),
    Operation("GET", f"{_ONE}/logs/{{log}}", _READ, get_log),
    Operation("GET", f"{_ONE}/changes", _READ, list_changes),
    Operation("GET", f"{_ONE}/workitems", _READ, list_work_items),
    Operation("GET", f"{_ONE}/artifacts", _READ, list_artifacts),
]
