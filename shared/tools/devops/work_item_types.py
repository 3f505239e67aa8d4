"""Describes what a type of work item allows."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsList, DevOpsModel
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.text.content import Line
from shared.tools.typed_values import ValueType, typed

VALUES_LIMIT = 20
VALUES_LIMIT_OF_ONE = 200
"""Allowed values shown of each field, and where fields are looked up by name."""
FIELDS_LIMIT = 60

# The fields of a type are in preview (Work Item Types Field REST reference).
_FIELDS_VERSION = "7.1-preview.3"

_VALUE_TYPES: Mapping[str, ValueType] = {
    "string": "text",
    "plainText": "text",
    "html": "text",
    "treePath": "text",
    "history": "text",
    "identity": "text",
    "picklistString": "text",
    "guid": "text",
    "integer": "integer",
    "picklistInteger": "integer",
    "double": "number",
    "picklistDouble": "number",
    "boolean": "boolean",
    "dateTime": "time",
}
"""Types of fields (Fields - List REST reference) by what their values are."""


class State(DevOpsModel):
    """A state; `category` tells what it counts as: Proposed, InProgress, Resolved, Completed, Removed."""

    name: Line
    category: str


class FieldDescription(BaseModel):
    """A field that can be written, with the values it allows, if only some."""

    reference_name: str
    name: Line
    type: str
    required: bool
    default: Line | None
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
    to: str


class _Type(DevOpsModel):
    name: str
    description: str | None = None
    states: list[State] = Field(default_factory=list)
    transitions: dict[str, list[_Transition] | None] = Field(default_factory=dict)


class _FieldOfType(DevOpsModel):
    reference_name: str
    name: str
    always_required: bool = False
    default_value: str | None = None
    help_text: str | None = None
    allowed_values: list[str | int | float] | None = None


class _Field(DevOpsModel):
    reference_name: str
    type: str
    read_only: bool = False


async def describe_type(
    devops: DevOps, organization: str, project: str, work_item_type: str, field: str | None
) -> TypeDescription:
    """Describes what a type allows: all its fields, or those with some text in their name.

    Raises:
        ToolError: `invalid_argument`: the project has no such type.
    """
    path = "/{}/{}/_apis/wit/workitemtypes/{}"
    segments = (organization, project, work_item_type)
    with_values: dict[str, Any] = {"$expand": "allowedValues", "api_version": _FIELDS_VERSION}
    try:
        described, of_type, fields = await run_concurrently(
            devops.get(_Type, path, *segments),
            devops.get(DevOpsList[_FieldOfType], f"{path}/fields", *segments, **with_values),
            devops.get(DevOpsList[_Field], "/{}/{}/_apis/wit/fields", organization, project),
        )
    except ToolError as error:
        raise await explain_unknown_type(devops, organization, project, work_item_type, error) from error
    kinds = {each.reference_name: each for each in fields.value if not each.read_only}
    chosen = [
        each
        for each in of_type.value
        if each.reference_name in kinds
        and (field is None or field.casefold() in f"{each.reference_name}\n{each.name}".casefold())
    ]
    limit = VALUES_LIMIT if field is None else VALUES_LIMIT_OF_ONE
    return TypeDescription(
        name=described.name,
        description=described.description,
        states=described.states,
        transitions={
            name: [to.to for to in each or ()] for name, each in described.transitions.items() if name
        },
        fields=[_description(each, kinds[each.reference_name].type, limit) for each in chosen[:FIELDS_LIMIT]],
        fields_note=_note(chosen),
    )


async def typed_fields(devops: DevOps, organization: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns values by the reference names of fields, each in the type of its field.

    Raises:
        ToolError: `invalid_argument`: a value cannot be of its field's type.
    """
    if not fields:
        return {}
    known = await devops.get(DevOpsList[_Field], "/{}/_apis/wit/fields", organization)
    types = {each.reference_name.casefold(): _VALUE_TYPES.get(each.type) for each in known.value}
    return {
        # What nobody tells the type of is the service's to judge.
        name: typed(f"fields.{name}", value, wanted) if (wanted := types.get(name.casefold())) else value
        for name, value in fields.items()
    }


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


def _description(field: _FieldOfType, kind: str, limit: int) -> FieldDescription:
    values = [str(each) for each in field.allowed_values or ()]
    return FieldDescription(
        reference_name=field.reference_name,
        name=field.name,
        type=kind,
        required=field.always_required,
        default=field.default_value,
        help=field.help_text,
        allowed_values=values[:limit],
        more_values=max(0, len(values) - limit),
    )


def _note(chosen: Sequence[_FieldOfType]) -> str | None:
    if len(chosen) <= FIELDS_LIMIT:
        return None
    return f"The first {FIELDS_LIMIT} of {len(chosen)} fields: ask for others by field."
