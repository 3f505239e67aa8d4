"""Keeps the OneNote notebooks of one user: sections in them or in their groups, and pages."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from local.graph.errors import GraphError
from local.graph.mailbox import utc
from local.graph.odata import Resource

MOST_SECTIONS = 20
"""Sections over whose pages one request goes; the real number is not known."""
_ROOT = "https://graph.microsoft.com/v1.0/me/onenote"


def note_id(*names: object) -> str:
    """Returns an id as OneNote makes them, the same for the same names."""
    return f"1-{uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(map(str, names)))}"


def not_found() -> GraphError:
    """Returns the error for a notebook, section or page that is not there."""
    return GraphError(404, "20102", "The specified resource ID does not exist.")


class Notebooks:
    """Holds notebooks, groups of sections, sections and pages by id, and the HTML of each page's body."""

    def __init__(self, owner: str, clock: Callable[[], datetime]) -> None:
        self.owner = owner
        self.clock = clock
        self.notebooks: dict[str, Resource] = {}
        self.groups: dict[str, Resource] = {}
        self.sections: dict[str, Resource] = {}
        self.pages: dict[str, Resource] = {}
        self.bodies: dict[str, list[str]] = {}
        self.protected: set[str] = set()
        self.fresh: set[str] = set()
        self._made = 0

    def add_notebook(self, name: str, *, is_default: bool) -> str:
        """Makes a notebook; its id comes back."""
        found = note_id(self.owner, "notebook", name)
        self.notebooks[found] = self._described(found, "notebooks", name) | {
            "isDefault": is_default,
            "isShared": False,
            "userRole": "Owner",
            "sectionsUrl": f"{_ROOT}/notebooks/{found}/sections",
            "sectionGroupsUrl": f"{_ROOT}/notebooks/{found}/sectionGroups",
        }
        return found

    def add_group(self, notebook_id: str, name: str) -> str:
        """Makes a group of sections in a notebook; its id comes back."""
        found = note_id(notebook_id, "group", name)
        described = self._described(found, "sectionGroups", name)
        self.groups[found] = {key: value for key, value in described.items() if key != "links"} | {
            "_notebook": notebook_id
        }
        return found

    def add_section(
        self, notebook_id: str, name: str, group_id: str | None = None, modified: str | None = None
    ) -> str:
        """Makes a section in a notebook or a group; its id comes back."""
        found = note_id(group_id or notebook_id, "section", name)
        self.sections[found] = self._described(found, "sections", name, modified) | {
            "isDefault": False,
            "pagesUrl": f"{_ROOT}/sections/{found}/pages",
            "_notebook": notebook_id,
            "_group": group_id,
        }
        return found

    def add_page(self, section_id: str, title: str, blocks: list[str], moment: str | None = None) -> Resource:
        """Puts a page into a section.

        Raises:
            GraphError: There is no such section, or it is closed by a password.
        """
        self.section(section_id)
        self._made += 1
        stamp = moment or utc(self.clock())
        digest = hashlib.sha256(f"{section_id}/{title}/{self._made}".encode()).hexdigest()[:32]
        found = f"1-{digest}!{note_id(section_id, 'page', self._made)}"
        links = self._links(found)
        self.pages[found] = {
            "id": found,
            "self": f"{_ROOT}/pages/{found}",
            "createdDateTime": stamp,
            "lastModifiedDateTime": stamp,
            "title": title,
            "createdByAppId": "",
            "contentUrl": f"{_ROOT}/pages/{found}/content",
            "links": links,
            "_section": section_id,
        }
        self.bodies[found] = blocks
        return self.pages[found]

    def touch(self, page: Resource) -> None:
        """Notes that a page was changed now."""
        page["lastModifiedDateTime"] = utc(self.clock())

    def section(self, section_id: str) -> Resource:
        """Returns a section.

        Raises:
            GraphError: There is none, or it is closed by a password.
        """
        if section_id not in self.sections:
            raise not_found()
        if section_id in self.protected:
            raise GraphError(403, "10004", "The section is password protected.")
        return self.sections[section_id]

    def page(self, page_id: str) -> Resource:
        """Returns a page.

        Raises:
            GraphError: There is none.
        """
        if page_id not in self.pages:
            raise not_found()
        return self.pages[page_id]

    def listed(self, pages: list[Resource]) -> list[Resource]:
        """Returns pages as lists have them: the last changed first; new ones come a moment later."""
        known = [each for each in pages if each["id"] not in self.fresh]
        self.fresh -= {each["id"] for each in pages}
        return sorted(known, key=lambda each: str(each["lastModifiedDateTime"]), reverse=True)

    def shown(self, resource: Resource, expand: dict[str, list[str] | None]) -> Resource:
        """Returns a section or page with what is expanded of its parents."""
        parents: dict[str, Any] = {}
        section = self.sections.get(resource.get("_section", ""))
        notebook = self.notebooks.get((section or resource).get("_notebook", ""))
        group = self.groups.get(resource.get("_group") or "")
        known = {"parentSection": section, "parentNotebook": notebook, "parentSectionGroup": group}
        for name in expand:
            if name not in known:
                raise GraphError(400, "20108", f"The expand query parameter '{name}' is not supported.")
            parents[name] = _public(known[name])
        return (_public(resource) or {}) | parents

    def _described(self, found: str, kind: str, name: str, modified: str | None = None) -> Resource:
        stamp = utc(self.clock())
        return {
            "id": found,
            "self": f"{_ROOT}/{kind}/{found}",
            "displayName": name,
            "createdDateTime": stamp,
            "lastModifiedDateTime": modified or stamp,
            "links": self._links(found),
        }

    def _links(self, found: str) -> Resource:
        address = f"https://larkspur-my.sharepoint.com/personal/{self.owner}/notes?id={found}"
        return {
            "oneNoteClientUrl": {"href": f"onenote:{address}"},
            "oneNoteWebUrl": {"href": address},
        }


def _public(resource: Resource | None) -> Resource | None:
    if resource is None:
        return None
    return {name: value for name, value in resource.items() if not name.startswith("_")}
