"""How sites and files are addressed in Graph, from the ids, addresses and paths people have for them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from shared.apis.graph.graph_client import Graph
from shared.apis.models import GraphModel
from shared.apis.requests import Segment
from shared.errors import ToolError

type Address = tuple[str, *tuple[Segment, ...]]
type Argument = Literal["site", "file", "folder"]

ONEDRIVE: Literal["onedrive"] = "onedrive"
"""What the caller's own OneDrive is called in place of a site."""

_LIBRARIES = 200
_SITE_ID = re.compile(r"[^,/\s:]+,[0-9a-fA-F-]{36},[0-9a-fA-F-]{36}")
_FILE_ID = re.compile(r"(?P<drive>[^/:\s?#]+):(?P<item>[^/:\s?#]+)")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
# What SharePoint puts before the path of an address copied from its pages: /:x:/r/sites/...
_COPIED = re.compile(r":[a-z]:", re.IGNORECASE)
_MANAGED_PATHS = ("sites", "teams", "personal")


@dataclass(frozen=True, slots=True)
class ResourcePath:
    """A resource by id or by path; what is inside it is addressed from it."""

    path: str
    segments: tuple[Segment, ...] = ()
    closing: str = ""

    @property
    def address(self) -> Address:
        """The path of the resource itself and what fills it."""
        return _address(self.path, *self.segments)

    def child(self, suffix: str, *segments: Segment) -> Address:
        """The path of something inside, such as `/lists/{}`, and what fills it."""
        return _address(f"{self.path}{self.closing}{suffix}", *self.segments, *segments)


class Drive(GraphModel):
    """A document library or a OneDrive."""

    id: str
    web_url: str


def site_path(given: str) -> ResourcePath:
    """The site of an id, or of an address such as `https://contoso.sharepoint.com/sites/finance`.

    The address may go on inside the site, and may lack the scheme.

    Raises:
        ToolError: `invalid_argument`: it is neither.
    """
    if given == "root" or _SITE_ID.fullmatch(given):
        return ResourcePath("/sites/{}", (given,))
    host, parts = _split(given, "site")
    if parts[:1] and parts[0].casefold() in _MANAGED_PATHS and len(parts) > 1:
        return ResourcePath("/sites/{}:/{}", (host, parts[:2]), ":")
    return ResourcePath("/sites/{}", (host,))


def file_id(drive_id: str, item_id: str) -> str:
    """The id by which the tools know a file: its drive and, in it, its item."""
    return f"{drive_id}:{item_id}"


def validate_file_reference(given: str, argument: Argument = "file") -> str:
    """What is given for a file or folder, if it can be looked for.

    Raises:
        ToolError: `invalid_argument`: it is no id, no address and no path.
    """
    if is_address(given):
        _library_path(given, argument)
    elif not _FILE_ID.fullmatch(given):
        _path_parts(given, argument)
    return given


def is_path(given: str) -> bool:
    """Whether a file is given by its path inside a library, and so the library is needed too."""
    return not _FILE_ID.fullmatch(given) and not is_address(given)


def is_address(given: str) -> bool:
    """Whether a file is given by its web address."""
    return given.casefold().startswith(("https://", "http://"))


async def resolve_file(graph: Graph, given: str, library: str | None) -> ResourcePath:
    """Where a file or folder is.

    Args:
        graph: As the caller.
        given: Its id, its web address, or its path in the library.
        library: The site whose library is meant by a path, or `onedrive`.

    Raises:
        ToolError: It is none of those, or there is no such library.
    """
    if found := _FILE_ID.fullmatch(given):
        return ResourcePath("/drives/{}/items/{}", (found["drive"], found["item"]))
    if is_address(given):
        return await _at_address(graph, given)
    return _in_drive(await resolve_drive_id(graph, library or ONEDRIVE), _path_parts(given))


async def resolve_drive_id(graph: Graph, library: str) -> str:
    """The id of the document library of a site, or of the caller's own OneDrive."""
    address = ("/me/drive",) if library == ONEDRIVE else site_path(library).child("/drive")
    return (await graph.get(Drive, *address)).id


def _address(path: str, *segments: Segment) -> Address:
    return (path, *segments)


async def _at_address(graph: Graph, address: str) -> ResourcePath:
    """The file at a web address: in that library of its site whose own address it begins with."""
    parts = _library_path(address)
    if parts[0].casefold() == "personal":
        drives = [await graph.get(Drive, "/me/drive")]
    else:
        drives, _ = await graph.list_all(Drive, *site_path(address).child("/drives"), most=_LIBRARIES)
    for drive in drives:
        library = [part.casefold() for part in _split(drive.web_url, "file")[1]]
        if [part.casefold() for part in parts[: len(library)]] == library:
            rest = parts[len(library) :]
            return _in_drive(drive.id, [] if rest[:1] == ["Forms"] else rest)
    raise ToolError(
        "not_found",
        "There is no document library at that address, or not for you.",
        "Give the path of the file together with the site, or find it with sharepoint_search_files.",
    )


def _in_drive(drive: str, parts: Sequence[str]) -> ResourcePath:
    if not parts:
        return ResourcePath("/drives/{}/items/{}", (drive, "root"))
    return ResourcePath("/drives/{}/root:/{}", (drive, parts), ":")


def _library_path(address: str, argument: Argument = "file") -> list[str]:
    """The path of a file's address from its host on.

    Raises:
        ToolError: `invalid_argument`: it is an address that does not tell the path.
    """
    _, parts = _split(address, argument)
    # The page that shows a library names the folder in its query.
    shown = parse_qs(urlsplit(address).query).get("id", [""])[0]
    if shown.startswith("/"):
        return _path_parts(shown, argument)
    if "_layouts" in parts or not parts or parts[0].casefold() in ("s", "g"):
        raise ToolError(
            "invalid_argument",
            f"{argument}: is an address that does not tell where it is, such as a sharing link.",
            "Find the file by its name with sharepoint_search_files, and give its id.",
        )
    return parts


def _split(address: str, argument: Argument) -> tuple[str, list[str]]:
    """The host of an address and the parts of its path, decoded, without what SharePoint puts before them."""
    whole = address if "://" in address else f"https://{address}"
    try:
        split = urlsplit(whole.replace(":/sites/", "/sites/").replace(":/teams/", "/teams/"))
        host, extra = split.hostname or "", split.port or split.username
    except ValueError:
        host, extra = "", None
    if not _HOST.fullmatch(host) or extra is not None or split.scheme.casefold() not in ("https", "http"):
        raise _unknown(argument)
    parts = [unquote(part) for part in split.path.split("/") if part]
    if parts and _COPIED.fullmatch(parts[0]):
        parts = parts[2:] if parts[1:2] == ["r"] else parts[1:]
    return host, _checked(parts, argument)


def _path_parts(path: str, argument: Argument = "file") -> list[str]:
    return _checked(path.strip("/").split("/"), argument) if path.strip("/") else []


def _checked(parts: list[str], argument: Argument) -> list[str]:
    if any(part in ("", ".", "..") for part in parts):
        raise _unknown(argument)
    return parts


def _unknown(argument: Argument) -> ToolError:
    if argument == "site":
        return ToolError(
            "invalid_argument",
            "site: is neither the id nor the address of a site.",
            "Give an id from sharepoint_list_sites or sharepoint_search_sites, or an address such as "
            "https://contoso.sharepoint.com/sites/finance.",
        )
    return ToolError(
        "invalid_argument",
        f"{argument}: is no id, no web address and no path of a file or folder.",
        "Give an id that another tool returned, an address such as "
        "https://contoso.sharepoint.com/sites/finance/Shared Documents/plan.docx, or a path in the library "
        "such as /Reports/plan.docx.",
    )
