"""Searches wiki pages and work items by words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.data_files import object_hash
from local.devops.errors import argument, binding
from local.devops.people import Identity
from local.devops.store import Project
from local.devops.times import stamp
from local.devops.wiki_page import Wiki, WikiPage
from local.devops.work_item import WorkItem
from local.devops.work_item_view import url_of

_LARGEST_PAGE = 1000
_TOP_TRIMMED, _PREFIX_WILDCARD = 8, 4
_WORK_ITEM_FILTERS = {
    "System.TeamProject": "System.TeamProject",
    "System.AreaPath": "System.AreaPath",
    "System.WorkItemType": "System.WorkItemType",
    "System.State": "System.State",
    "System.AssignedTo": "System.AssignedTo",
}
_SHORTCUTS = {
    "a": "System.AssignedTo",
    "s": "System.State",
    "t": "System.WorkItemType",
    "c": "System.CreatedBy",
}
_TEXT_FIELDS = ("System.Title", "System.Description", "Microsoft.VSTS.TCM.ReproSteps", "System.Tags")
_TERM = re.compile(r'(?:(?P<shortcut>[astc]):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')


@dataclass
class Wanted:
    """Describes what a search asks for: words that must all occur, and values fields must have."""

    terms: list[str] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    top: int = 0
    skip: int = 0
    info: int = 0

    def highlights(self, text: str) -> list[str]:
        """Returns pieces of a text with the words marked, empty when none occurs."""
        pattern = "|".join(_pattern(term) for term in self.terms)
        lines = [line.strip() for line in text.splitlines()]
        return [
            re.sub(pattern, r"<highlighthit>\g<0></highlighthit>", line, flags=re.IGNORECASE)
            for line in lines
            if pattern and re.search(pattern, line, re.IGNORECASE)
        ]

    def occur_in(self, text: str) -> bool:
        """Tells whether every word occurs."""
        return all(re.search(_pattern(term), text, re.IGNORECASE) for term in self.terms)


def search_wiki(call: Call) -> Response:
    """Returns pages whose title or text holds all the words; without their content."""
    body = call.json()
    wanted = _wanted(body)
    filters = _filters(body, ("Project", "Wiki"))
    pages = [
        (wiki, page)
        for wiki in call.organization.wikis
        for page in wiki.pages.values()
        if _project_fits(call, wiki.project_id, filters.get("Project"))
        and wiki.name in filters.get("Wiki", [wiki.name])
        and page.path != "/"
        and wanted.occur_in(f"{page.path}\n{page.content}")
    ]
    pages.sort(key=lambda found: (-len(wanted.highlights(found[1].path)), found[1].id))
    names = [call.organization.project_by_id(wiki.project_id).name for wiki, _ in pages]
    results = [_wiki_result(call, wanted, wiki, page) for wiki, page in _slice(pages, wanted)]
    return _answer(body, wanted, len(pages), results, {"Project": names})


def search_work_items(call: Call) -> Response:
    """Returns work items whose title, texts or tags hold all the words; field names and values are text."""
    body = call.json()
    wanted = _wanted(body)
    filters = _filters(body, tuple(_WORK_ITEM_FILTERS))
    found = [
        item
        for item in call.organization.work_items.values()
        if _project_fits(call, item.project_id, filters.get("System.TeamProject"))
        and all(_filter_fits(item, name, values) for name, values in filters.items())
        and all(_value_fits(item.value(ref), value) for ref, value in wanted.values)
        and wanted.occur_in("\n".join([str(item.id), *(item.text(ref) for ref in _TEXT_FIELDS)]))
    ]
    found.sort(key=lambda item: (-len(wanted.highlights(item.text("System.Title"))), -item.id))
    facets = {
        name: [item.text(ref) for item in found]
        for name, ref in _WORK_ITEM_FILTERS.items()
        if "Path" not in name
    }
    results = [_work_item_result(call, wanted, item) for item in _slice(found, wanted)]
    return _answer(body, wanted, len(found), results, facets)


def _wanted(body: dict[str, Any]) -> Wanted:
    text = body.get("searchText")
    if not isinstance(text, str) or not text.strip():
        raise argument("searchText", "There is nothing to search for.")
    skip, top = body.get("$skip", 0), body.get("$top", 100)
    if not isinstance(skip, int) or not isinstance(top, int) or skip < 0 or top < 1:
        raise binding("$skip and $top are whole numbers, $top at least 1.")
    wanted = Wanted(top=min(top, _LARGEST_PAGE), skip=skip, info=_TOP_TRIMMED if top > _LARGEST_PAGE else 0)
    for match in _TERM.finditer(text):
        term = match["phrase"] if match["phrase"] is not None else match["word"]
        if match["shortcut"]:
            wanted.values.append((_SHORTCUTS[match["shortcut"]], term))
        elif term.startswith(("*", "?")):
            wanted.info = _PREFIX_WILDCARD
        elif re.search(r"\w", term):
            wanted.terms.append(term)
    return wanted


def _filters(body: dict[str, Any], known: tuple[str, ...]) -> dict[str, list[str]]:
    filters = body.get("filters") or {}
    if not isinstance(filters, dict) or not all(isinstance(values, list) for values in filters.values()):
        raise binding("filters is a map of names to lists.")
    for name in filters:
        if name not in known:
            raise argument("filters", f"There is no filter {name}; there are {', '.join(known)}.")
    return filters


def _project_fits(call: Call, project_id: str, names: list[str] | None) -> bool:
    project: Project = call.organization.project_by_id(project_id)
    if call.project_or_none is not None and project is not call.project_or_none:
        return False
    return not names or project.name.casefold() in {name.casefold() for name in names}


def _filter_fits(item: WorkItem, name: str, values: list[str]) -> bool:
    if not values:
        return True
    actual = item.value(_WORK_ITEM_FILTERS[name])
    if name == "System.AreaPath":
        return any(f"{actual}\\".casefold().startswith(f"{value}\\".casefold()) for value in values)
    return any(_value_fits(actual, value) for value in values)


def _value_fits(actual: Any, wanted: str) -> bool:
    if isinstance(actual, Identity):
        return wanted.casefold() in actual.combined.casefold()
    return str(actual or "").casefold() == wanted.casefold()


def _pattern(term: str) -> str:
    """Returns whole words, where `*` stands for the rest of one."""
    return (
        r"\b"
        + r"\w*".join(re.escape(part) for part in term.split("*"))
        + (r"\b" if term[-1:].isalnum() else "")
    )


def _slice[Item](found: list[Item], wanted: Wanted) -> list[Item]:
    return [] if wanted.info == _PREFIX_WILDCARD else found[wanted.skip : wanted.skip + wanted.top]


def _answer(
    body: dict[str, Any],
    wanted: Wanted,
    count: int,
    results: list[dict[str, Any]],
    facets: dict[str, list[str]],
) -> Response:
    counted = {
        name: [
            {"name": value, "id": value, "resultCount": number} for value, number in Counter(values).items()
        ]
        for name, values in facets.items()
    }
    return JSONResponse(
        {
            "count": 0 if wanted.info == _PREFIX_WILDCARD else count,
            "results": results,
            "infoCode": wanted.info,
            "facets": counted if body.get("includeFacets") is True else {},
        }
    )


def _wiki_result(call: Call, wanted: Wanted, wiki: Wiki, page: WikiPage) -> dict[str, Any]:
    project = call.organization.project_by_id(wiki.project_id)
    hits = [
        {"fieldReferenceName": name, "highlights": found[:3]}
        for name, text in (("fileNames", page.path.rpartition("/")[2]), ("content", page.content))
        if (found := wanted.highlights(text))
    ]
    return {
        "fileName": page.file.rpartition("/")[2],
        "path": wiki.mapped_path.rstrip("/") + page.file,
        "collection": {"name": call.organization.name},
        "project": {"name": project.name, "id": project.id, "visibility": None},
        "wiki": {
            "id": wiki.id,
            "name": wiki.name,
            "mappedPath": wiki.mapped_path,
            "version": wiki.branches[0],
        },
        "contentId": object_hash("blob", page.version),
        "hits": hits,
    }


def _work_item_result(call: Call, wanted: Wanted, item: WorkItem) -> dict[str, Any]:
    project = call.organization.project_by_id(item.project_id)
    names = (
        "Id", "WorkItemType", "Title", "AssignedTo", "State", "Tags", "Rev", "CreatedDate", "ChangedDate",
    )  # fmt: skip
    fields = {}
    for name in names:
        value = item.value(f"System.{name}")
        fields[f"system.{name.casefold()}"] = (
            stamp(value) if isinstance(value, datetime) else item.text(f"System.{name}")
        )
    hits = [
        {"fieldReferenceName": ref.casefold(), "highlights": found[:3]}
        for ref in _TEXT_FIELDS
        if (found := wanted.highlights(re.sub(r"<[^>]+>", " ", item.text(ref))))
    ]
    return {
        "project": {"name": project.name, "id": project.id},
        "fields": fields,
        "hits": hits,
        "url": url_of(call, item.id),
    }


OPERATIONS = [
    Operation("POST", "search/wikisearchresults", ("vso.wiki",), search_wiki),
    Operation("POST", "search/workitemsearchresults", ("vso.work",), search_work_items),
]
