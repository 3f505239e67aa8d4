"""Holds a work item: its fields, links, comments and revisions."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from local.devops.people import Identity

PARENT = "System.LinkTypes.Hierarchy-Reverse"
CHILD = "System.LinkTypes.Hierarchy-Forward"

# Link type, its name, and the type of the same link seen from the other end.
LINK_TYPES = {
    CHILD: ("Child", PARENT),
    PARENT: ("Parent", CHILD),
    "System.LinkTypes.Related": ("Related", "System.LinkTypes.Related"),
    "System.LinkTypes.Dependency-Forward": ("Successor", "System.LinkTypes.Dependency-Reverse"),
    "System.LinkTypes.Dependency-Reverse": ("Predecessor", "System.LinkTypes.Dependency-Forward"),
    "System.LinkTypes.Duplicate-Forward": ("Duplicate", "System.LinkTypes.Duplicate-Reverse"),
    "System.LinkTypes.Duplicate-Reverse": ("Duplicate Of", "System.LinkTypes.Duplicate-Forward"),
    "Microsoft.VSTS.Common.TestedBy-Forward": ("Tested By", "Microsoft.VSTS.Common.TestedBy-Reverse"),
    "Microsoft.VSTS.Common.TestedBy-Reverse": ("Tests", "Microsoft.VSTS.Common.TestedBy-Forward"),
}
RESOURCE_LINK_TYPES = ("Hyperlink", "ArtifactLink", "AttachedFile")

type Value = str | int | float | bool | datetime | Identity


@dataclass(frozen=True)
class Link:
    """Holds a link: to another work item (`target`), or to something with an address (`url`).

    `size` is that of an attached file in bytes.
    """

    rel: str
    target: int | None = None
    url: str = ""
    comment: str = ""
    name: str = ""
    size: int = 0


@dataclass(frozen=True)
class Attachment:
    """Holds uploaded bytes; work items they are attached to have a link to them."""

    id: str
    name: str
    content: bytes = field(repr=False)


@dataclass
class Comment:
    """Holds one comment of the discussion; `text` is HTML unless `format` says markdown."""

    id: int
    author: Identity
    created: datetime
    text: str
    format: str = "html"
    version: int = 1
    modified: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Update:
    """Records a change: old and new value by field name, None for no value, and links.

    That of a link at its other end has no fields, and is no revision.
    """

    rev: int
    by: Identity
    when: datetime
    fields: dict[str, tuple[Value | None, Value | None]]
    added: tuple[Link, ...] = ()
    removed: tuple[Link, ...] = ()


@dataclass
class WorkItem:
    """Holds a work item. `fields` holds the values that are set, by reference name.

    `System.Id`, `System.Rev`, `System.CommentCount` and `System.Parent` follow from the rest and are
    computed by `value`.
    """

    id: int
    project_id: str
    rev: int
    fields: dict[str, Value]
    links: list[Link] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    markdown: set[str] = field(default_factory=set)
    updates: list[Update] = field(default_factory=list)

    @property
    def parent(self) -> int | None:
        """Returns the id of the parent, if there is one."""
        return next((link.target for link in self.links if link.rel == PARENT), None)

    def value(self, name: str) -> Value | None:
        """Returns the value of a field by its exact reference name, None when it is not set."""
        match name:
            case "System.Id":
                return self.id
            case "System.Rev":
                return self.rev
            case "System.CommentCount":
                return sum(not comment.deleted for comment in self.comments)
            case "System.Parent":
                return self.parent
            case _:
                return self.fields.get(name)

    def as_of(self, when: datetime) -> WorkItem | None:
        """Returns the work item as it was at a moment, None before it was created."""
        created = self.fields.get("System.CreatedDate")
        if isinstance(created, datetime) and created > when:
            return None
        past = deepcopy(self)
        for update in reversed(self.updates):
            if update.when <= when:
                break
            for name, (old, _) in update.fields.items():
                if old is None:
                    past.fields.pop(name, None)
                else:
                    past.fields[name] = old
            if update.fields:
                past.rev = update.rev - 1
        return past

    def draft(self) -> WorkItem:
        """Returns a copy to change before it is known whether the change holds."""
        return deepcopy(self)

    def text(self, name: str) -> str:
        """Returns a field as text; identities as `Name <unique name>`, unset as an empty string."""
        value = self.value(name)
        if value is None:
            return ""
        return value.combined if isinstance(value, Identity) else str(value)
