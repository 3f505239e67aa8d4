"""Holds a wiki and its pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from local.devops.data_files import object_hash
from local.devops.people import Identity


@dataclass
class WikiPage:
    """Holds a page; `version` changes with every write and is what its ETag says."""

    id: int
    path: str
    content: str
    order: int
    author: Identity
    changed: datetime
    revision: int = 1

    @property
    def version(self) -> str:
        """Returns 40 hex digits that stand for this revision of the page."""
        return object_hash("wiki page", self.id, self.revision, self.path, self.content)

    @property
    def file(self) -> str:
        """Returns the path of its file: dashes for spaces, dashes escaped, `.md` at the end."""
        return self.path.replace("-", "%2D").replace(" ", "-") + ".md"


@dataclass
class Wiki:
    """Holds a wiki: pages by path, the root without content among them.

    A project's own wiki has one branch; one published from a repository (a code wiki) has those that were
    published, and its files lie in a folder.
    """

    id: str
    name: str
    project_id: str
    branches: tuple[str, ...] = ("wikiMaster",)
    mapped_path: str = "/"
    pages: dict[str, WikiPage] = field(default_factory=dict)

    @property
    def is_code(self) -> bool:
        """Tells whether the wiki is published from a repository."""
        return self.branches != ("wikiMaster",)

    def page(self, path: str) -> WikiPage | None:
        """Returns the page at this path in any case, or None."""
        wanted = path.rstrip("/").casefold() or "/"
        return next((page for page in self.pages.values() if page.path.casefold() == wanted), None)

    def children(self, parent: WikiPage) -> list[WikiPage]:
        """Returns the pages right below one, in their order."""
        prefix = parent.path.rstrip("/") + "/"
        below = (page for page in self.pages.values() if page.path.startswith(prefix) and page is not parent)
        return sorted(
            (page for page in below if "/" not in page.path.removeprefix(prefix)),
            key=lambda page: (page.order, page.path),
        )
