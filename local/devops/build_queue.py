"""Queues builds after validating their parameters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.devops.build import Build, Definition
from local.devops.call import Call
from local.devops.data_files import object_hash
from local.devops.errors import RefusalError, wrapped
from local.devops.timeline import records
from local.relative_time import zone

_UNTIL_START = timedelta(seconds=5)
_UNTIL_END = timedelta(seconds=60)


def queue(
    call: Call, definition: Definition, *, branch: str | None, template_parameters: dict[str, Any] | None
) -> Build:
    """Returns a new build at the end of the queue; it starts and succeeds on its own.

    Raises:
        RefusalError: The pipeline is disabled, the branch is not one, or a parameter is not declared.
    """
    if definition.queue_status == "disabled":
        raise _refused("The pipeline is disabled.")
    reference = full_reference(branch)
    check_parameters(definition, template_parameters)
    number = max(call.organization.builds) + 1
    day = call.now.astimezone(zone())
    today = sum(
        build.definition is definition and build.number.startswith(f"{day:%Y%m%d}.")
        for build in call.organization.builds.values()
    )
    build = Build(
        id=number,
        number=f"{day:%Y%m%d}.{today + 1}",
        definition=definition,
        branch=reference,
        commit=_head(call, definition, reference),
        message="Queued by hand",
        reason="manual",
        requested_for=call.user,
        queued=call.now,
        started=call.now + _UNTIL_START,
        planned=call.now + _UNTIL_END,
        finished=call.now + _UNTIL_END,
        outcome="succeeded",
        template_parameters=template_parameters,
    )
    call.organization.builds[number] = build
    return build


def check_variables(definition: Definition, given: dict[str, Any]) -> None:
    """Validates variables: those pass that the pipeline lets be set when it is queued.

    Raises:
        RefusalError: One may not be set.
    """
    for name in given:
        if name not in definition.variables:
            raise wrapped(
                400,
                "PipelineValidationException",
                f"You can't set the following variables: {name}. They are not settable at queue time.",
            )


def check_stages(definition: Definition, skipped: list[str]) -> None:
    """Validates the stages to leave out.

    Raises:
        RefusalError: The pipeline has no such stage.
    """
    known = {stage.name.replace(" ", "_") for stage in definition.stages}
    for name in skipped:
        if name not in known:
            raise wrapped(400, "PipelineValidationException", f"The pipeline has no stage '{name}'.")


def retry(call: Call, build: Build, stages: list[str]) -> None:
    """Runs stages of a build again, from the failed one on; they succeed this time.

    Raises:
        RefusalError: The build has not ended, or none of the stages failed.
    """
    failed = {
        record.stage
        for record in records(build)
        if record.type == "Stage" and record.result in ("failed", "canceled")
    } & set(stages)
    if build.status(call.now) != "completed" or not failed:
        raise wrapped(409, "InvalidBuildException", f"No stage of build {build.id} can be run again.")
    for name in failed:
        build.attempts[name] = build.attempts.get(name, 1) + 1
    build.failure = None
    build.outcome = "succeeded"
    build.planned = build.finished = call.now + _UNTIL_END


def _head(call: Call, definition: Definition, reference: str) -> str:
    """Returns the commit a reference points to; those of pull requests are made up."""
    git = next(each.git for each in call.organization.repositories if each.name == definition.repository)
    return git.refs.get(reference) or object_hash("head", definition.repository, reference)


def full_reference(branch: str | None) -> str:
    """Returns the full name of a branch; main when none is given.

    Raises:
        RefusalError: No branch can have this name.
    """
    if not branch:
        return "refs/heads/main"
    if any(character in branch for character in " ~^:?*[\\") or ".." in branch:
        raise _refused(f"There is no branch '{branch}'.")
    return branch if branch.startswith("refs/") else f"refs/heads/{branch}"


def check_parameters(definition: Definition, given: dict[str, Any] | None) -> None:
    """Validates template parameters: those pass that the pipeline's YAML declares.

    Raises:
        RefusalError: One is not declared, or has a value that is not among those declared.
    """
    for name, value in (given or {}).items():
        if name not in definition.parameters:
            raise wrapped(
                400, "PipelineValidationException", f"/azure-pipelines.yml: Unexpected parameter '{name}'"
            )
        if str(value).casefold() not in definition.parameters[name]:
            allowed = ", ".join(definition.parameters[name])
            raise wrapped(
                400,
                "PipelineValidationException",
                f"/azure-pipelines.yml: The '{name}' parameter cannot be '{value}'; it is one of {allowed}.",
            )


def _refused(why: str) -> RefusalError:
    return wrapped(
        400,
        "BuildRequestValidationFailedException",
        f"The build cannot be queued: {why}",
        properties={"ValidationResults": [{"result": "error", "message": why}]},
    )
