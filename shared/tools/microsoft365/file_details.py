"""Tells the versions of a file, and who has access to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, Field

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.graph_times import NEVER
from shared.apis.models import GraphModel
from shared.concurrency import run_all
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, clean_line
from shared.tools.microsoft365.file_params import File

_MOST = 100
_SCOPES = {
    "anonymous": "anyone who has the link, without a sign-in",
    "organization": "everyone in the organization who has the link",
    "users": "the people it was made for",
    "existingAccess": "people who have access already",
}


class FileVersion(GraphModel):
    """A version of a file, the present one included."""

    id: str
    modified: datetime | None = Field(None, validation_alias="lastModifiedDateTime")
    modified_by: Line | None = Field(
        None, validation_alias=AliasPath("lastModifiedBy", "user", "displayName")
    )
    size: int | None = None


class Access(BaseModel):
    """Who may do what with a file."""

    who: str = Field(description="A person or group by name, or whom a link is for.")
    address: str | None
    roles: list[str] = Field(description="Such as read, write or owner.")
    inherited: bool = Field(description="Whether it comes from a folder or the library, not from the file.")
    expires: datetime | None


class FileDetails(File):
    """A file or folder, with what was asked to be included."""

    versions: list[FileVersion] | None = Field(None, description="Newest first, 100 at most.")
    access: list[Access] | None = Field(
        None, description="100 at most. Who is no owner of the file may see only what concerns them."
    )
    gaps: list[Gap] = Field([], description="What is missing, and why.")


def _time_if_any(value: object) -> object:
    # What does not expire does so at the first moment there is, in the documentation's examples too.
    return None if not value or str(value).startswith(NEVER) else value


class _Permission(GraphModel):
    roles: list[str] = []
    link: dict[str, Any] | None = None
    granted_to: dict[str, Any] | None = Field(None, validation_alias=AliasChoices("grantedToV2", "grantedTo"))
    granted_to_several: list[dict[str, Any]] | None = Field(
        None, validation_alias=AliasChoices("grantedToIdentitiesV2", "grantedToIdentities")
    )
    invitation: dict[str, Any] | None = None
    inherited_from: dict[str, Any] | None = None
    expires: Annotated[datetime | None, BeforeValidator(_time_if_any)] = Field(
        None, validation_alias="expirationDateTime"
    )


async def with_details(graph: Graph, found: File, included: Sequence[str]) -> FileDetails:
    """Returns a file with its versions and who has access, as far as these are included and can be read."""
    readers = {"versions": read_versions, "access": _read_access}
    # A folder has no versions.
    wanted = [each for each in dict.fromkeys(included) if each == "access" or not found.is_folder]
    read = await run_all(capture_gap(name, readers[name](graph, found)) for name in wanted)
    parts = {name: part for name, part in zip(wanted, read, strict=True) if not isinstance(part, Gap)}
    held = {name: getattr(found, name) for name in File.model_fields}
    whole = FileDetails.model_construct(**held)
    # Updated with these too, as the name of a field may be what Graph calls another one.
    return whole.model_copy(
        update={**held, **parts, "gaps": [each for each in read if isinstance(each, Gap)]}
    )


async def read_versions(graph: Graph, found: File) -> list[FileVersion]:
    """Returns the versions of a file, newest first."""
    path = ("/drives/{}/items/{}/versions", found.drive_id, found.item_id)
    versions, _ = await graph.list_all(FileVersion, *path, most=_MOST)
    return versions


async def _read_access(graph: Graph, found: File) -> list[Access]:
    path = ("/drives/{}/items/{}/permissions", found.drive_id, found.item_id)
    permissions, _ = await graph.list_all(_Permission, *path, most=_MOST)
    return [_access(each) for each in permissions]


def granted(document: Mapping[str, Any]) -> Access:
    """Returns what a permission gives, as Graph describes one."""
    return _access(_Permission.model_validate(document))


def _access(permission: _Permission) -> Access:
    who, address = _who(permission)
    return Access(
        who=who,
        address=address,
        roles=permission.roles,
        inherited=permission.inherited_from is not None,
        expires=permission.expires,
    )


def _who(permission: _Permission) -> tuple[str, str | None]:
    """Returns whom a permission is for, and their address where it is told."""
    named = [
        identity
        for each in [permission.granted_to, *(permission.granted_to_several or [])]
        for identity in (each or {}).values()
        if isinstance(identity, dict)
    ]
    names = dict.fromkeys(clean_line(str(each["displayName"])) for each in named if each.get("displayName"))
    address = next((str(each["email"]) for each in named if each.get("email")), None)
    invited = (permission.invitation or {}).get("email")
    people = ", ".join(names) or (clean_line(str(invited)) if invited else "")
    if permission.link is None:
        return people or "unknown", address or (str(invited) if invited else None)
    scope = str(permission.link.get("scope") or "")
    whom = _SCOPES.get(scope, f"whoever has the link ({clean_line(scope) or 'scope unknown'})")
    return f"{whom}: {people}" if people else whom, None
