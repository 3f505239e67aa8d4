"""Queues builds after validating their parameters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.devops.build import Build, Definition
from local.devops.call import Call
from local.devops.data_files import object_hash
from local.devops.errors import RefusalError, wrapped
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
