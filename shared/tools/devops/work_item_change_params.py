"""Declares the parameters of the tools that create and change work items."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.apis.devops.work_item_changes import TAGS, TextFormat
from shared.apis.devops.work_item_links import LinkKind
from shared.tools.devops.work_item_params import FieldName
from shared.tools.params import Reference, Scalar

Title = Annotated[str, Field(min_length=1, max_length=255, description="One line.")]
State = Annotated[
    str | None,
    Field(min_length=1, max_length=128, description="As devops_get_work_item_type lists them."),
]
Person = Annotated[
    str | None,
    Field(max_length=256, description="By email address."),
]
IterationPath = Annotated[
    str | None,
    Field(min_length=1, max_length=4_000, description="Sprint, such as Booking\\Sprint 47."),
]
TagNames = Annotated[list[Annotated[str, Field(max_length=400, pattern=r"^[^;,]+$")]], Field(max_length=100)]
Tags = Annotated[TagNames | None, Field(description="All its tags, in place of those it has.")]
AddTags = Annotated[TagNames | None, Field(description="To those it has.")]
RemoveTags = Annotated[TagNames | None, Field(description="The others stay.")]
Description = Annotated[
    str | None,
    Field(
        max_length=200_000,
        description="In description_format; of a Bug, its repro steps.",
    ),
]
Format = Annotated[TextFormat, Field(description="Of description and long texts in fields.")]
CommentFormat = Annotated[TextFormat, Field(description="Of text.")]
Fields = Annotated[
    dict[FieldName, Scalar | None] | None,
    Field(
        max_length=50,
        description="Others by reference name, such as System.AreaPath: see "
        "devops_get_work_item_type. Microsoft.VSTS.TCM.Steps: a numbered list, with lines "
        "that begin with Expected:.",
    ),
]


Clear = Annotated[
    list[Literal["description", "assigned_to", "tags"] | FieldName],
    Field(
        max_length=50,
        description="To empty: description, assigned_to, tags, fields by reference name.",
    ),
]

CLEARED: Mapping[str, str] = {"assigned_to": "System.AssignedTo", "tags": TAGS}
"""What `clear` names by the names of arguments."""


class NewLink(BaseModel):
    """A link to add to a work item."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Annotated[
        LinkKind,
        Field(description="What the target is to it: parent is its parent."),
    ]
    target: Annotated[
        Reference,
        Field(
            description="Web address, or id of a work item, build or pull request; of a commit repository@id."
        ),
    ]
    comment: Annotated[str | None, Field(max_length=255, description="Why it is linked.")] = None


class PresentLink(BaseModel):
    """A link that a work item has."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Annotated[
        str,
        Field(min_length=1, max_length=200, description="As devops_get_work_item has it."),
    ]
    target: Annotated[
        Reference,
        Field(description="As in links, or its url."),
    ]
