"""Searches the files of repositories by words, as the Code Search extension does where it is installed."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import argument, binding, wrapped
from local.devops.git_objects import Entry
from local.devops.pull_request import Repository

_INSTALLED = frozenset({"larkspur"})
"""The organizations that have the extension."""
_FILTERS = {"Project": None, "Repository": "Project", "Branch": "Repository", "Path": "Repository"}
_MOST_HITS = 100
_LARGEST_PAGE = 1000
_TOP_TRIMMED, _PREFIX_WILDCARD = 8, 4
_TERM = re.compile(r'(?:(?P<name>ext|file|path|repo|proj):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')


def search_code(call: Call) -> Response:
    """Returns files of default branches that hold all the words, with where these are.

    Raises:
        RefusalError: The organization has not installed the extension, or a filter lacks its parent.
    """
    if call.organization.name not in _INSTALLED:
        raise wrapped(403, "AccessCheckException", "The Code Search extension is not installed here.")
    body = call.json()
    text, skip, top = body.get("searchText"), body.get("$skip", 0), body.get("$top", 100)
    if not isinstance(text, str) or not text.strip():
        raise argument("searchText", "There is nothing to search for.")
    if not isinstance(skip, int) or not isinstance(top, int) or skip < 0 or top < 1:
        raise binding("$skip and $top are whole numbers, $top at least 1.")
    filters = _filters(body)
    conditions = [
        (match["name"] or "", match["word"] if match["phrase"] is None else match["phrase"])
        for match in _TERM.finditer(text)
    ]
    if any(not name and term.startswith(("*", "?")) for name, term in conditions):
        return JSONResponse({"count": 0, "results": [], "infoCode": _PREFIX_WILDCARD, "facets": {}})
    found = [
        result
        for repository in call.organization.repositories
        if _searched(call, repository, filters)
        for path, entry in repository.git.files(repository.git.refs["refs/heads/main"]).items()
        if entry.id in repository.git.blobs
        and (result := _result(call, repository, path, entry, conditions, filters, body)) is not None
    ]
    return JSONResponse(
        {
            "count": len(found),
            "results": found[skip : skip + min(top, _LARGEST_PAGE)],
            "infoCode": _TOP_TRIMMED if top > _LARGEST_PAGE else 0,
            "facets": {},
        }
    )


def _filters(body: dict[str, Any]) -> dict[str, list[str]]:
    filters = body.get("filters") or {}
    if not isinstance(filters, dict) or not all(isinstance(values, list) for values in filters.values()):
        raise binding("filters is a map of names to lists.")
    for name in filters:
        if name not in _FILTERS:
            raise argument("filters", f"There is no filter {name}; there are {', '.join(_FILTERS)}.")
        parent = _FILTERS[name]
        if parent is not None and parent not in filters:
            raise argument("filters", f"The filter {name} needs the filter {parent}.")
    return filters


def _searched(call: Call, repository: Repository, filters: dict[str, list[str]]) -> bool:
    """Tells whether a repository is among those searched; only default branches are indexed."""
    project = call.organization.project_by_id(repository.project_id)
    return (
        repository.default_branch is not None
        and not repository.disabled
        and call.project_or_none in (None, project)
        and _named(project.name, filters.get("Project"))
        and _named(repository.name, filters.get("Repository"))
        and _named("main", filters.get("Branch"))
    )


def _named(name: str, wanted: list[str] | None) -> bool:
    return not wanted or name.casefold() in {each.casefold() for each in wanted}


def _result(
    call: Call,
    repository: Repository,
    path: str,
    entry: Entry,
    conditions: list[tuple[str, str]],
    filters: dict[str, list[str]],
    body: dict[str, Any],
) -> dict[str, Any] | None:
    project = call.organization.project_by_id(repository.project_id)
    below = filters.get("Path") or ["/"]
    if not any(f"{path}/".casefold().startswith(f"{each.rstrip('/')}/".casefold()) for each in below):
        return None
    content = repository.git.blobs[entry.id]
    text = "" if b"\0" in content else content.decode("utf-8", "replace").removeprefix("\ufeff")
    file_name = path.rpartition("/")[2]
    named = {
        "ext": file_name.rpartition(".")[2],
        "file": file_name,
        "path": path,
        "repo": repository.name,
        "proj": project.name,
    }
    hits: list[dict[str, Any]] = []
    for name, term in conditions:
        if name and not re.search(
            _pattern(term) if name == "path" else f"^{_wild(term)}$", named[name], re.I
        ):
            return None
        if name:
            continue
        matches = [*re.finditer(_pattern(term), text, re.IGNORECASE)]
        if not matches and not re.search(_pattern(term), file_name, re.IGNORECASE):
            return None
        hits += [_hit(text, match, with_snippet=body.get("includeSnippet") is True) for match in matches]
    names = [{"charOffset": 0, "length": -1}] if not hits else []
    return {
        "fileName": file_name,
        "path": path,
        "matches": {
            "content": sorted(hits, key=lambda hit: hit["charOffset"])[:_MOST_HITS],
            "fileName": names,
        },
        "collection": {"name": call.organization.name},
        "project": {"name": project.name, "id": project.id},
        "repository": {"name": repository.name, "id": repository.id, "type": "git"},
        "versions": [{"branchName": "main", "changeId": repository.git.refs["refs/heads/main"]}],
        "contentId": entry.id,
    }


def _hit(text: str, match: re.Match[str], *, with_snippet: bool) -> dict[str, Any]:
    hit: dict[str, Any] = {"charOffset": match.start(), "length": match.end() - match.start()}
    if with_snippet:
        begin = text.rfind("\n", 0, match.start()) + 1
        line = text[begin:].partition("\n")[0]
        number = text.count("\n", 0, begin) + 1
        hit |= {"line": number, "column": match.start() - begin + 1, "codeSnippet": line, "type": "content"}
    return hit


def _pattern(term: str) -> str:
    """Returns a pattern of whole words, with `*` and `?` in them."""
    begin, end = (r"\b" if term[each].isalnum() else "" for each in (0, -1)) if term else ("", "")
    return begin + _wild(term) + end


def _wild(term: str) -> str:
    return re.escape(term).replace(r"\*", r"\w*").replace(r"\?", r"\w")


OPERATIONS = [Operation("POST", "search/codesearchresults", ("vso.code",), search_code)]
