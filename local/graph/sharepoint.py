"""Keeps sites and their lists."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from local.graph.denials import SHAREPOINT
from local.graph.errors import GraphError, item_not_found
from local.graph.mailbox import utc
from local.graph.odata import Resource
from local.organisation import User

HOSTNAME = "larkspur.sharepoint.com"
MY_HOSTNAME = "larkspur-my.sharepoint.com"


def stable_guid(*names: object) -> str:
    """Returns a GUID that is the same for the same names."""
    return str(uuid.UUID(bytes=hashlib.sha256("/".join(map(str, names)).encode()).digest()[:16], version=4))


def identity(user: User) -> Resource:
    """Returns a user as SharePoint names authors and editors."""
    return {
        "user": {"email": user.user_principal_name, "id": user.object_id, "displayName": user.display_name}
    }


@dataclass
class Column:
    """Describes a column of a list: its internal name, its facet, and whether queries may use it freely."""

    name: str
    title: str
    kind: str
    indexed: bool = False
    required: bool = False
    read_only: bool = False
    choices: list[str] = field(default_factory=list)

    def described(self, list_id: str) -> Resource:
        """Returns the column as `/columns` shows it."""
        facets = {
            "text": {
                "allowMultipleLines": False,
                "appendChangesToExistingText": False,
                "linesForEditing": 0,
                "maxLength": 255,
            },
            "note": {"allowMultipleLines": True, "appendChangesToExistingText": False, "linesForEditing": 6},
            "choice": {"allowTextEntry": False, "choices": self.choices, "displayAs": "dropDownMenu"},
            "number": {"decimalPlaces": "automatic", "displayAs": "number"},
            "boolean": {},
            "dateTime": {"displayAs": "default", "format": "dateTime"},
            "personOrGroup": {
                "allowMultipleSelection": False,
                "chooseFromType": "peopleOnly",
                "displayAs": "nameWithPresence",
            },
        }
        return {
            "id": stable_guid(list_id, self.name),
            "name": self.name,
            "displayName": self.title,
            "description": "",
            "columnGroup": "Custom Columns",
            "enforceUniqueValues": False,
            "hidden": False,
            "indexed": self.indexed,
            "readOnly": self.read_only,
            "required": self.required,
            "text" if self.kind == "note" else self.kind: facets[self.kind],
        }

    def accepts(self, value: object) -> bool:
        """Tells whether a value of a request fits the column."""
        if value is None:
            return not self.required
        match self.kind:
            case "number":
                return isinstance(value, int | float) and not isinstance(value, bool)
            case "boolean":
                return isinstance(value, bool)
            case "choice":
                return value in self.choices
        return isinstance(value, str)


BUILT_IN = (
    Column("Created", "Created", "dateTime", indexed=True, read_only=True),
    Column("Modified", "Modified", "dateTime", indexed=True, read_only=True),
    Column("AuthorLookupId", "Created By", "personOrGroup", read_only=True),
    Column("EditorLookupId", "Modified By", "personOrGroup", read_only=True),
)


@dataclass
class SharePointList:
    """Holds a list of a site with its columns and items."""

    id: str
    title: str
    description: str
    web_url: str
    template: str
    created: datetime
    columns: dict[str, Column]
    items: dict[str, Resource] = field(default_factory=dict)
    recycled: dict[str, Resource] = field(default_factory=dict)
    hidden: bool = False

    def item(self, item_id: str) -> Resource:
        """Returns the item with this id.

        Raises:
            GraphError: There is none.
        """
        if item_id not in self.items:
            raise item_not_found()
        return self.items[item_id]


@dataclass
class Site:
    """Holds a site: its address, who may enter, its lists and its document library."""

    id: str
    name: str
    title: str
    description: str
    created: datetime
    members: frozenset[str] | None
    lists: dict[str, SharePointList] = field(default_factory=dict)
    followers: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        """Returns the path on the host; empty for the root site."""
        return f"/sites/{self.name}" if self.name else ""

    @property
    def web_url(self) -> str:
        """Returns the address for people."""
        return f"https://{HOSTNAME}{self.path}"

    def open_to(self, user: User) -> bool:
        """Tells whether this user may enter."""
        return self.members is None or user.alias in self.members

    def list_named(self, name: str) -> SharePointList:
        """Returns the list with this id or title.

        Raises:
            GraphError: There is none.
        """
        for each in self.lists.values():
            if name.casefold() in (each.id, each.title.casefold()):
                return each
        raise item_not_found()


class SharePoint:
    """Holds every site of the organisation."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.sites: list[Site] = []

    def visible(self, user: User) -> list[Site]:
        """Returns the sites this user may enter."""
        return [site for site in self.sites if site.open_to(user)]

    def site(self, name: str, user: User) -> Site:
        """Returns the site with this id, host name, `root`, or site collection GUID.

        Raises:
            GraphError: There is none, or the user may not enter.
        """
        wanted = name.casefold()
        for site in self.sites:
            _, collection, web = site.id.split(",")
            names = (site.id, collection, web, f"{collection},{web}")
            if wanted in names or (not site.name and wanted in ("root", HOSTNAME)):
                return self._entered(site, user)
        if "," not in name and wanted not in ("root", MY_HOSTNAME):
            raise GraphError(
                400, "invalidRequest", "Invalid hostname for this tenancy", inner_name="innererror"
            )
        raise item_not_found()

    def site_at(self, host: str, path: str, user: User) -> Site:
        """Returns the site at this server-relative path.

        Raises:
            GraphError: There is none, or the user may not enter.
        """
        if host.casefold() == MY_HOSTNAME:
            # Whose OneDrive it is goes there by /me/drive.
            raise SHAREPOINT.error()
        if host.casefold() != HOSTNAME:
            raise GraphError(
                400, "invalidRequest", "Invalid hostname for this tenancy", inner_name="innererror"
            )
        for site in self.sites:
            if site.path.casefold() == "/" * bool(path.strip("/")) + path.strip("/").casefold():
                return self._entered(site, user)
        raise item_not_found()

    def _entered(self, site: Site, user: User) -> Site:
        if not site.open_to(user):
            raise SHAREPOINT.error()
        return site

    def add_item(
        self, site: Site, owner: SharePointList, author: User, fields: Resource, when: datetime | None = None
    ) -> Resource:
        """Puts an item into a list."""
        number = max((int(each) for each in (*owner.items, *owner.recycled)), default=0) + 1
        when = when or self.clock()
        item: Resource = {
            "id": str(number),
            "createdDateTime": utc(when),
            "webUrl": f"{owner.web_url}/{number}_.000",
            "createdBy": identity(author),
            "parentReference": {"id": stable_guid(owner.id, "root"), "siteId": site.id},
            "contentType": {"id": "0x0100", "name": "Item"},
            "fields": {"id": str(number), "ContentType": "Item", "Created": utc(when), "Attachments": False},
            "_version": 0,
        }
        owner.items[item["id"]] = item
        self.change_item(owner, item, author, fields, when)
        return item

    def change_item(
        self,
        owner: SharePointList,
        item: Resource,
        author: User,
        fields: Resource,
        when: datetime | None = None,
    ) -> None:
        """Sets columns of an item and gives it a new version."""
        stamp = utc(when or self.clock())
        item["_version"] += 1
        etag = f'"{stable_guid(owner.id, item["id"])},{item["_version"]}"'
        item |= {"lastModifiedDateTime": stamp, "lastModifiedBy": identity(author), "eTag": etag}
        item["@odata.etag"] = etag
        item["fields"] |= fields | {
            "Modified": stamp,
            "@odata.etag": etag,
            "_UIVersionString": f"{item['_version']}.0",
        }
