"""Finds, reads and writes pages of the user's OneNote notebooks."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.apis.graph import note_pages
from shared.apis.graph.note_pages import Notebook, NotePage, Section
from shared.caller import Caller
from shared.concurrency import run_concurrently
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.results.partial_results import Gap
from shared.results.write_failures import report_unknown_outcome
from shared.text.content import Line, Quoted, clean_line, quote
from shared.text.markdown_dialects import NOTES
from shared.text.markdown_to_html import markdown_to_html
from shared.text.names import Name
from shared.text.note_text import is_written_by_hand, note_to_text
from shared.tools.params import Cursor, Offset, PageSize

toolset = Toolset("notes")

_MOST_NOTEBOOKS = 100
_MOST_BYTES = 4_000_000
_LOOK = "Look for it with graph_find_notes before you repeat the call."
_BY_HAND = "Handwriting on the page is not in the text."
_LATER = "Lists may not have it for some seconds: use its id."

PageId = Annotated[str, Field(min_length=1, max_length=500)]


class Note(BaseModel):
    """A notebook, section or page of OneNote."""

    kind: Literal["notebook", "section", "page"]
    id: str
    title: Line
    notebook: Name | None = None
    group: Name | None = Field(None, description="The group of sections a section is in.")
    section: Name | None = None
    modified: datetime | None
    web_url: str | None


class Notes(Page[Note]):
    """What was found; `gaps` names sections that could not be read."""

    gaps: list[Gap] = Field([], description="What is missing, and why.")


class NoteText(BaseModel):
    """A page with its text or a part of it."""

    id: str
    title: Line
    notebook: Name | None
    section: Name | None
    modified: datetime | None
    web_url: str | None
    text: Quoted


class WrittenNote(BaseModel):
    """A page that was created or added to."""

    id: str
    title: Line
    section: Name | None
    web_url: str | None
    note: str


@toolset.tool(scopes=["Notes.Read"])
async def graph_find_notes(
    caller: Caller,
    query: Annotated[str | None, Field(max_length=200, description="Words of a page's title.")] = None,
    section: Annotated[
        str | None, Field(max_length=500, description="Only pages of this one, by name or id.")
    ] = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Notes:
    """Find pages of the signed-in user's OneNote, last changed first; or list notebooks and sections.

    Without query and section it lists. OneNote searches titles only, never the text of pages.
    """
    words = clean_line(query) if query else None
    if section:
        where = await note_pages.section_named(caller.graph, section)
        path, ids = "/me/onenote/sections/{}/pages", [where.id]
    elif words:
        path, ids = "/me/onenote/pages", []
    else:
        return await _hierarchy(caller, limit, cursor)
    try:
        page = await caller.graph.page(
            NotePage,
            path,
            *ids,
            limit=limit,
            cursor=cursor,
            filter=note_pages.titled(words),
            select=note_pages.SELECT,
            expand=note_pages.PARENTS,
        )
    except ToolError as error:
        if not note_pages.has_too_many_sections(error):
            raise
        return await _by_section(caller, words, limit)
    return Notes(
        items=[_of_page(each) for each in page.items],
        complete=page.complete,
        next_cursor=page.next_cursor,
        note=page.note,
    )


@toolset.tool(scopes=["Notes.Read"])
async def graph_read_note(
    caller: Caller, page_id: Annotated[PageId, Field(description="id of a page.")], offset: Offset = 0
) -> NoteText:
    """Read the text of a OneNote page: headings, lists, tables, boxes ([x]), names of pictures and files."""
    page, content = await run_concurrently(
        note_pages.page(caller.graph, page_id),
        caller.graph.download("/me/onenote/pages/{}/content", page_id),
    )
    html = content.decode("utf-8", "replace")
    text = await asyncio.to_thread(note_to_text, html)
    notes = (text.note, _BY_HAND if is_written_by_hand(html) else None)
    return NoteText(
        id=page.id,
        title=page.title or "",
        notebook=page.notebook,
        section=page.section,
        modified=page.modified,
        web_url=note_pages.web_url(page.links),
        text=quote(text.text, f"OneNote page {page.title or ''}", offset=offset, note=_joined(notes)),
    )


@toolset.tool(scopes=["Notes.Create"], optional_scopes=["Notes.ReadWrite"], writes=True)
async def graph_write_note(
    caller: Caller,
    text: Annotated[
        str, Field(max_length=200_000, pattern=r"\S", description="Markdown; - [ ] makes a box to tick.")
    ],
    section: Annotated[
        str | None, Field(max_length=500, description="Where a new page goes, by name or id.")
    ] = None,
    title: Annotated[str | None, Field(max_length=255, description="Of the new page.")] = None,
    page_id: Annotated[
        PageId | None, Field(description="In place of both: the page whose end it is added to.")
    ] = None,
) -> WrittenNote:
    """Write a new OneNote page, or add to the end of one; who shares the notebook sees it.

    Nothing on a page is replaced. Repeating the call writes it twice.
    """
    if page_id:
        if wrong := "section" if section else "title" if title else None:
            raise ToolError(
                "invalid_argument", f"{wrong}: is for a new page.", "Leave it out, or leave page_id out."
            )
        return await _append(caller.with_scopes("Notes.ReadWrite"), page_id, text)
    if missing := "section" if not section else "title" if not title else None:
        raise ToolError(
            "invalid_argument",
            f"{missing}: is missing.",
            "Give section and title for a new page, or page_id of one to add to.",
        )
    where = await note_pages.section_named(caller.graph, section or "")
    with report_unknown_outcome(_LOOK):
        made = await caller.graph.post_content(
            NotePage,
            "/me/onenote/sections/{}/pages",
            where.id,
            content=_bounded(note_pages.page_html(title or "", text)).encode(),
            content_type="text/html",
        )
    return _written(made, where.name, f"The page was created. {_LATER}")


async def _append(caller: Caller, page_id: str, text: str) -> WrittenNote:
    page = await note_pages.page(caller.graph, page_id)
    content = _bounded(markdown_to_html(text, NOTES))
    command = {"target": "body", "action": "Append", "content": content}
    with report_unknown_outcome("Read the page with graph_read_note before you repeat the call."):
        await caller.graph.send_commands("/me/onenote/pages/{}/content", page_id, body=[command])
    return _written(page, page.section, "It was added at the end; reading may show it some seconds later.")


def _joined(notes: Iterable[str | None]) -> str | None:
    return " ".join(each for each in notes if each) or None


def _bounded(content: str) -> str:
    if len(content.encode()) > _MOST_BYTES:
        raise ToolError("invalid_argument", "text: is too long for a page.", "Write it in several parts.")
    return content


def _written(page: NotePage, section: str | None, note: str) -> WrittenNote:
    return WrittenNote(
        id=page.id,
        title=page.title or "",
        section=section,
        web_url=note_pages.web_url(page.links),
        note=note,
    )


async def _hierarchy(caller: Caller, limit: int, cursor: str | None) -> Notes:
    """Returns sections by notebook, and notebooks without any."""
    (notebooks, all_notebooks), (sections, all_sections) = await run_concurrently(
        caller.graph.list_all(Notebook, "/me/onenote/notebooks", most=_MOST_NOTEBOOKS),
        note_pages.list_sections(caller.graph),
    )
    filled = {each.notebook_id for each in sections}
    found = [_of_section(each) for each in sections]
    found += [_of_notebook(each) for each in notebooks if each.id not in filled]
    found.sort(key=lambda each: (each.notebook or each.title, each.group or "", each.title))
    page = caller.graph.paginate(found, "notebooks", limit=limit, cursor=cursor)
    cut = None if all_notebooks and all_sections else "Not all notebooks and sections were read."
    note = _joined((page.note, cut))
    return Notes(items=page.items, complete=note is None, next_cursor=page.next_cursor, note=note)


async def _by_section(caller: Caller, words: str | None, limit: int) -> Notes:
    sections, _ = await note_pages.list_sections(caller.graph)
    found = await note_pages.search_sections(caller.graph, sections, words, limit=limit)
    return Notes(
        items=[_of_page(each) for each in found.pages],
        complete=False,
        note=f"You have {len(sections)} sections, too many to search at once: the "
        f"{note_pages.MOST_SEARCHED} last changed were, for up to {limit} pages. Name a section for more.",
        gaps=found.gaps,
    )


def _of_page(page: NotePage) -> Note:
    return Note(
        kind="page",
        id=page.id,
        title=page.title or "",
        notebook=page.notebook,
        section=page.section,
        modified=page.modified,
        web_url=note_pages.web_url(page.links),
    )


def _of_section(section: Section) -> Note:
    return Note(
        kind="section",
        id=section.id,
        title=section.name,
        notebook=section.notebook,
        group=section.group,
        modified=section.modified,
        web_url=note_pages.web_url(section.links),
    )


def _of_notebook(notebook: Notebook) -> Note:
    return Note(
        kind="notebook",
        id=notebook.id,
        title=notebook.name,
        modified=notebook.modified,
        web_url=note_pages.web_url(notebook.links),
    )
