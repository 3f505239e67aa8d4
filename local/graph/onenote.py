"""Serves notebooks, sections and pages of OneNote, each user's own."""

from __future__ import annotations

import json

from starlette.responses import Response

from local.graph.denials import ONENOTE
from local.graph.errors import GraphError
from local.graph.filters import filtered
from local.graph.note_html import page_html, parsed_content, parsed_page
from local.graph.notebooks import MOST_SECTIONS, Notebooks
from local.graph.odata import EntityType, Resource, ordered, ordering
from local.graph.operations import Area, Call

area = Area(ONENOTE)

MOST_PAGES = 100
_LONGEST_REQUEST = 4 * 1024 * 1024
_OF_ALL = ("id", "self", "createdDateTime", "lastModifiedDateTime")
_OF_HIERARCHY = (*_OF_ALL, "displayName", "createdBy", "lastModifiedBy")
_NOTEBOOK = EntityType(
    "microsoft.graph.notebook",
    (*_OF_HIERARCHY, "isDefault", "isShared", "userRole", "sectionsUrl", "sectionGroupsUrl", "links"),
    page=100,
)
_GROUP = EntityType(
    "microsoft.graph.sectionGroup", (*_OF_HIERARCHY, "sectionsUrl", "sectionGroupsUrl"), page=100
)
_SECTION = EntityType(
    "microsoft.graph.onenoteSection",
    (*_OF_HIERARCHY, "isDefault", "pagesUrl", "links", "parentNotebook", "parentSectionGroup"),
    page=100,
)
_PAGE = EntityType(
    "microsoft.graph.onenotePage",
    (*_OF_ALL, "title", "createdByAppId", "contentUrl", "links", "level", "order", "userTags",
     "parentSection", "parentNotebook"),
    page=20,
)  # fmt: skip
_ACTIONS = ("append", "prepend", "insert", "replace", "delete")


def _mine(call: Call) -> Notebooks:
    return call.tenant.notebooks[call.user.object_id]


def _pages(call: Call, pages: list[Resource]) -> Response:
    top = call.query.integer("top")
    if top is not None and not 0 < top <= MOST_PAGES:
        raise GraphError(400, "20129", f"The top query parameter must be from 1 to {MOST_PAGES}.")
    mine = _mine(call)
    found = filtered(mine.listed(pages), call.query.option("filter"))
    found = ordered(found, ordering(call.query.option("orderby")))
    expand = call.query.expand or {"parentSection": None}
    return call.many(found, call.mine("onenote/pages"), _PAGE, shape=lambda page: mine.shown(page, expand))


@area.operation("GET", "/me/onenote/notebooks", permissions=("Notes.Create",))
async def list_notebooks(call: Call) -> Response:
    """Returns the notebooks of the signed-in user."""
    mine = _mine(call)
    return call.many(list(mine.notebooks.values()), call.mine("onenote/notebooks"), _NOTEBOOK)


@area.operation("GET", "/me/onenote/notebooks/{notebook}/sections", permissions=("Notes.Create",))
async def list_sections_of_notebook(call: Call) -> Response:
    """Returns the sections of one notebook that are in no group."""
    mine = _mine(call)
    found = [
        each
        for each in mine.sections.values()
        if each["_notebook"] == call.arguments["notebook"] and not each["_group"]
    ]
    return _sections(call, found)


@area.operation("GET", "/me/onenote/notebooks/{notebook}/sectionGroups", permissions=("Notes.Create",))
async def list_groups(call: Call) -> Response:
    """Returns the groups of sections of one notebook."""
    mine = _mine(call)
    found = [each for each in mine.groups.values() if each["_notebook"] == call.arguments["notebook"]]
    context = call.mine("onenote/sectionGroups")
    return call.many(found, context, _GROUP, shape=lambda each: mine.shown(each, {}))


@area.operation("GET", "/me/onenote/sections", permissions=("Notes.Create",))
async def list_sections(call: Call) -> Response:
    """Returns all sections of the signed-in user, also those in groups."""
    return _sections(call, list(_mine(call).sections.values()))


def _sections(call: Call, sections: list[Resource]) -> Response:
    mine, expand = _mine(call), call.query.expand
    found = filtered(sections, call.query.option("filter"))
    return call.many(
        found, call.mine("onenote/sections"), _SECTION, shape=lambda each: mine.shown(each, expand)
    )


@area.operation("GET", "/me/onenote/sections/{section}/pages", permissions=("Notes.Read",))
async def list_pages_of_section(call: Call) -> Response:
    """Returns the pages of one section."""
    mine = _mine(call)
    section = mine.section(call.arguments["section"])
    return _pages(call, [each for each in mine.pages.values() if each["_section"] == section["id"]])


@area.operation("GET", "/me/onenote/pages", permissions=("Notes.Read",))
async def list_pages(call: Call) -> Response:
    """Returns all pages, unless they are in too many sections."""
    mine = _mine(call)
    if len(mine.sections) > MOST_SECTIONS:
        raise GraphError(
            400,
            "20266",
            "The number of maximum sections is exceeded for this request. To get pages for accounts with a "
            "high number of sections, we recommend getting pages for one section at a time.",
        )
    return _pages(call, [each for each in mine.pages.values() if each["_section"] not in mine.protected])


@area.operation("POST", "/me/onenote/sections/{section}/pages", permissions=("Notes.Create",))
async def create_page(call: Call) -> Response:
    """Returns the new page, which lists do not have at once."""
    if not call.token.scopes & {"Notes.Create", "Notes.ReadWrite", "Notes.ReadWrite.All"}:
        raise ONENOTE.error()
    kind = (call.header("content-type") or "").partition(";")[0].strip()
    if kind not in ("text/html", "application/xhtml+xml"):
        raise GraphError(415, "20114", f"The content type '{kind}' is not supported.")
    content = await call.request.body()
    if len(content) > _LONGEST_REQUEST:
        raise GraphError(413, "20136", "The request is too large.")
    title, blocks = parsed_page(content)
    mine = _mine(call)
    page = mine.add_page(call.arguments["section"], title or "Untitled Page", blocks)
    mine.fresh.add(page["id"])
    return call.one(mine.shown(page, {}), call.mine("onenote/pages/$entity"), _PAGE, 201)


@area.operation("GET", "/me/onenote/pages/{page}", permissions=("Notes.Read",))
async def get_page(call: Call) -> Response:
    """Returns what is known of one page besides its content."""
    mine = _mine(call)
    page = mine.shown(mine.page(call.arguments["page"]), call.query.expand or {"parentSection": None})
    return call.one(page, call.mine("onenote/pages/$entity"), _PAGE)


@area.operation("DELETE", "/me/onenote/pages/{page}", permissions=("Notes.ReadWrite",))
async def delete_page(call: Call) -> Response:
    """Deletes the page."""
    mine = _mine(call)
    del mine.pages[mine.page(call.arguments["page"])["id"]]
    return Response(status_code=204)


@area.operation("GET", "/me/onenote/pages/{page}/content", permissions=("Notes.Read",))
async def get_content(call: Call) -> Response:
    """Returns the HTML of one page."""
    mine = _mine(call)
    page = mine.page(call.arguments["page"])
    with_ids = call.query.parameters.get("includeIDs", "").casefold() == "true"
    body = page_html(page["title"], page["createdDateTime"], mine.bodies[page["id"]], with_ids=with_ids)
    return Response(body, media_type="text/html")


@area.operation("PATCH", "/me/onenote/pages/{page}/content", permissions=("Notes.ReadWrite",))
async def change_content(call: Call) -> Response:
    """Carries out commands in their order; there is no version, and nothing is returned."""
    if "json" not in (call.header("content-type") or ""):
        raise GraphError(415, "20114", "The content type is not supported.")
    mine = _mine(call)
    page = mine.page(call.arguments["page"])
    try:
        commands = json.loads(await call.request.body())
    except ValueError as error:
        raise GraphError(400, "20112", "The commands are not JSON.") from error
    if not isinstance(commands, list) or not commands or not all(isinstance(each, dict) for each in commands):
        raise GraphError(400, "20112", "The commands must be an array.")
    blocks, title = list(mine.bodies[page["id"]]), page["title"]
    for command in commands:
        action = str(command.get("action")).casefold()
        content = str(command.get("content") or "")
        match str(command.get("target")), action:
            case "body", "append":
                blocks += parsed_content(content)
            case "body", "prepend":
                blocks = parsed_content(content) + blocks
            case "title", "replace":
                title = content
            case _, known if known in _ACTIONS:
                raise GraphError(400, "20137", "The target of the command does not take this change.")
            case _:
                raise GraphError(400, "20112", f"The action '{action}' is not one there is.")
    mine.bodies[page["id"]], page["title"] = blocks, title
    mine.touch(page)
    return Response(status_code=204)
