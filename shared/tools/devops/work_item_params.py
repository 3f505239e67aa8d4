"""Declares the parameters that the tools for work items share, and resolves references to work items."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from shared.apis.devops.work_item_links import parse_work_item_reference
from shared.caller import Caller
from shared.errors import ToolError
from shared.tools.params import Reference

FieldName = Annotated[str, Field(max_length=260, pattern=r"^[^\s.,/~\\\[\]]+(\.[^\s.,/~\\\[\]]+)+$")]
"""The reference name of a field, such as Microsoft.VSTS.Common.Priority."""
WorkItemId = Annotated[Reference, Field(description="Id or web address.")]
WorkItemType = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        description="Such as Bug, Task, User Story.",
    ),
]
Revision = Annotated[
    int,
    Field(
        ge=1,
        le=2_147_483_647,
        description="rev as last read; refused if it has changed since.",
    ),
]
Team = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=100,
        description="Whose sprint is @CurrentIteration, by name or id; else your default.",
    ),
]


async def resolve_work_items(
    caller: Caller, organization: str | None, references: Sequence[str]
) -> tuple[str, list[int]]:
    """Resolves references to work items to their organization and their ids, each once.

    Raises:
        ToolError: `invalid_argument`: one is no reference, or they are of several organizations.
    """
    named = [parse_work_item_reference(caller.devops, each) for each in references]
    organizations = {each.casefold(): each for _, each in named if each}
    if organization:
        organizations[organization.casefold()] = organization
    if len(organizations) > 1:
        raise ToolError(
            "invalid_argument",
            f"organization: the arguments name several: {', '.join(organizations.values())}.",
            "Request the work items of one organization at a time.",
        )
    chosen = await caller.organization(next(iter(organizations.values()), None))
    return chosen, list(dict.fromkeys(each for each, _ in named))
