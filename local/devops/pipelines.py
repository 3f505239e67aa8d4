"""Serves the pipelines API: the same pipelines and builds, as runs."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.build import Build, Definition
from local.devops.build_queue import check_parameters, check_stages, check_variables, full_reference, queue
from local.devops.build_view import repository_view
from local.devops.call import Call, Operation
from local.devops.errors import argument, wrapped
from local.devops.paging import collection, page_by_offset
from local.devops.times import stamp

_READ = ("vso.build",)
_EXECUTE = ("vso.build_execute",)
_LONGEST_LIST = 10_000
_ONE = "pipelines/{id}"


def list_pipelines(call: Call) -> Response:
    """Returns the pipelines of the project, by name."""
    found = [each for each in call.organization.definitions.values() if each.project_id == call.project.id]
    found.sort(key=lambda each: each.name, reverse=call.query.get("orderBy", "").casefold().endswith("desc"))
    page, following = page_by_offset(
        found, call.number("$top", _LONGEST_LIST), call.query.get("continuationToken")
    )
    return collection([_pipeline_view(call, each) for each in page], following)


def get_pipeline(call: Call) -> Response:
    """Returns one pipeline, with the file it is defined in."""
    definition = _find(call)
    repository = repository_view(call, definition)
    return JSONResponse(
        {
            **_pipeline_view(call, definition),
            "configuration": {
                "type": "yaml",
                "path": "/azure-pipelines.yml",
                "repository": {"id": repository["id"], "type": "azureReposGit"},
            },
        }
    )


def list_runs(call: Call) -> Response:
    """Returns the runs of a pipeline, the newest first."""
    definition = _find(call)
    found = [each for each in call.organization.builds.values() if each.definition is definition]
    found.sort(key=lambda each: each.id, reverse=True)
    return collection([_run_view(call, each) for each in found[:_LONGEST_LIST]])


def get_run(call: Call) -> Response:
    """Returns one run; its id is that of the build."""
    definition, wanted = _find(call), call.part("run")
    build = call.organization.builds.get(wanted)
    if build is None or build.definition is not definition:
        raise wrapped(404, "BuildNotFoundException", f"Pipeline {definition.id} has no run {wanted}.")
    return JSONResponse(_run_view(call, build))


def run_pipeline(call: Call) -> Response:
    """Returns a new run, or with `previewRun` only what it would be made of."""
    body = call.json()
    if body.get("previewRun") is True:
        return preview_pipeline(call)
    if body.get("yamlOverride"):
        raise argument("yamlOverride", "Another YAML than the pipeline's own goes with previewRun only.")
    definition = _find(call)
    _check(definition, body)
    build = queue(call, definition, branch=_branch(body), template_parameters=body.get("templateParameters"))
    build.skipped = tuple(body.get("stagesToSkip") or ())
    return JSONResponse(_run_view(call, build))


def preview_pipeline(call: Call) -> Response:
    """Returns the YAML a run would have, without running it."""
    body = call.json()
    definition = _find(call)
    full_reference(_branch(body))
    check_parameters(definition, body.get("templateParameters"))
    _check(definition, body)
    return JSONResponse({"finalYaml": definition.yaml})


def _find(call: Call) -> Definition:
    wanted = call.part("id")
    found = call.organization.definitions.get(wanted)
    if found is None or found.project_id != call.project.id:
        raise wrapped(404, "PipelineNotFoundException", f"There is no pipeline {wanted}.")
    return found


def _check(definition: Definition, body: dict[str, Any]) -> None:
    check_variables(definition, body.get("variables") or {})
    check_stages(definition, body.get("stagesToSkip") or [])


def _branch(body: dict[str, Any]) -> str | None:
    repositories = (body.get("resources") or {}).get("repositories") or {}
    name = (repositories.get("self") or {}).get("refName")
    return None if name is None else str(name)


def _pipeline_view(call: Call, definition: Definition) -> dict[str, Any]:
    address = call.store.url(call.organization, definition.project_id, "_apis/pipelines", definition.id)
    url = f"{address}?revision={definition.revision}"
    web = call.store.url(
        call.organization, definition.project_id, f"_build/definition?definitionId={definition.id}"
    )
    return {
        "_links": {"self": {"href": url}, "web": {"href": web}},
        "url": url,
        "id": definition.id,
        "revision": definition.revision,
        "name": definition.name,
        "folder": definition.path,
    }


def _run_view(call: Call, build: Build) -> dict[str, Any]:
    project = build.definition.project_id
    url = call.store.url(call.organization, project, "_apis/pipelines", build.definition.id, "runs", build.id)
    web = call.store.url(call.organization, project, f"_build/results?buildId={build.id}")
    pipeline = _pipeline_view(call, build.definition)
    del pipeline["_links"]
    result = build.result(call.now)
    view: dict[str, Any] = {
        "_links": {"self": {"href": url}, "web": {"href": web}},
        "templateParameters": build.template_parameters or {},
        "pipeline": pipeline,
        "state": "completed" if result else "inProgress",
        "createdDate": stamp(build.queued),
        "url": url,
        "resources": {
            "repositories": {
                "self": {
                    "repository": {
                        "id": repository_view(call, build.definition)["id"],
                        "type": "azureReposGit",
                    },
                    "refName": build.branch,
                    "version": build.commit,
                }
            }
        },
        "id": build.id,
        "name": build.number,
    }
    if result is not None:
        # Runs know no partial success: it counts as success (Pipelines REST reference, RunResult).
        view["result"] = "succeeded" if result == "partiallySucceeded" else result
        view["finishedDate"] = stamp(build.finished)
    return view


OPERATIONS = [
    Operation("GET", "pipelines", _READ, list_pipelines),
    Operation("GET", _ONE, _READ, get_pipeline),
    Operation("POST", f"{_ONE}/preview", _READ, preview_pipeline),
    Operation("GET", f"{_ONE}/runs", _READ, list_runs),
    Operation("POST", f"{_ONE}/runs", _EXECUTE, run_pipeline),
    Operation("GET", f"{_ONE}/runs/{{run}}", _READ, get_run),
]
