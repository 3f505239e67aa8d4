"""Holds a document library or OneDrive: folders and files, by id and by path."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from urllib.parse import quote, unquote, urlencode, urlsplit

from local.graph.drive_items import DriveItem, Grant, check_name
from local.graph.errors import bad_request, item_locked, item_not_found, name_taken
from local.graph.mailbox import utc
from local.graph.odata import Resource
from local.graph.sharepoint import identity
from local.organisation import User

# Files whose address is that of a page which shows them.
_SHOWN_BY_PAGE = (".docx", ".xlsx", ".pptx")


class Drive:
    """Holds items by id; names are unique in a folder, whatever their case."""

    def __init__(
        self, drive_id: str, name: str, owner: User, web_url: str, clock: Callable[[], datetime]
    ) -> None:
        self.id = drive_id
        self.name = name
        self.owner = owner
        self.web_url = web_url
        self.clock = clock
        self.site_id: str | None = None
        self.items: dict[str, DriveItem] = {}
        self.recycled: dict[str, DriveItem] = {}
        self._made = 0
        self.root = self._new("root", None, owner, None)

    @property
    def kind(self) -> str:
        """Returns `documentLibrary` for a site's, `business` for a person's."""
        return "documentLibrary" if self.site_id else "business"

    def item(self, item_id: str) -> DriveItem:
        """Returns the item with this id.

        Raises:
            GraphError: There is none.
        """
        if item_id.casefold() == "root":
            return self.root
        found = self.items.get(item_id.upper())
        if found is None:
            raise item_not_found()
        return found

    def children(self, folder: DriveItem) -> list[DriveItem]:
        """Returns what a folder holds."""
        return [each for each in self.items.values() if each.parent_id == folder.id]

    def child(self, folder: DriveItem, name: str) -> DriveItem | None:
        """Returns the item of this name in a folder."""
        folded = name.casefold()
        return next((each for each in self.children(folder) if each.name.casefold() == folded), None)

    def below(self, folder: DriveItem) -> Iterator[DriveItem]:
        """Returns everything inside a folder, however deep."""
        for each in self.children(folder):
            yield each
            yield from self.below(each)

    def at(self, folder: DriveItem, path: str) -> DriveItem:
        """Returns the item at a path from a folder.

        Raises:
            GraphError: There is none.
        """
        for name in path.strip("/").split("/"):
            found = self.child(folder, name) if name else folder
            if found is None:
                raise item_not_found()
            folder = found
        return folder

    def folder_for(self, folder: DriveItem, path: str, author: User) -> tuple[DriveItem, str]:
        """Returns the folder a new file's path leads to, made if need be, and the file's name.

        Raises:
            GraphError: A name on the path is not allowed, or a file stands in the way.
        """
        *folders, name = path.strip("/").split("/")
        for each in (*folders, name):
            check_name(each)
        for each in folders:
            found = self.child(folder, each)
            folder = found or self._new(each, folder.id, author, None)
            if not folder.is_folder:
                raise item_not_found()
        return folder, name

    def put(
        self, folder: DriveItem, name: str, content: bytes, author: User, conflict: str
    ) -> tuple[DriveItem, bool]:
        """Returns the file after writing it, and whether it is new. `conflict` is fail, replace or rename.

        Raises:
            GraphError: The name is not allowed, or taken and `conflict` says fail.
        """
        self.check_place(folder, name, is_folder=False)
        existing = self.child(folder, name)
        if existing is None:
            return self._new(name, folder.id, author, content), True
        if conflict == "rename":
            return self._new(self._free_name(folder, name), folder.id, author, content), True
        if conflict == "fail" or existing.is_folder:
            raise name_taken()
        self.write(existing, content, author)
        return existing, False

    def write(self, item: DriveItem, content: bytes, author: User) -> None:
        """Replaces the content of a file; it gets a new version.

        Raises:
            GraphError: The item is a folder.
        """
        if item.is_folder:
            raise bad_request("A folder has no content.", "invalidRequest")
        if item.opened_by:
            raise item_locked()
        item.keep_version()
        item.content, item.words = content, ""
        self._touch(item, author)

    def make_folder(self, folder: DriveItem, name: str, author: User, conflict: str) -> DriveItem:
        """Returns a new folder; `conflict` is fail, replace or rename.

        Raises:
            GraphError: The name is not allowed, or taken and `conflict` does not say rename.
        """
        self.check_place(folder, name, is_folder=True)
        existing = self.child(folder, name)
        if existing is None or conflict == "rename":
            return self._new(self._free_name(folder, name) if existing else name, folder.id, author, None)
        if conflict == "replace" and existing.is_folder:
            return existing
        raise name_taken()

    def move(self, item: DriveItem, folder: DriveItem, name: str, author: User, conflict: str) -> None:
        """Moves an item to a folder and gives it a name; either may be the one that it has.

        Raises:
            GraphError: It is the root or open, the place is inside of it, or the name is taken or not
                allowed.
        """
        self._check_free(item)
        if folder is item or folder in self.below(item):
            raise bad_request("An item cannot be moved into itself.", "invalidRequest")
        self.check_place(folder, name, is_folder=item.is_folder)
        existing = self.child(folder, name)
        if existing is not None and existing is not item:
            if conflict == "fail":
                raise name_taken()
            if conflict == "rename":
                name = self._free_name(folder, name)
            else:
                self.recycle(existing)
        item.parent_id, item.name = folder.id, name
        self._touch(item, author)

    def recycle(self, item: DriveItem) -> None:
        """Puts an item, with all that is below it, into the recycle bin.

        Raises:
            GraphError: It is the root, or it or something below it is open.
        """
        whole = [item, *self.below(item)]
        for each in whole:
            self._check_free(each)
        for each in whole:
            self.recycled[each.id] = self.items.pop(each.id)

    def copy(self, item: DriveItem, source: Drive, folder: DriveItem, name: str, author: User) -> DriveItem:
        """Returns a copy of an item of this or another drive, with what is below it; no older versions."""
        children = source.children(item)
        made = self._new(name, folder.id, author, item.content)
        made.words = item.words
        for each in children:
            self.copy(each, source, made, each.name, author)
        return made

    def check_place(self, folder: DriveItem, name: str, *, is_folder: bool) -> None:
        """Checks that something of this name can be in a folder, whether or not the name is taken.

        Raises:
            GraphError: It cannot.
        """
        if not folder.is_folder:
            raise bad_request("The parent is not a folder.", "invalidRequest")
        own = f"{unquote(urlsplit(self.web_url).path)}{self.path(folder)}/{name}"
        check_name(name, own.lstrip("/"), forms=is_folder and folder is self.root)

    def grants_on(self, item: DriveItem) -> Iterator[tuple[Grant, DriveItem]]:
        """Yields what was granted on an item, its own grants first, each with the item it is of."""
        at: DriveItem | None = item
        while at is not None:
            for grant in at.grants:
                yield grant, at
            at = self.items[at.parent_id] if at.parent_id else None

    def shared_with(self, user: User, item: DriveItem | None = None, *, to_write: bool = False) -> bool:
        """Tells whether an item, or else any at all, was shared with a user."""
        return any(
            grant.user == user and (grant.role == "write" or not to_write)
            for each in ([item] if item else self.items.values())
            for grant, _ in self.grants_on(each)
        )

    def _check_free(self, item: DriveItem) -> None:
        if item is self.root:
            raise bad_request("The root of a drive cannot be changed so.", "invalidRequest")
        if item.opened_by:
            raise item_locked()

    def _touch(self, item: DriveItem, author: User) -> None:
        item.editor, item.modified = author, self.clock()
        item.version += 1

    def path(self, item: DriveItem) -> str:
        """Returns the path from the root, with a leading slash; empty for the root."""
        if item.parent_id is None:
            return ""
        return f"{self.path(self.items[item.parent_id])}/{item.name}"

    def shown(self, item: DriveItem) -> Resource:
        """Returns the item as Graph shows it."""
        facet: Resource
        if item.content is None:
            facet = {"folder": {"childCount": len(self.children(item))}, "size": self.size(item)}
        else:
            digest = base64.b64encode(hashlib.sha1(item.content, usedforsecurity=False).digest()).decode()
            facet = {
                "file": {"mimeType": item.mime_type, "hashes": {"quickXorHash": digest}},
                "size": len(item.content),
            }
        shown = {
            "@odata.etag": item.etag,
            "createdDateTime": utc(item.created),
            "eTag": item.etag,
            "id": item.id,
            "lastModifiedDateTime": utc(item.modified),
            "name": item.name,
            "webUrl": self.address(item),
            "cTag": f'"c:{{{str(item.unique_id).upper()}}},{item.version}"',
            "createdBy": identity(item.author),
            "lastModifiedBy": identity(item.editor),
            "parentReference": self._parent(item),
            "fileSystemInfo": {
                "createdDateTime": utc(item.created),
                "lastModifiedDateTime": utc(item.modified),
            },
        }
        return shown | facet | ({"root": {}} if item.parent_id is None else {})

    def address(self, item: DriveItem) -> str:
        """Returns the address for people: of an Office file, that of the page which shows it."""
        if item.content is None or not item.name.casefold().endswith(_SHOWN_BY_PAGE):
            return self.web_url + quote(self.path(item))
        query = {
            "sourcedoc": f"{{{item.unique_id}}}".upper(),
            "file": item.name,
            "action": "default",
            "mobileredirect": "true",
        }
        return f"{self.web_url.rpartition('/')[0]}/_layouts/15/Doc.aspx?{urlencode(query)}"

    def size(self, item: DriveItem) -> int:
        """Returns bytes of a file, or of all files below a folder."""
        if item.content is not None:
            return len(item.content)
        return sum(len(each.content or b"") for each in self.below(item))

    def _parent(self, item: DriveItem) -> Resource:
        reference: Resource = {"driveType": self.kind, "driveId": self.id}
        if self.site_id:
            reference["siteId"] = self.site_id
        if item.parent_id is None:
            return reference
        parent = self.items[item.parent_id]
        path = f"/drives/{self.id}/root:{quote(self.path(parent))}"
        return reference | {"id": parent.id, "name": parent.name, "path": path}

    def _free_name(self, folder: DriveItem, name: str) -> str:
        stem, dot, suffix = name.rpartition(".")
        if not stem:
            stem, dot, suffix = name, "", ""
        number = 1
        while self.child(folder, f"{stem} {number}{dot}{suffix}"):
            number += 1
        return f"{stem} {number}{dot}{suffix}"

    def _new(self, name: str, parent_id: str | None, author: User, content: bytes | None) -> DriveItem:
        self._made += 1
        drive = hashlib.sha256(self.id.encode()).digest()[:4]
        digest = hashlib.sha256(f"{self.id}/{self._made}".encode()).digest()[:16]
        item_id = "01" + base64.b32encode(drive + digest).decode()
        now = self.clock()
        item = DriveItem(item_id, name, parent_id, author, now, now, author, content)
        self.items[item_id] = item
        return item
