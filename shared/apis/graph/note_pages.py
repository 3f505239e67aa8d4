"""Finds notebooks, sections and pages of OneNote, and writes a new page."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import AliasPath, Field

from shared.apis.literals import odata_string
from shared.apis.models import GraphModel
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.results.partial_results import Gap, capture_gap
from shared.text.content import Line, clean_line
from shared.text.markdown_dialects import NOTES
from shared.text.markdown_to_html import markdown_to_html
from shared.text.names import Name

if TYPE_CHECKING:
    from shared.apis.graph.graph_client import Graph

MOST_SECTIONS = 500
MOST_SEARCHED = 20
"""Sections whose pages are read one by one, where the service cannot read those of all."""
_AT_ONCE = 4
"""Of 5 concurrent requests that the service takes from an app for a user."""
_TOO_MANY_SECTIONS = "20266"
_TOO_MANY_ITEMS = ("10008", "10013")
_ID = re.compile(r"[0-9]-[0-9A-Za-z!-]{8,}", re.ASCII)
SELECT = "id,title,lastModifiedDateTime,links"
"""Properties of a page; what is expanded is not selected too."""
PARENTS = "parentSection,parentNotebook"
_HEADING = re.compile(r"#{1,6} +(.*?)[ #]*")
_NEVER = datetime.min.replace(tzinfo=UTC)


class Notebook(GraphModel):
    """A notebook."""

    id: str = ""
    name: Name = Field("", validation_alias="displayName")
    modified: datetime | None = Field(None, validation_alias="lastModifiedDateTime")
    links: dict[str, Any] | None = None


class Section(GraphModel):
    """A section, with the notebook and the group it is in."""

    id: str = ""
    name: Name = Field("", validation_alias="displayName")
    modified: datetime | None = Field(None, validation_alias="lastModifiedDateTime")
    links: dict[str, Any] | None = None
    notebook: Name | None = Field(None, validation_alias=AliasPath("parentNotebook", "displayName"))
    notebook_id: str | None = Field(None, validation_alias=AliasPath("parentNotebook", "id"))
    group: Name | None = Field(None, validation_alias=AliasPath("parentSectionGroup", "displayName"))


class NotePage(GraphModel):
    """A page without its content."""

    id: str = ""
    title: Line | None = None
    modified: datetime | None = Field(None, validation_alias="lastModifiedDateTime")
    links: dict[str, Any] | None = None
    section: Name | None = Field(None, validation_alias=AliasPath("parentSection", "displayName"))
    notebook: Name | None = Field(None, validation_alias=AliasPath("parentNotebook", "displayName"))


@dataclass(frozen=True)
class FoundPages:
    """Holds pages found section by section, the last changed first, and what could not be read."""

    pages: list[NotePage]
    gaps: list[Gap]


def web_url(links: dict[str, Any] | None) -> str | None:
    """Returns where a page or section opens in the browser."""
    link = (links or {}).get("oneNoteWebUrl")
    address = link.get("href") if isinstance(link, dict) else None
    return address if isinstance(address, str) else None


def titled(words: str | None) -> str:
    """Returns the condition for pages whose title holds each of the words, whatever their case."""
    return " and ".join(
        f"contains(tolower(title),{odata_string(word)})" for word in (words or "").lower().split()
    )


async def list_sections(graph: Graph) -> tuple[list[Section], bool]:
    """Returns all sections of the user, those of groups too, and whether these are all."""
    return await graph.list_all(
        Section,
        "/me/onenote/sections",
        most=MOST_SECTIONS,
        select="id,displayName,lastModifiedDateTime,links",
        expand="parentNotebook,parentSectionGroup",
    )


async def section_named(graph: Graph, given: str) -> Section:
    """Finds a section by its id or its name.

    Raises:
        ToolError: `invalid_argument`: there is none, or several have this name.
    """
    try:
        sections, _ = await list_sections(graph)
    except ToolError as error:
        # One section can be opened where there are too many for a list.
        if error.details.get("graph_error") not in _TOO_MANY_ITEMS or not _ID.fullmatch(given):
            raise
        return Section(id=given)
    named = [each for each in sections if each.id == given] or [
        each for each in sections if each.name.casefold() == given.casefold()
    ]
    if len(named) == 1:
        return named[0]
    if named:
        told = ", ".join(f"{each.id} in {each.notebook or 'a notebook without a name'}" for each in named)
        raise ToolError(
            "invalid_argument", "section: several have this name.", f"Give one by its id: {told}."
        )
    told = ", ".join(each.name for each in sections[:50]) or "none"
    raise ToolError("invalid_argument", "section: you have none of this name.", f"Your sections are: {told}.")


async def page(graph: Graph, page_id: str) -> NotePage:
    """Returns what is known of a page besides its content."""
    return await graph.get(NotePage, "/me/onenote/pages/{}", page_id, select=SELECT, expand=PARENTS)


def has_too_many_sections(error: ToolError) -> bool:
    """Tells whether a request was refused as it would go over the pages of too many sections."""
    return error.details.get("graph_error") == _TOO_MANY_SECTIONS


async def search_sections(
    graph: Graph, sections: Sequence[Section], words: str | None, *, limit: int
) -> FoundPages:
    """Returns pages of sections that are asked one by one, the last changed ones alone."""
    newest = sorted(sections, key=lambda each: each.modified or _NEVER, reverse=True)[:MOST_SEARCHED]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def pages_of(section: Section) -> list[NotePage]:
        async with gate:
            found = await graph.page(
                NotePage,
                "/me/onenote/sections/{}/pages",
                section.id,
                limit=limit,
                filter=titled(words),
                select=SELECT,
                expand=PARENTS,
            )
        return found.items

    read = await run_all(capture_gap(f"section {each.name}", pages_of(each)) for each in newest)
    pages = [each for part in read if not isinstance(part, Gap) for each in part]
    return FoundPages(
        sorted(pages, key=lambda each: each.modified or _NEVER, reverse=True)[:limit],
        [each for each in read if isinstance(each, Gap)],
    )


def page_html(title: str, text: str) -> str:
    """Returns the HTML of a new page with this title, and this text in Markdown."""
    name, body = html.escape(clean_line(title)), markdown_to_html(_without_title(text, title), NOTES)
    return f"<html><head><title>{name}</title></head><body>{body}</body></html>"


def _without_title(text: str, title: str) -> str:
    """Returns the text without a first heading that says the title, which OneNote shows itself."""
    first, _, rest = text.lstrip().partition("\n")
    heading = _HEADING.fullmatch(first.rstrip())
    is_title = heading and clean_line(heading[1]).casefold() == clean_line(title).casefold()
    return rest if is_title and rest.strip() else text
