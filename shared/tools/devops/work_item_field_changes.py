"""Turns wanted values of fields into the operations that set them, by the types of the fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.apis.devops.devops_client import DevOps
from shared.apis.devops.test_case_steps import text_to_steps
from shared.apis.devops.work_item_changes import (
    TAGS,
    TextFormat,
    changed_tags,
    field_operation,
    long_text_operations,
    tags_of,
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
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()

    def __bool__(self) -> bool:
        """Tells whether anything is to be changed."""
        return bool(self.fields or self.cleared) or self.changes_tags

    @property
    def changes_tags(self) -> bool:
        """Tells whether tags are to be changed, for which those that are there must be known."""
        return self.tags is not None or bool(self.add_tags or self.remove_tags)

    async def operations(
        self, devops: DevOps, organization: str, present: WorkItemDocument | None = None
    ) -> list[Operation]:
        """Returns the operations that set the values.

        Args:
            devops: As the caller.
            organization: Where the fields are.
            present: The work item as it is, with its tags, if there is one.
        """
        types = await fetch_fields(devops, organization) if self.needs_types else {}
        return self.with_types(types, present)

    def with_types(
        self, types: Mapping[str, FieldDocument], present: WorkItemDocument | None, argument: str = ""
    ) -> list[Operation]:
        """Returns the operations that set the values, with the types of fields known.

        Args:
            types: All fields by reference name in lower case, if they are needed.
            present: As for `operations`.
            argument: What refusals name before `fields`.
        """
        operations = [
            operation
            for name, value in self.fields.items()
            for operation in self._set(name, _typed(name, value, types, argument), types)
        ]
        operations += [field_operation(name, None) for name in self.cleared]
        tags = present.fields.get(TAGS) if present else None
        if self.tags is not None:
            operations += tags_operations(self.tags, tags)
        elif self.changes_tags:
            # Written whole: whether `add` merges or replaces then makes no difference.
            wanted = changed_tags(tags, self.add_tags, self.remove_tags)
            operations += tags_operations(wanted, tags) if wanted != tags_of(tags) else []
        return operations

    def _set(self, name: str, value: object, types: Mapping[str, FieldDocument]) -> list[Operation]:
        if not isinstance(value, str):
            return [field_operation(name, value)]
        if name.casefold() == STEPS.casefold():
            return [field_operation(name, text_to_steps(value))]
        if is_html(types, name):
            return long_text_operations(name, value, self.text_format)
        return [field_operation(name, value)]

    @property
    def needs_types(self) -> bool:
        """Tells whether what is to be sent depends on the types of fields."""
        return any(name.casefold() not in _SHORT_FIELDS for name in self.fields)


def _typed(name: str, value: object, types: Mapping[str, FieldDocument], argument: str) -> object:
    """Returns a value in the type of its field; what nobody tells the type of is the service's to judge."""
    field = types.get(name.casefold())
    wanted = _VALUE_TYPES.get(field.type) if field else None
    return typed(f"{argument}fields.{name}", value, wanted) if wanted else value


def requested_changes(
    named: Mapping[str, object],
    fields: Mapping[str, object],
    *,
    tags: Sequence[str] | None,
    text_format: TextFormat,
    cleared: Sequence[str] = (),
    add_tags: Sequence[str] = (),
    remove_tags: Sequence[str] = (),
) -> Changes:
    """Returns the changes requested by fields with and without parameters of their own.

    Tags among the fields are those of the parameter, written as one text.

    Raises:
        ToolError: `invalid_argument`: a field is given twice, or both given and cleared; or a tag is
            both to be added and taken away.
    """
    taken = {name.casefold() for name in named} | ({TAGS.casefold()} if tags is not None else set())
    twice = [name for name in fields if name.casefold() in taken]
    if twice:
        raise ToolError(
            "invalid_argument",
            f"fields: {', '.join(twice)} is given by another argument too.",
            "Give each field once.",
        )
    _check_tags(fields, tags, cleared, add_tags, remove_tags)
    refuse_both({**named, **fields, **({TAGS: tags} if tags is not None else {})}, cleared)
    others = {name: value for name, value in fields.items() if name.casefold() != TAGS.casefold()}
    for name in fields.keys() - others.keys():
        written = str(fields[name] or "").replace(",", ";").split(";")
        tags = [each.strip() for each in written if each.strip()]
    kept = [name for name in cleared if name.casefold() != TAGS.casefold()]
    # No tags are wanted where they are cleared.
    wanted = tags if len(kept) == len(cleared) else []
    return Changes({**named, **others}, wanted, text_format, kept, add_tags, remove_tags)


def _check_tags(
    fields: Mapping[str, object],
    tags: Sequence[str] | None,
    cleared: Sequence[str],
    add_tags: Sequence[str],
    remove_tags: Sequence[str],
) -> None:
    """Refuses tags that are changed in two ways at once."""
    if not add_tags and not remove_tags:
        return
    whole = tags is not None or TAGS.casefold() in {name.casefold() for name in (*fields, *cleared)}
    if whole:
        raise ToolError(
            "invalid_argument",
            "tags: they are given or cleared as a whole and one by one.",
            "Give all tags, or those to add and remove, but not both.",
        )
    if both := {tag.strip().casefold() for tag in add_tags} & {tag.strip().casefold() for tag in remove_tags}:
        raise ToolError(
            "invalid_argument",
            f"add_tags: {', '.join(sorted(both))} is in remove_tags too.",
            "Name each tag once.",
        )
