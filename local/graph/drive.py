"""Holds a document library or OneDrive: folders and files, by id and by path."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from local.graph.errors import GraphError, bad_request, item_not_found
from local.graph.mailbox import utc
from local.graph.odata import Resource
from local.graph.sharepoint import identity
from local.organisation import User

_FORBIDDEN = re.compile(r'["*:<>?/\\|]|^\s|\s$|^\.$|^\.\.$|[\x00-\x1f]')
_LONGEST_NAME = 255
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MIME_TYPES = {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".md": "text/markdown",
    ".log": "text/plain",
    ".yml": "application/yaml",
    ".py": "text/x-python",
}

# Files whose address is that of a page which shows them.
_SHOWN_BY_PAGE = (".docx", ".xlsx", ".pptx")


@dataclass
class DriveItem:
    """Holds a file (with content) or a folder (without).

    `words` is what search knows of the content of a file that is no plain text.
    """

    id: str
    name: str
    parent_id: str | None
    author: User
    created: datetime
    modified: datetime
    editor: User
    content: bytes | None = None
    words: str = ""
    version: int = 1

    @property
    def is_folder(self) -> bool:
        """Tells whether it can hold other items."""
        return self.content is None

    @property
    def etag(self) -> str:
        """Returns the version of item and metadata."""
        return f'"{{{self.unique_id}}},{self.version}"'.upper()

    @property
    def unique_id(self) -> uuid.UUID:
        """Returns the id that pages of SharePoint use; item ids hold it after four bytes of the drive."""
        return uuid.UUID(bytes_le=base64.b32decode(self.id[2:])[4:])

    @property
    def mime_type(self) -> str:
        """Returns the type its name promises."""
        suffix = "." + self.name.rpartition(".")[2].casefold()
        return _MIME_TYPES.get(suffix) or mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @property
    def text(self) -> str:
        """Returns what search looks at, the name apart."""
        if self.words or self.content is None:
            return self.words
        return self.content.decode("utf-8", "ignore") if _is_text(self.mime_type) else ""


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
        check_name(name)
        existing = self.child(folder, name)
        if existing is None:
            return self._new(name, folder.id, author, content), True
        if conflict == "rename":
            return self._new(self._free_name(folder, name), folder.id, author, content), True
        if conflict == "fail" or existing.is_folder:
            raise GraphError(
                409, "nameAlreadyExists", "An item with the same name already exists under the parent",
                inner_name="innererror",
            )  # fmt: skip
        self.write(existing, content, author)
        return existing, False

    def write(self, item: DriveItem, content: bytes, author: User) -> None:
        """Replaces the content of a file; it gets a new version.

        Raises:
            GraphError: The item is a folder.
        """
        if item.is_folder:
            raise bad_request("A folder has no content.", "invalidRequest")
        item.content, item.words = content, ""
        item.editor, item.modified = author, self.clock()
        item.version += 1

    def make_folder(self, folder: DriveItem, name: str, author: User) -> DriveItem:
        """Returns a new folder."""
        check_name(name)
        return self._new(name, folder.id, author, None)

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


def check_name(name: str) -> None:
    """Validates the name of a file or folder.

    Raises:
        GraphError: It may not.
    """
    if not name or len(name) > _LONGEST_NAME or _FORBIDDEN.search(name):
        raise bad_request("The provided name cannot contain the characters or form it has.", "invalidRequest")


def _is_text(mime_type: str) -> bool:
    return mime_type.startswith("text/") or mime_type in (
        "application/json",
        "application/yaml",
        "application/xml",
    )
