"""Serves sites, and the lists inside them."""

from __future__ import annotations

import re

from starlette.responses import Response

from local.graph.denials import SHAREPOINT
from local.graph.errors import bad_request
from local.graph.filters import filtered
from local.graph.kql import contains
from local.graph.mailbox import utc
from local.graph.odata import EntityType, Resource, ordered, ordering
from local.graph.operations import Area, Call
from local.graph.sharepoint import BUILT_IN, HOSTNAME, SharePointList, Site

area = Area(SHAREPOINT)

_QUOTED = re.compile(r'"[^"]*"')
_NO_WORD = re.compile(r"[^A-Za-z\s]")

SITE_PATHS = ("/sites/{host}:/{path*}", "/sites/{site}")
SITE = EntityType(
    "microsoft.graph.site",
    (
        "id", "createdDateTime", "description", "displayName", "eTag", "isPersonalSite",
        "lastModifiedDateTime", "name", "parentReference", "root", "sharepointIds", "siteCollection",
        "webUrl", "error",
    ),
    page=200,
    always=frozenset(),
)  # fmt: skip
LIST = EntityType(
    "microsoft.graph.list",
    (
        "id", "createdBy", "createdDateTime", "description", "displayName", "eTag", "lastModifiedBy",
        "lastModifiedDateTime", "list", "name", "parentReference", "sharepointIds", "system", "webUrl",
        "columns", "items", "drive",
    ),
    page=200,
    always=frozenset(),
)  # fmt: skip
_COLUMN = EntityType(
    "microsoft.graph.columnDefinition",
    (
        "id", "name", "displayName", "description", "columnGroup", "enforceUniqueValues", "hidden", "indexed",
        "readOnly", "required", "text", "choice", "number", "boolean", "dateTime", "personOrGroup",
        "defaultValue", "type", "lookup", "calculated", "currency", "hyperlinkOrPicture", "term",
    ),
    page=200,
    always=frozenset(),
)  # fmt: skip


def inside_site(*suffixes: str) -> tuple[str, ...]:
    """Returns the templates of what follows a site, addressed by id or by path."""
    by_path, by_id = SITE_PATHS
    return tuple(template for suffix in suffixes for template in (f"{by_path}:{suffix}", f"{by_id}{suffix}"))


def the_site(call: Call) -> Site:
    """Returns the site the path names.

    Raises:
        GraphError: There is none, or the user may not enter.
    """
    if "host" in call.arguments:
        return call.tenant.sharepoint.site_at(call.arguments["host"], call.arguments["path"], call.user)
    return call.tenant.sharepoint.site(call.arguments["site"], call.user)


def site_shown(site: Site) -> Resource:
    """Returns a site as Graph shows it."""
    return {
        "id": site.id,
        "createdDateTime": utc(site.created),
        "lastModifiedDateTime": utc(site.created),
        "name": site.name,
        "displayName": site.title,
        "description": site.description,
        "webUrl": site.web_url,
        "root": {},
        "siteCollection": {"hostname": HOSTNAME},
    }


@area.operation("GET", "/sites", permissions=("Sites.Read.All",))
async def search_sites(call: Call) -> Response:
    """Returns the sites found by words of their name or description; `*` finds all.

    The parameter is `search`; `$search` is OData's, and finds nothing here.
    """
    if "$search" in call.query.parameters:
        return _odata_search(call, call.query.parameters["$search"])
    words = call.query.parameters.get("search")
    if call.query.option("filter"):
        raise bad_request("Filtering sites is not supported.", "invalidRequest")
    if not words:
        raise bad_request("Searching sites needs the search parameter.", "invalidRequest")
    wanted = words.strip('"').rstrip("*")
    sites = [
        site_shown(site)
        for site in call.tenant.sharepoint.visible(call.user)
        if not wanted or any(contains(text, wanted) for text in (site.name, site.title, site.description))
    ]
    return call.many(sites, call.context("sites"), SITE)


def _odata_search(call: Call, given: str) -> Response:
    wrong = None if _QUOTED.fullmatch(given) else _NO_WORD.search(given)
    if wrong:
        raise bad_request(
            f"Syntax error: character '{wrong[0]}' is not valid at position {wrong.start()} in '{given}'."
        )
    return call.many([], call.context("sites"), SITE)


@area.operation("GET", "/me/followedSites", permissions=("Sites.Read.All",))
async def list_followed_sites(call: Call) -> Response:
    """Returns the sites the signed-in user follows."""
    sites = call.tenant.sharepoint.visible(call.user)
    followed = [site_shown(site) for site in sites if call.user.alias in site.followers]
    return call.many(followed, call.context("sites"), SITE)


@area.operation(
    "GET",
    "/sites/{host}:/{path*}",
    "/sites/{host}:/{path*}:",
    "/sites/{site}",
    permissions=("Sites.Read.All",),
)
async def get_site(call: Call) -> Response:
    """Returns one site, by id or by path."""
    return call.one(site_shown(the_site(call)), call.context("sites/$entity"), SITE)


def list_shown(site: Site, each: SharePointList) -> Resource:
    """Returns a list as Graph shows it."""
    last = max((item["lastModifiedDateTime"] for item in each.items.values()), default=utc(each.created))
    return {
        "@odata.etag": f'"{each.id},1"',
        "id": each.id,
        "createdDateTime": utc(each.created),
        "lastModifiedDateTime": last,
        "name": each.web_url.rpartition("/")[2],
        "displayName": each.title,
        "description": each.description,
        "eTag": f'"{each.id},1"',
        "webUrl": each.web_url,
        "parentReference": {"siteId": site.id},
        "list": {"contentTypesEnabled": False, "hidden": each.hidden, "template": each.template},
    }


@area.operation("GET", *inside_site("/lists"), permissions=("Sites.Read.All",))
async def list_lists(call: Call) -> Response:
    """Returns the lists of a site; hidden ones only when `system` is selected."""
    site = the_site(call)
    system = "system" in (call.query.select or [])
    lists = [list_shown(site, each) for each in site.lists.values() if system or not each.hidden]
    chosen = ordered(filtered(lists, call.query.option("filter")), ordering(call.query.option("orderby")))
    return call.many(chosen, call.context(f"sites('{site.id}')/lists"), LIST)


@area.operation("GET", *inside_site("/lists/{list}"), permissions=("Sites.Read.All",))
async def get_list(call: Call) -> Response:
    """Returns one list, by id or title."""
    site = the_site(call)
    shown = list_shown(site, site.list_named(call.arguments["list"]))
    if "columns" in call.query.expand:
        shown["columns"] = _columns(site.list_named(call.arguments["list"]))
    return call.one(shown, call.context(f"sites('{site.id}')/lists/$entity"), LIST)


def _columns(owner: SharePointList) -> list[Resource]:
    return [column.described(owner.id) for column in (*owner.columns.values(), *BUILT_IN)]


@area.operation("GET", *inside_site("/lists/{list}/columns"), permissions=("Sites.Read.All",))
async def list_columns(call: Call) -> Response:
    """Returns the columns of a list, with the internal names `fields` uses."""
    site = the_site(call)
    owner = site.list_named(call.arguments["list"])
    context = call.context(f"sites('{site.id}')/lists('{owner.id}')/columns")
    return call.many(filtered(_columns(owner), call.query.option("filter")), context, _COLUMN)
