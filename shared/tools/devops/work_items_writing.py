"""Creates, changes, discusses and links Azure DevOps work items."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from shared.apis.devops.work_item_changes import (
    TAGS,
    TextFormat,
    change,
    create,
    field_operation,
    long_text_operations,
)
from shared.apis.devops.work_item_documents import WorkItemDocument, fetch_one, fetch_relations
from shared.apis.devops.work_item_fields import fetch_description_field
from shared.apis.devops.work_item_links import Operation, link_operation, removal_operations
from shared.caller import Caller
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.mcp.normalization import is_left_out
from shared.mcp.toolset import Toolset
from shared.tools.devops.link_targets import CODE_SCOPE, WIKI_SCOPE, ProjectOf, resolve_target
from shared.tools.devops.work_item_change_params import (
    CLEARED,
    AddTags,
    Clear,
    CommentFormat,
    Description,
    Fields,
    Format,
    IterationPath,
    NewLink,
    Person,
    PresentLink,
    RemoveTags,
    State,
    Tags,
    Title,
)
from shared.tools.devops.work_item_comments import (
    CommentAction,
    WrittenComment,
    check_comment,
    comment_on,
)
from shared.tools.devops.work_item_field_changes import requested_changes
from shared.tools.devops.work_item_params import Revision, WorkItemId, WorkItemType, resolve_work_items
from shared.tools.devops.work_item_types import explain_unknown_type
from shared.tools.devops.work_item_views import WorkItemSummary, summary
from shared.tools.params import Organization, Project
from shared.tools.typed_values import refuse_both, refuse_empty

toolset = Toolset("work_items")

_TYPE = "System.WorkItemType"
_PROJECT = "System.TeamProject"


@toolset.tool(scopes=["vso.work_write"], optional_scopes=[CODE_SCOPE, WIKI_SCOPE], writes=True)
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
    links: Annotated[list[NewLink], Field(max_length=50, description="Such as to its parent.")] = [],  # noqa: B006 - a default of the schema, which nobody changes
    project: Project = None,
    organization: Organization = None,
) -> WorkItemSummary:
    """Create a work item in an Azure DevOps project, with its links, in one step.

    Look first with devops_search_work_items whether there is one: a second call creates a second one.
    devops_get_work_item_type tells what a type allows.
    """
    chosen = await caller.organization(organization)
    in_project = await caller.project(project)
    given = {name: value for name, value in (fields or {}).items() if not is_left_out(value)}
    named = _named(title, None, assigned_to, iteration_path)
    changes = requested_changes(named, given, tags=tags, text_format=description_format)

    async def own_project() -> str:
        return in_project

    linked = await _linked(caller, chosen, links, own_project)
    try:
        operations = [
            *await changes.operations(caller.devops, chosen),
            *await _described(caller, chosen, in_project, work_item_type, description, description_format),
        ]
        created = await create(caller.devops, chosen, in_project, work_item_type, [*operations, *linked])
    except ToolError as error:
        raise await explain_unknown_type(caller.devops, chosen, in_project, work_item_type, error) from error
    return summary(caller.devops, chosen, created)


@toolset.tool(scopes=["vso.work_write"], writes=True)
async def devops_update_work_item(
    caller: Caller,
    work_item_id: WorkItemId,
    rev: Revision,
    title: Annotated[Title | None, Field(description="A new title.")] = None,
    state: State = None,
    description: Description = None,
    description_format: Format = "markdown",
    assigned_to: Person = None,
    iteration_path: IterationPath = None,
    tags: Tags = None,
    add_tags: AddTags = None,
    remove_tags: RemoveTags = None,
    fields: Fields = None,
    clear: Clear = [],  # noqa: B006 - a default of the schema, which nobody changes
    organization: Organization = None,
) -> WorkItemSummary:
    """Update fields of an Azure DevOps work item, only if it is still at the revision you read.

    What is left out stays. If it was changed meanwhile, nothing is written, and the failure says what was.
    Comments: devops_comment_on_work_item; links: devops_link_work_items.
    """
    refuse_empty("fields", fields or {})
    tag_lists = {"tags": tags, "add_tags": add_tags, "remove_tags": remove_tags}
    refuse_empty("", {name: each for name, each in tag_lists.items() if each is not None})
    refuse_both({"description": description} if description is not None else {}, clear)
    named = _named(title, state, assigned_to, iteration_path)
    cleared = list(dict.fromkeys(CLEARED.get(name, name) for name in clear if name != "description"))
    changes = requested_changes(
        named,
        fields or {},
        tags=tags,
        add_tags=add_tags or (),
        remove_tags=remove_tags or (),
        text_format=description_format,
        cleared=cleared,
    )
    wants_text = description is not None or "description" in clear
    if not changes and not wants_text:
        raise ToolError(
            "invalid_argument",
            "arguments: nothing is to be changed.",
            "Give at least one field to change, or name one in clear.",
        )
    chosen, [item] = await resolve_work_items(caller, organization, [work_item_id])
    present: WorkItemDocument | None = None
    text_operations: list[Operation] = []
    if wants_text or changes.changes_tags:
        present = await fetch_one(caller.devops, chosen, item, [_TYPE, _PROJECT, TAGS])
    if present is not None and wants_text:
        kind, in_project = str(present.fields.get(_TYPE)), str(present.fields.get(_PROJECT))
        name = await fetch_description_field(caller.devops, chosen, in_project, kind)
        if "description" in clear:
            text_operations = [field_operation(name, None)]
        else:
            refuse_both({name: description}, changes.cleared)
            text_operations = long_text_operations(name, description or "", description_format)
    operations = [*await changes.operations(caller.devops, chosen, present), *text_operations]
    return summary(caller.devops, chosen, await change(caller.devops, chosen, item, operations, rev=rev))


@toolset.tool(scopes=["vso.work_write", "vso.profile"], writes=True)
async def devops_comment_on_work_item(
    caller: Caller,
    work_item_id: WorkItemId,
    text: Annotated[
        str | None,
        Field(min_length=1, max_length=100_000, pattern=r"\S", description="The comment."),
    ] = None,
    text_format: CommentFormat = "markdown",
    action: Annotated[
        CommentAction, Field(description="edit and delete need comment_id, of an own comment.")
    ] = "add",
    comment_id: Annotated[int | None, Field(ge=1, le=2_147_483_647, description="To edit or delete.")] = None,
    organization: Organization = None,
) -> WrittenComment:
    """Comment on an Azure DevOps work item as the user, or edit or delete an own comment; all see it at once.

    It makes a new revision: read the work item again before devops_update_work_item.
    """
    check_comment(action, text, comment_id)
    chosen, [item] = await resolve_work_items(caller, organization, [work_item_id])
    return await comment_on(caller, chosen, item, action, comment_id, text or "", text_format)


@toolset.tool(scopes=["vso.work_write"], optional_scopes=[CODE_SCOPE, WIKI_SCOPE], writes=True)
async def devops_link_work_items(
    caller: Caller,
    work_item_id: WorkItemId,
    links: Annotated[list[NewLink], Field(max_length=50, description="To add.")] = [],  # noqa: B006 - a default of the schema, which nobody changes
    remove: Annotated[
        list[PresentLink],
        Field(max_length=50, description="To remove; what they lead to stays."),
    ] = [],  # noqa: B006 - a default of the schema, which nobody changes
    rev: Annotated[int | None, Field(ge=1, description="rev as last read, to remove links.")] = None,
    organization: Organization = None,
) -> WorkItemSummary:
    """Add links to an Azure DevOps work item, or remove some: to others, builds, code, wiki pages, addresses.

    All of it is done or nothing. A link that is there is refused, and so is a second parent: remove the link
    to the present one in the same call. Removing needs rev.
    """
    if not links and not remove:
        raise ToolError("invalid_argument", "links: is missing.", "Give links to add, or links to remove.")
    if remove and rev is None:
        raise ToolError(
            "invalid_argument", "rev: is needed to remove links.", "Read the work item, then give its rev."
        )
    chosen, [item] = await resolve_work_items(caller, organization, [work_item_id])

    async def project_of_item() -> str:
        found = await fetch_one(caller.devops, chosen, item, [_PROJECT])
        return str(found.fields.get(_PROJECT))

    async def link_to_remove(link: PresentLink) -> tuple[str, str]:
        return link.kind, await resolve_target(caller, chosen, link.kind, link.target, project_of_item)

    operations: list[Operation] = []
    if remove:
        wanted = await run_all(map(link_to_remove, remove))
        present = await fetch_relations(caller.devops, chosen, item)
        operations += removal_operations(caller.devops, present.relations or [], wanted)
    operations += await _linked(caller, chosen, links, project_of_item)
    changed = await change(caller.devops, chosen, item, operations, rev=rev if remove else None)
    return summary(caller.devops, chosen, changed)


def _named(
    title: str | None,
    state: str | None,
    assigned_to: str | None,
    iteration_path: str | None,
) -> dict[str, str]:
    """Returns the fields with parameters of their own that are given, by reference name."""
    values = {
        "System.Title": title,
        "System.State": state,
        "System.AssignedTo": assigned_to,
        "System.IterationPath": iteration_path,
    }
    return {name: value for name, value in values.items() if value is not None}


async def _described(
    caller: Caller,
    organization: str,
    project: str,
    work_item_type: str,
    description: str | None,
    text_format: TextFormat,
) -> list[Operation]:
    if not description:
        return []
    name = await fetch_description_field(caller.devops, organization, project, work_item_type)
    return long_text_operations(name, description, text_format)


async def _linked(
    caller: Caller, organization: str, links: Sequence[NewLink], project_of: ProjectOf
) -> list[Operation]:
    async def operation(link: NewLink) -> Operation:
        target = await resolve_target(caller, organization, link.kind, link.target, project_of)
        return link_operation(caller.devops, organization, link.kind, target, link.comment)

    return await run_all(map(operation, links))
