"""Creates, changes, discusses and links Azure DevOps work items."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.apis.devops.work_item_changes import (
    TextFormat,
    change,
    comment,
    create,
    field_operation,
    text_operations,
)
from shared.apis.devops.work_item_documents import fetch_one
from shared.apis.devops.work_item_links import LinkKind, Operation, link_operation
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.normalization import is_left_out
from shared.mcp.toolset import Toolset
from shared.tools.devops.work_item_params import FieldName, WorkItemId, WorkItemType, resolve_work_items
from shared.tools.devops.work_item_types import explain_unknown_type, typed_fields
from shared.tools.devops.work_item_views import WorkItemSummary, summary
from shared.tools.params import Organization, Project, Reference, Scalar
from shared.tools.typed_values import refuse_both, refuse_empty

toolset = Toolset("work_items")

Title = Annotated[
    str, Field(min_length=1, max_length=255, description="One line that says what it is about.")
]
State = Annotated[
    str | None,
    Field(min_length=1, max_length=128, description="State, as devops_get_work_item_type lists them."),
]
Person = Annotated[
    str | None,
    Field(max_length=256, description="Who is to do it, by email address."),
]
IterationPath = Annotated[
    str | None,
    Field(min_length=1, max_length=4_000, description="Sprint, by its path such as Booking\\Sprint 47."),
]
Tags = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^;,]+$")]] | None,
    Field(max_length=100, description="All its tags, in place of those it has."),
]
Description = Annotated[
    str | None,
    Field(
        max_length=200_000,
        description="What it is about, in description_format; of a Bug these are the repro steps.",
    ),
]
Format = Annotated[TextFormat, Field(description="How the text is written.")]
Fields = Annotated[
    dict[FieldName, Scalar | None] | None,
    Field(
        max_length=50,
        description="Other fields by reference name, such as System.AreaPath or "
        "Microsoft.VSTS.Common.Priority. devops_get_work_item_type lists them.",
    ),
]
Clear = Annotated[
    list[Literal["description", "assigned_to", "tags"] | FieldName],
    Field(
        max_length=50,
        description="What to empty: description, assigned_to, tags, or other fields by reference name.",
    ),
]

_FIELDS: Mapping[str, str] = {"assigned_to": "System.AssignedTo", "tags": "System.Tags"}
"""What `clear` names by the names of arguments."""


class NewLink(BaseModel):
    """A link to add to a work item."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Annotated[
        LinkKind,
        Field(description="What the target is to the work item: parent is a link to its parent, and so on."),
    ]
    target: Annotated[
        Reference,
        Field(
            description="Id or web address of the other work item or of the build; artifact_id of a pull "
            "request; http(s) address of a hyperlink."
        ),
    ]
    comment: Annotated[str | None, Field(max_length=255, description="Why it is linked.")] = None


class NewComment(BaseModel):
    """A comment that was written."""

    id: int
    work_item_id: int
    created: datetime
    web_url: str


@toolset.tool(scopes=["vso.work_write"], writes=True)
async def devops_create_work_item(
    caller: Caller,
    work_item_type: WorkItemType,
    title: Title,
    description: Description = None,
    description_format: Format = "markdown",
    assigned_to: Person = None,
    iteration_path: IterationPath = None,
    tags: Tags = None,
    fields: Fields = None,
    links: Annotated[
        list[NewLink], Field(max_length=50, description="Links it has from the start, such as its parent.")
    ] = [],  # noqa: B006 - a default of the schema, which nobody changes
    project: Project = None,
    organization: Organization = None,
) -> WorkItemSummary:
    """Create a work item in an Azure DevOps project, with its links, in one step.

    Look first with devops_search_work_items whether there is one already. devops_get_work_item_type
    tells what a type allows. It is not repeatable: a second call creates a second work item.
    """
    chosen = await caller.organization(organization)
    given = {name: value for name, value in (fields or {}).items() if not is_left_out(value)}
    named = _named(title, None, assigned_to, iteration_path, tags)
    _check_once(named, given)
    operations = [
        *_changes(named, await typed_fields(caller.devops, chosen, given)),
        *_described(work_item_type, description, description_format),
        *_linked(caller, chosen, links),
    ]
    in_project = await caller.project(project)
    try:
        created = await create(caller.devops, chosen, in_project, work_item_type, operations)
    except ToolError as error:
        raise await explain_unknown_type(caller.devops, chosen, in_project, work_item_type, error) from error
    return summary(caller.devops, chosen, created)


@toolset.tool(scopes=["vso.work_write"], writes=True)
async def devops_update_work_item(
    caller: Caller,
    work_item_id: WorkItemId,
    rev: Annotated[
        int,
        Field(
            ge=1,
            le=2_147_483_647,
            description="rev of the work item as last read; the change is refused if it has changed since.",
        ),
    ],
    title: Annotated[Title | None, Field(description="A new title.")] = None,
    state: State = None,
    description: Description = None,
    description_format: Format = "markdown",
    assigned_to: Person = None,
    iteration_path: IterationPath = None,
    tags: Tags = None,
    fields: Fields = None,
    clear: Clear = [],  # noqa: B006 - a default of the schema, which nobody changes
    organization: Organization = None,
) -> WorkItemSummary:
    """Update fields of an Azure DevOps work item, only if it is still at the revision you read.

    What is left out stays as it is. When it was changed meanwhile, nothing is written: the failure names
    the present revision and which of the fields to change were changed. Comments are added with
    devops_comment_on_work_item, links with devops_link_work_items.
    """
    refuse_empty("fields", fields or {})
    refuse_empty("", {"tags": tags} if tags is not None else {})
    named = _named(title, state, assigned_to, iteration_path, tags)
    _check_once(named, fields)
    cleared = list(dict.fromkeys(_FIELDS.get(name, name) for name in clear if name != "description"))
    refuse_both({**named, **(fields or {})}, cleared)
    if not (named or fields or clear) and description is None:
        raise ToolError(
            "invalid_argument",
            "arguments: nothing is to be changed.",
            "Give at least one field to change, or name one in clear.",
        )
    chosen, [item] = await resolve_work_items(caller, organization, [work_item_id])
    kind = ""
    if description is not None or "description" in clear:
        present = await fetch_one(caller.devops, chosen, item, ["System.WorkItemType"])
        kind = str(present.fields.get("System.WorkItemType"))
        if "description" in clear:
            cleared.append(_text_field(kind))
        if description is not None:
            refuse_both({_text_field(kind): description}, cleared)
    operations = [
        *_changes(named, await typed_fields(caller.devops, chosen, fields or {})),
        *(field_operation(name, None) for name in cleared),
        *_described(kind, description, description_format),
    ]
    return summary(caller.devops, chosen, await change(caller.devops, chosen, item, operations, rev=rev))


@toolset.tool(scopes=["vso.work_write"], writes=True)
async def devops_comment_on_work_item(
    caller: Caller,
    work_item_id: WorkItemId,
    text: Annotated[str, Field(min_length=1, max_length=100_000, pattern=r"\S", description="The comment.")],
    text_format: Format = "markdown",
    organization: Organization = None,
) -> NewComment:
    """Comment on an Azure DevOps work item as the signed-in user, at the end of its discussion.

    A comment makes a new revision: read the work item again before devops_update_work_item.
    """
    chosen, [item] = await resolve_work_items(caller, organization, [work_item_id])
    present = await fetch_one(caller.devops, chosen, item, ["System.TeamProject"])
    project = str(present.fields["System.TeamProject"])
    written = await comment(caller.devops, chosen, project, item, text, text_format)
    return NewComment(
        id=written.id,
        work_item_id=item,
        created=written.created_date,
        web_url=summary(caller.devops, chosen, present).web_url,
    )


@toolset.tool(scopes=["vso.work_write"], writes=True)
async def devops_link_work_items(
    caller: Caller,
    work_item_id: WorkItemId,
    links: Annotated[
        list[NewLink], Field(min_length=1, max_length=50, description="The links to add, all or none.")
    ],
    organization: Organization = None,
) -> WorkItemSummary:
    """Add links to an Azure DevOps work item: to others, builds, pull requests or web addresses.

    It takes nothing away, so it needs no rev; a link that is there already is refused, and so is a
    second parent.
    """
    chosen, [item] = await resolve_work_items(caller, organization, [work_item_id])
    operations = _linked(caller, chosen, links)
    return summary(caller.devops, chosen, await change(caller.devops, chosen, item, operations, rev=None))


def _named(
    title: str | None,
    state: str | None,
    assigned_to: str | None,
    iteration_path: str | None,
    tags: Sequence[str] | None,
) -> dict[str, str]:
    """Returns the fields with parameters of their own that are given, by reference name."""
    values = {
        "System.Title": title,
        "System.State": state,
        "System.AssignedTo": assigned_to,
        "System.IterationPath": iteration_path,
        "System.Tags": None if tags is None else "; ".join(tags),
    }
    return {name: value for name, value in values.items() if value is not None}


def _check_once(named: Mapping[str, str], fields: Mapping[str, object] | None) -> None:
    """Refuses a field that is given twice.

    Raises:
        ToolError: `invalid_argument`, naming it.
    """
    taken = {name.casefold() for name in named}
    twice = [name for name in fields or () if name.casefold() in taken]
    if twice:
        raise ToolError(
            "invalid_argument",
            f"fields: {', '.join(twice)} is given by another argument too.",
            "Give each field once.",
        )


def _changes(named: Mapping[str, str], fields: Mapping[str, object]) -> list[Operation]:
    """Returns the operations that give fields their values."""
    return [field_operation(name, value) for name, value in {**named, **fields}.items()]


def _described(work_item_type: str, description: str | None, text_format: TextFormat) -> list[Operation]:
    if not description:
        return []
    return text_operations(_text_field(work_item_type), description, text_format)


def _text_field(work_item_type: str) -> str:
    # The form of a bug shows its repro steps where others show a description.
    return "Microsoft.VSTS.TCM.ReproSteps" if work_item_type.casefold() == "bug" else "System.Description"


def _linked(caller: Caller, organization: str, links: Sequence[NewLink]) -> list[Operation]:
    return [
        link_operation(caller.devops, organization, each.kind, each.target, each.comment) for each in links
    ]
