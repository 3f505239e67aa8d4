"""Turns wanted values of fields into the operations that set them, by the types of the fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.test_case_steps import text_to_steps
from shared.apis.devops.work_item_changes import (
    TAGS,
    TextFormat,
    field_operation,
    long_text_operations,
    tags_operations,
)
from shared.apis.devops.work_item_documents import WorkItemDocument
from shared.apis.devops.work_item_fields import STEPS, FieldDocument, fetch_fields, is_html
from shared.apis.devops.work_item_links import Operation
from shared.errors import ToolError
from shared.tools.typed_values import ValueType, refuse_both, typed

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
# Fields with arguments of their own, which hold short texts.
_SHORT_FIELDS = frozenset(
    name.casefold()
    for name in (
        "System.Title",
        "System.State",
        "System.AssignedTo",
        "System.IterationPath",
    )
)


@dataclass(frozen=True)
class Changes:
    """Holds wanted values of fields by reference name, the wanted tags, and the fields to empty."""

    fields: Mapping[str, object]
    tags: Sequence[str] | None
    text_format: TextFormat
    cleared: Sequence[str] = ()

    def __bool__(self) -> bool:
        """Tells whether anything is to be changed."""
        return bool(self.fields or self.cleared) or self.tags is not None

    async def operations(
        self, devops: DevOps, organization: str, present: WorkItemDocument | None = None
    ) -> list[Operation]:
        """Returns the operations that set the values.

        Args:
            devops: As the caller.
            organization: Where the fields are.
            present: The work item as it is, with its tags, if there is one.
        """
        types = await self._types(devops, organization)
        operations = [
            operation
            for name, value in self.fields.items()
            for operation in self._set(name, _typed(name, value, types), types)
        ]
        operations += [field_operation(name, None) for name in self.cleared]
        if self.tags is not None:
            operations += tags_operations(self.tags, present.fields.get(TAGS) if present else None)
        return operations

    def _set(self, name: str, value: object, types: Mapping[str, FieldDocument]) -> list[Operation]:
        if not isinstance(value, str):
            return [field_operation(name, value)]
        if name.casefold() == STEPS.casefold():
            return [field_operation(name, text_to_steps(value))]
        if is_html(types, name):
            return long_text_operations(name, value, self.text_format)
        return [field_operation(name, value)]

    async def _types(self, devops: DevOps, organization: str) -> Mapping[str, FieldDocument]:
        """Returns the types of fields, if what is to be sent depends on them."""
        depends = any(name.casefold() not in _SHORT_FIELDS for name in self.fields)
        return await fetch_fields(devops, organization) if depends else {}


def _typed(name: str, value: object, types: Mapping[str, FieldDocument]) -> object:
    """Returns a value in the type of its field; what nobody tells the type of is the service's to judge."""
    field = types.get(name.casefold())
    wanted = _VALUE_TYPES.get(field.type) if field else None
    return typed(f"fields.{name}", value, wanted) if wanted else value


def requested_changes(
    named: Mapping[str, object],
    fields: Mapping[str, object],
    *,
    tags: Sequence[str] | None,
    text_format: TextFormat,
    cleared: Sequence[str] = (),
) -> Changes:
    """Returns the changes requested by fields with and without parameters of their own.

    Tags among the fields are those of the parameter, written as one text.

    Raises:
        ToolError: `invalid_argument`: a field is given twice, or both given and cleared.
    """
    taken = {name.casefold() for name in named} | ({TAGS.casefold()} if tags is not None else set())
    twice = [name for name in fields if name.casefold() in taken]
    if twice:
        raise ToolError(
            "invalid_argument",
            f"fields: {', '.join(twice)} is given by another argument too.",
            "Give each field once.",
        )
    refuse_both({**named, **fields, **({TAGS: tags} if tags is not None else {})}, cleared)
    others = {name: value for name, value in fields.items() if name.casefold() != TAGS.casefold()}
    for name in fields.keys() - others.keys():
        written = str(fields[name] or "").replace(",", ";").split(";")
        tags = [each.strip() for each in written if each.strip()]
    kept = [name for name in cleared if name.casefold() != TAGS.casefold()]
    # No tags are wanted where they are cleared.
    wanted = tags if len(kept) == len(cleared) else []
    return Changes({**named, **others}, wanted, text_format, kept)
