"""Describes what a type of work item allows."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.work_item_fields import FieldOfType, fetch_fields, fetch_type_fields
from shared.apis.models import DevOpsList, DevOpsModel
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.text.content import Line, clean_line
from shared.tools.devops.work_item_values import short_value

VALUES_LIMIT = 20
VALUES_LIMIT_OF_ONE = 200
"""Allowed values shown of each field, and where fields are looked up by name."""
FIELDS_LIMIT = 60


class State(DevOpsModel):
    """A state; `category` tells what it counts as: Proposed, InProgress, Resolved, Completed, Removed."""

    name: Line
    category: str = ""


class FieldDescription(BaseModel):
    """A field that can be written, with the values it allows, if only some."""

    reference_name: str
    name: Line
    type: str
    required: bool
    default: Line | int | float | bool | None
    help: Line | None
    allowed_values: list[Line]
    more_values: int = Field(description="How many allowed values are left out; ask for the field by name.")


class TypeDescription(BaseModel):
    """A type of work item: its states, from the first on, and the fields that can be written."""

    name: Line
    description: Line | None
    states: list[State]
    transitions: dict[str, list[str]] = Field(description="The states each state can change to.")
    fields: list[FieldDescription]
    fields_note: str | None = Field(None, description="What is missing of the fields, if anything is.")


class _Transition(DevOpsModel):
    to: Line


class _Type(DevOpsModel):
    name: str
    description: str | None = None
    states: list[State] | None = None
    transitions: dict[str, list[_Transition] | None] | None = None


async def describe_type(
    devops: DevOps, organization: str, project: str, work_item_type: str, field: str | None
) -> TypeDescription:
    """Describes what a type allows: all its fields, or those with some text in their name.

    Raises:
        ToolError: `invalid_argument`: the project has no such type.
    """
    path = "/{}/{}/_apis/wit/workitemtypes/{}"
    segments = (organization, project, work_item_type)
    try:
        described, of_type, fields = await run_concurrently(
            devops.get(_Type, path, *segments),
            fetch_type_fields(devops, *segments, expand="allowedValues"),
            fetch_fields(devops, organization),
        )
    except ToolError as error:
        raise await explain_unknown_type(devops, organization, project, work_item_type, error) from error
    kinds = {name: each for name, each in fields.items() if not each.read_only}
    chosen = [
        each
        for each in of_type
        if each.reference_name.casefold() in kinds
        and (field is None or field.casefold() in f"{each.reference_name}\n{each.name}".casefold())
    ]
    limit = VALUES_LIMIT if field is None else VALUES_LIMIT_OF_ONE
    return TypeDescription(
        name=described.name,
        description=described.description,
        states=described.states or [],
        transitions={
            clean_line(name): [to.to for to in each or ()]
            for name, each in (described.transitions or {}).items()
            if name
        },
        fields=[
            _description(each, kinds[each.reference_name.casefold()].type, limit)
            for each in chosen[:FIELDS_LIMIT]
        ],
        fields_note=_note(chosen),
    )


async def explain_unknown_type(
    devops: DevOps, organization: str, project: str, work_item_type: str, error: ToolError
) -> ToolError:
    """Returns the failure to give for one that may come of a wrong type: then with the types there are."""
    if error.code != "not_found":
        return error
    types = await devops.get(DevOpsList[_Type], "/{}/{}/_apis/wit/workitemtypes", organization, project)
    names = [each.name for each in types.value]
    if work_item_type.casefold() in {name.casefold() for name in names}:
        return error
    return ToolError(
        "invalid_argument",
        "work_item_type: the project has no such type.",
        f"One of: {', '.join(names)}.",
        details=error.details,
    )


def _description(field: FieldOfType, kind: str, limit: int) -> FieldDescription:
    values = [str(short_value(each)) for each in field.allowed_values or () if each is not None]
    return FieldDescription(
        reference_name=field.reference_name,
        name=field.name or field.reference_name,
        type=kind,
        required=field.always_required,
        default=None if field.default_value is None else short_value(field.default_value),
        help=field.help_text,
        allowed_values=values[:limit],
        more_values=max(0, len(values) - limit),
    )


def _note(chosen: Sequence[FieldOfType]) -> str | None:
    if len(chosen) <= FIELDS_LIMIT:
        return None
    return f"The first {FIELDS_LIMIT} of {len(chosen)} fields: ask for others by field."
