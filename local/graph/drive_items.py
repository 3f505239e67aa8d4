"""Holds files and folders of a drive, their versions, and who they were shared with."""

from __future__ import annotations

import base64
import mimetypes
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from local.graph.errors import GraphError, bad_request
from local.organisation import User

_FORBIDDEN = re.compile(r'["*:<>?/\\|]|^\s|\s$|\.$|[\x00-\x1f]')
_LONGEST_NAME = 255
_LONGEST_PATH = 400
# Restrictions and limitations in OneDrive and SharePoint: invalid names, and those that hold or begin so.
_RESERVED = re.compile(r"\.lock|con|prn|aux|nul|(com|lpt)[0-9]|desktop\.ini|.*_vti_.*|~\$.*", re.IGNORECASE)
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


@dataclass(frozen=True)
class Version:
    """Holds what a file was before it was written again."""

    content: bytes
    editor: User
    modified: datetime


@dataclass
class Grant:
    """Holds what sharing gave: to a user, to somebody outside by address, or to whoever has a link.

    `role` is `read` or `write`; `link` the address of a link, whose `scope` is `organization` or `users`.
    """

    id: str
    role: str
    user: User | None = None
    email: str | None = None
    link: str | None = None
    scope: str | None = None


@dataclass
class DriveItem:
    """Holds a file (with content) or a folder (without).

    `words` is what search knows of the content of a file that is no plain text. What somebody has open can
    be read, and neither written nor moved nor deleted.
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
    earlier: list[Version] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    opened_by: User | None = None

    def keep_version(self) -> None:
        """Keeps the present content as an earlier version."""
        self.earlier.append(Version(self.content or b"", self.editor, self.modified))

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


def check_name(name: str, path: str = "", *, forms: bool = False) -> None:
    """Validates the name of a file or folder.

    Args:
        name: The name.
        path: The whole path on the host, decoded, that it would have.
        forms: Whether it is a folder at the top of a library, where SharePoint has one called Forms.

    Raises:
        GraphError: It may not.
    """
    if (
        not name
        or len(name) > _LONGEST_NAME
        or _FORBIDDEN.search(name)
        or _RESERVED.fullmatch(name)
        or (forms and name.casefold() == "forms")
    ):
        raise bad_request("The provided name cannot contain the characters or form it has.", "invalidRequest")
    if len(path) > _LONGEST_PATH:
        raise GraphError(400, "invalidRequest", "The path is too long.", inner_code="pathIsTooLong")


def _is_text(mime_type: str) -> bool:
    return mime_type.startswith("text/") or mime_type in (
        "application/json",
        "application/yaml",
        "application/xml",
    )
