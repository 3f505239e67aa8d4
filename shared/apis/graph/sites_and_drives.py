"""Resolves libraries and files from the ids, addresses and paths people have for them."""

import base64
import binascii
import re
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import AliasPath, Field

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.graph_responses import NO_ONEDRIVE, SERVICE
from shared.apis.graph.resource_paths import ResourcePath
from shared.apis.graph.sharepoint_addresses import (
    Argument,
    WebAddress,
    is_share_token,
    parse_address,
    path_parts,
    share_token,
)
from shared.apis.graph.site_resolution import (
    DEEPEST,
    MOST_LIBRARIES,
    REFUSED,
    ById,
    holds,
    is_site_id,
    nothing_there,
    path_of,
    site_at,
)
from shared.apis.models import GraphModel
from shared.errors import ToolError

ONEDRIVE: Literal["onedrive"] = "onedrive"
"""What the caller's own OneDrive is called in place of a site."""

_FILE_ID = re.compile(r"(?P<drive>[^/:\s?#]+):(?P<item>[^/:\s?#]+)")


class Drive(GraphModel):
    """A document library or a OneDrive."""

    id: str
    web_url: str


class _SharedItem(GraphModel):
    id: str
    drive_id: str = Field(validation_alias=AliasPath("parentReference", "driveId"))


def file_id(drive_id: str, item_id: str) -> str:
    """Returns the id by which the tools know a file: its drive and, in it, its item."""
    return f"{drive_id}:{item_id}"


def validate_file_reference(given: str, argument: Argument = "file") -> str:
    """Returns what is given for a file or folder, if it can be looked for.

    Raises:
        ToolError: `invalid_argument`: it is no id, no address and no path.
    """
    if is_share_token(given):
        return given
    if is_address(given):
        parse_address(given, argument)
    elif not _FILE_ID.fullmatch(given):
        path_parts(given, argument)
    return given


def is_path(given: str) -> bool:
    """Tells whether a file is given by its path inside a library, and so the library is needed too."""
    return not _FILE_ID.fullmatch(given) and not is_address(given)


def is_address(given: str) -> bool:
    """Tells whether a file is given by its web address, or by a token of one."""
    started = given.strip().casefold().startswith(("https://", "http://", "ms-"))
    return (started and "://" in given) or is_share_token(given)


async def resolve_file(graph: Graph, given: str, library: str | None) -> ResourcePath:
    """Resolves a file or folder.

    Args:
        graph: As the caller.
        given: Its id, its web address, or its path in the library.
        library: The site whose library is meant by a path, or `onedrive`.

    Raises:
        ToolError: It is none of those, or there is no such library.
    """
    if found := _FILE_ID.fullmatch(given):
        return _item(found["drive"], found["item"])
    if is_share_token(given):
        return await _shared(graph, given)
    if is_address(given):
        return await _at_address(graph, parse_address(given, "file"))
    return in_drive(await resolve_drive_id(graph, library or ONEDRIVE), given)


def in_drive(drive_id: str, path: str) -> ResourcePath:
    """Addresses what is at a path in a drive.

    Raises:
        ToolError: `invalid_argument`: a part of it is empty, or a dot segment.
    """
    return _in_drive(drive_id, path_parts(path))


async def resolve_drive_id(graph: Graph, library: str) -> str:
    """Resolves the document library of a site, or the caller's own OneDrive, to its id.

    The address of a library, of a subsite or of a page in it means that one.
    """
    if library == ONEDRIVE:
        return (await _own_drive(graph)).id
    if is_site_id(library):
        return (await graph.get(Drive, "/sites/{}/drive", library)).id
    address = parse_address(library, "site")
    if address.group:
        return (await graph.get(Drive, "/groups/{}/drive", address.group)).id
    path = address.site_path
    if len(path) <= address.managed:
        return (await graph.get(Drive, *site_at(address.host, path).child("/drive"))).id
    try:
        return (await graph.get(Drive, *site_at(address.host, path).child("/drive"))).id
    except ToolError as error:
        if error.code not in REFUSED:
            raise
    drive, _ = await _library_of(graph, WebAddress(address.url, address.host, path))
    return drive.id


def _item(drive: str, item: str) -> ResourcePath:
    return ResourcePath("/drives/{}/items/{}", (drive, item))


def _in_drive(drive: str, parts: Sequence[str]) -> ResourcePath:
    if not parts:
        return _item(drive, "root")
    return ResourcePath("/drives/{}/root:/{}", (drive, list(parts)), ":")


async def _at_address(graph: Graph, address: WebAddress) -> ResourcePath:
    if address.item:
        return _item(*address.item)
    if address.share:
        return await _at_link(graph, address, address.share)
    if address.group:
        drive = await graph.get(Drive, "/groups/{}/drive", address.group)
        return _in_drive(drive.id, [])
    if address.unique_id:
        return await _by_unique_id(graph, address, address.unique_id)
    try:
        drive, rest = await _library_of(graph, address)
    except ToolError as error:
        if error.code not in REFUSED:
            raise
        # Libraries of pages and other hidden ones are in no list of drives, and a file that was shared may be
        # in a site that is closed.
        try:
            return await _shared(graph, share_token(address.url))
        except ToolError as second:
            raise (error if second.code in REFUSED else second) from error
    if address.list_item:
        return ResourcePath("/drives/{}/list/items/{}/driveItem", (drive.id, address.list_item))
    return _in_drive(drive.id, rest)


async def _shared(graph: Graph, token: str) -> ResourcePath:
    by_link = ResourcePath("", share=token)
    found = await graph.get(_SharedItem, *by_link.to_read.address, headers=by_link.headers)
    return replace(_item(found.drive_id, found.id), share=token)


async def _at_link(graph: Graph, address: WebAddress, token: str) -> ResourcePath:
    """Resolves a sharing link; a refusal tells if its host is another organization's."""
    try:
        return await _shared(graph, token)
    except ToolError as error:
        if error.code not in REFUSED or not address.host:
            raise
        try:
            await graph.get(ById, *site_at(address.host, ()).address, select="")
        except ToolError as other:
            if other.code == "invalid_argument":
                raise other from error
        raise


async def _by_unique_id(graph: Graph, address: WebAddress, unique_id: uuid.UUID) -> ResourcePath:
    """Resolves the file that a page of SharePoint shows, by its address or else by its id."""
    try:
        return await _shared(graph, share_token(address.url))
    except ToolError as error:
        if error.code not in REFUSED:
            raise
        refused = error
    async for drive in _drives_towards(graph, address):
        if found := await _item_with(graph, drive, unique_id):
            return _item(drive.id, found)
    raise refused


async def _item_with(graph: Graph, drive: Drive, unique_id: uuid.UUID) -> str | None:
    """Finds the item of a drive with this unique id, which item ids hold after four bytes of the drive."""
    root = await graph.get(ById, "/drives/{}/items/{}", drive.id, "root")
    try:
        prefix = base64.b32decode(root.id[2:])[:4]
    except (binascii.Error, ValueError):
        return None
    item = root.id[:2] + base64.b32encode(prefix + unique_id.bytes_le).decode()
    try:
        return (await graph.get(ById, "/drives/{}/items/{}", drive.id, item)).id
    except ToolError as error:
        if error.code not in REFUSED:
            raise
        return None


async def _library_of(graph: Graph, address: WebAddress) -> tuple[Drive, list[str]]:
    """Finds the library whose own address the path begins with, and the path inside it.

    Raises:
        ToolError: `not_found`: there is none.
    """
    async for drive in _drives_towards(graph, address):
        if holds(drive.web_url, address.path):
            return drive, list(address.path[len(path_of(drive.web_url)) :])
    raise nothing_there("file")


async def _drives_towards(graph: Graph, address: WebAddress) -> AsyncIterator[Drive]:
    """Yields the libraries of the sites on the path of an address, from the top down.

    Raises:
        ToolError: None of these sites can be read.
    """
    failure: ToolError | None = None
    if address.path and address.path[0].casefold() == "personal":
        try:
            yield await _own_drive(graph)
        except ToolError as error:
            if error.code not in REFUSED:
                raise
    first = address.managed
    for length in range(first, min(len(address.path), first + DEEPEST) + 1):
        site = site_at(address.host, address.path[:length])
        try:
            drives, _ = await graph.list_all(Drive, *site.child("/drives"), most=MOST_LIBRARIES)
        except ToolError as error:
            if error.code not in REFUSED:
                raise
            if length > first:
                break
            failure = error
            continue
        failure = None
        for drive in drives:
            yield drive
    if failure is not None:
        raise failure


async def _own_drive(graph: Graph) -> Drive:
    try:
        return await graph.get(Drive, "/me/drive")
    except ToolError as error:
        if error.code != "not_found":
            raise
        code, predicate, remedy = NO_ONEDRIVE
        raise ToolError(code, f"{SERVICE} {predicate}.", remedy, details=error.details) from error
