"""Reads what fields of work items are: their types, and which fields a type of work item has."""

from collections.abc import Mapping
from typing import Any

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsList, DevOpsModel

STEPS = "Microsoft.VSTS.TCM.Steps"
"""The field of a test case whose HTML type holds XML of its steps."""
DESCRIPTION = "System.Description"
REPRO_STEPS = "Microsoft.VSTS.TCM.ReproSteps"

# The fields of a type are in preview (Work Item Types Field REST reference).
FIELDS_VERSION = "7.1-preview.3"


class FieldDocument(DevOpsModel):
    """A field of the organization as the service returns it."""

    reference_name: str
    type: str = ""
    read_only: bool = False


class FieldOfType(DevOpsModel):
    """A field of a work item type as the service returns it; values have the field's own type."""

    reference_name: str
    name: str = ""
    always_required: bool = False
    default_value: Any = None
    help_text: str | None = None
    allowed_values: list[Any] | None = None


async def fetch_fields(devops: DevOps, organization: str) -> dict[str, FieldDocument]:
    """Returns all fields of an organization by reference name in lower case."""
    listed = await devops.get(DevOpsList[FieldDocument], "/{}/_apis/wit/fields", organization)
    return {each.reference_name.casefold(): each for each in listed.value}


async def fetch_type_fields(
    devops: DevOps, organization: str, project: str, work_item_type: str, *, expand: str = "none"
) -> list[FieldOfType]:
    """Returns the fields a type of work item has, with allowed values where `expand` says so."""
    query: dict[str, Any] = {"$expand": expand, "api_version": FIELDS_VERSION}
    path = "/{}/{}/_apis/wit/workitemtypes/{}/fields"
    listed = await devops.get(DevOpsList[FieldOfType], path, organization, project, work_item_type, **query)
    return listed.value


async def fetch_description_field(
    devops: DevOps, organization: str, project: str, work_item_type: str
) -> str:
    """Returns the field in which a type of work item keeps what it is about.

    The forms of types with repro steps show those where others show a description.
    """
    fields = await fetch_type_fields(devops, organization, project, work_item_type)
    return REPRO_STEPS if any(each.reference_name == REPRO_STEPS for each in fields) else DESCRIPTION


def is_html(fields: Mapping[str, FieldDocument], name: str) -> bool:
    """Tells whether a field holds HTML or Markdown, unless it is that of the steps of a test case."""
    field = fields.get(name.casefold())
    return field is not None and field.type == "html" and field.reference_name != STEPS
