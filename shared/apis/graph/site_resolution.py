"""Resolves sites from the ids and addresses people have for them."""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.resource_paths import ResourcePath
from shared.apis.graph.sharepoint_addresses import Argument, parse_address, unknown_reference
from shared.apis.models import GraphModel
from shared.errors import ToolError

MOST_LIBRARIES = 200
DEEPEST = 6
"""How many levels of subsites are looked through."""
REFUSED = frozenset({"forbidden", "invalid_argument", "not_found"})
"""The codes of what is not there, or not for the caller."""

_SITE_ID = re.compile(r"[^,/\s:]+,[0-9a-fA-F-]{36},[0-9a-fA-F-]{36}")


class ById(GraphModel):
    """Whatever has an id."""

    id: str


class _Titled(GraphModel):
    id: str
    web_url: str = ""


def validate_site_reference(given: str) -> str:
    """Returns what is given for a site, if it can be looked for.

    Raises:
        ToolError: `invalid_argument`: it is neither an id nor an address of a site.
    """
    if not is_site_id(given):
        address = parse_address(given, "site")
        if address.share or address.item:
            raise unknown_reference("site")
    return given


async def resolve_site(graph: Graph, given: str) -> ResourcePath:
    """Resolves an id or address to the site that it names, and to none above it.

    An address may go on inside the site: to a page, a list, a library or a folder of it.

    Raises:
        ToolError: It is neither an id nor an address, or there is nothing at that address.
    """
    if is_site_id(given):
        return ResourcePath("/sites/{}", (given,))
    address = parse_address(given, "site")
    if address.group:
        return ResourcePath(
            "/sites/{}", ((await graph.get(ById, "/groups/{}/sites/root", address.group, select="")).id,)
        )
    longest = address.site_path
    for length in range(min(len(longest), address.managed + DEEPEST), address.managed, -1):
        site = site_at(address.host, longest[:length])
        try:
            await graph.get(ById, *site.address, select="")
        except ToolError as error:
            if error.code not in REFUSED:
                raise
            continue
        await _check_inside(graph, site, longest, length)
        return site
    site = site_at(address.host, longest[: address.managed])
    await _check_inside(graph, site, longest, address.managed)
    return site


def is_site_id(given: str) -> bool:
    """Tells whether a site is given by its id, or as the root."""
    return given == "root" or _SITE_ID.fullmatch(given) is not None


def site_at(host: str, path: Sequence[str]) -> ResourcePath:
    """Addresses a site by its host and path."""
    if not path:
        return ResourcePath("/sites/{}", (host,))
    return ResourcePath("/sites/{}:/{}", (host, list(path)), ":")


async def _check_inside(graph: Graph, site: ResourcePath, path: Sequence[str], length: int) -> None:
    """Refuses an address that goes on in a site to where it has no list and no library.

    Raises:
        ToolError: `not_found`: a subsite was meant that is not there, not the site above it.
    """
    if length == len(path):
        return
    lists, _ = await graph.list_all(_Titled, *site.child("/lists"), most=MOST_LIBRARIES)
    if not any(holds(each.web_url, path) for each in lists):
        raise nothing_there("site")


def holds(web_url: str, path: Sequence[str]) -> bool:
    """Tells whether a path begins with that of a library's or list's own address, in any case of letters."""
    own = path_of(web_url)
    return bool(own) and [part.casefold() for part in path[: len(own)]] == [part.casefold() for part in own]


def path_of(web_url: str) -> list[str]:
    """Returns the decoded parts of the path of an address."""
    return [unquote(part) for part in urlsplit(web_url).path.split("/") if part]


def nothing_there(argument: Argument) -> ToolError:
    """Returns the error of an address at which nothing is, for the caller at least."""
    if argument == "site":
        return ToolError(
            "not_found",
            "There is no site at that address, or you have no access to it.",
            "Find it with sharepoint_search_sites, and give its id.",
        )
    return ToolError(
        "not_found",
        "There is no document library at that address, or you have no access to it.",
        "Give the path of the file together with the site, or find it with sharepoint_search_files.",
    )
