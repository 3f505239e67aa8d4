"""Serves wikis and their pages."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, PlainTextResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import RefusalError, argument, binding, wrapped
from local.devops.paging import collection, page_by_offset
from local.devops.wiki_page import Wiki, WikiPage

_READ = ("vso.wiki",)
_WRITE = ("vso.wiki_write",)
_PAGES = "wiki/wikis/{wiki}/pages"
_LEVELS = {"none": 0, "onelevel": 1, "onelevelplusnestedemptyfolders": 1, "full": 1_000}
_LONGEST_PATH = 235
_FORBIDDEN = re.compile(r"[#]|^[^/]|//|/\.|\.(/|$)|\.md$")
_ETAG = re.compile(r'(W/)?"?(?P<version>[0-9a-fA-F]{40})"?')


def list_wikis(call: Call) -> Response:
    """Returns the wikis of the project, or of all projects."""
    return collection([_wiki_view(call, wiki) for wiki in _wikis(call)])


def get_wiki(call: Call) -> Response:
    """Returns one wiki, by id or name."""
    return JSONResponse(_wiki_view(call, _wiki(call)))


def get_page(call: Call) -> Response:
    """Returns a page by its path (the root without one): JSON, or its Markdown where accepted."""
    wiki = _wiki(call)
    _check_version(call, wiki)
    return _page_response(call, wiki, _page(wiki, call.query.get("path", "/")))


def get_page_by_id(call: Call) -> Response:
    """Returns a page by its number."""
    wiki = _wiki(call)
    return _page_response(call, wiki, _page_by_id(call, wiki))


def put_page(call: Call) -> Response:
    """Creates a page, or with `If-Match` update it.

    A page that exists answers 500 to a create, as the service does.
    """
    wiki = _wiki(call)
    if wiki.is_code and not call.query.get("versionDescriptor.version"):
        raise wrapped(
            400,
            "InvalidArgumentValueException",
            "The versionType should be 'branch' and version cannot not be null"
            "\r\nParameter name: versionDescriptor",
        )
    _check_version(call, wiki)
    path = _clean_path(call.query.get("path", ""))
    content = _content(call)
    page = wiki.page(path)
    expected = call.headers.get("if-match")
    if expected is not None:
        if page is None:
            raise _page_missing(path)
        return _write(call, wiki, page, content, expected)
    if page is not None:
        raise wrapped(500, "WikiPageAlreadyExistsException", f"The wiki has a page '{page.path}' already.")
    parent_path = path.rpartition("/")[0] or "/"
    parent = wiki.page(parent_path)
    if parent is None:
        raise wrapped(
            404, "WikiAncestorPageNotFoundException", f"The page '{parent_path}' above '{path}' is not there."
        )
    number = max(each.id for other in call.organization.wikis for each in other.pages.values()) + 1
    path = f"{parent.path.rstrip('/')}/{path.rpartition('/')[2]}"
    page = WikiPage(number, path, content, len(wiki.children(parent)), call.user, call.now)
    wiki.pages[path] = page
    return _page_answer(call, wiki, page, 201)


def patch_page(call: Call) -> Response:
    """Updates a page by its number, with `If-Match`."""
    wiki = _wiki(call)
    page = _page_by_id(call, wiki)
    expected = call.headers.get("if-match")
    if expected is None:
        raise argument("If-Match", "An update names the version it is based on.")
    return _write(call, wiki, page, _content(call), expected)


def list_pages(call: Call) -> Response:
    """Returns a page of the wiki's pages, with id and path only; the continuation comes in the body."""
    wiki = _wiki(call)
    body = call.json()
    top, token = body.get("top", 100), body.get("continuationToken")
    if not isinstance(top, int) or not 1 <= top <= 100:
        raise argument("top", "top is a number from 1 to 100.")
    pages, following = page_by_offset(sorted(wiki.pages.values(), key=lambda each: each.id), top, token)
    return collection([{"path": page.path, "id": page.id} for page in pages], following)


def _wikis(call: Call) -> list[Wiki]:
    project = call.project_or_none
    return [each for each in call.organization.wikis if project is None or each.project_id == project.id]


def _wiki(call: Call) -> Wiki:
    written = call.parts["wiki"].casefold()
    for wiki in _wikis(call):
        if written in (wiki.id, wiki.name.casefold()):
            return wiki
    raise wrapped(404, "WikiNotFoundException", f"VS403644: There is no wiki '{call.parts['wiki']}'.")


def _page(wiki: Wiki, path: str) -> WikiPage:
    page = wiki.page(path)
    if page is None:
        raise _page_missing(path)
    return page


def _check_version(call: Call, wiki: Wiki) -> None:
    """Refuses a branch the wiki does not have."""
    version = call.query.get("versionDescriptor.version")
    if version is not None and version not in wiki.branches:
        raise wrapped(
            404,
            "GitUnresolvableToCommitException",
            f"TF401175: The version '{version}' either is invalid or does not exist.",
        )


def _page_by_id(call: Call, wiki: Wiki) -> WikiPage:
    wanted = call.part("id")
    page = next((page for page in wiki.pages.values() if page.id == wanted), None)
    if page is None:
        raise _page_missing(str(wanted))
    return page


def _page_missing(path: str) -> RefusalError:
    return wrapped(404, "WikiPageNotFoundException", f"The wiki has no page '{path}'.")


def _clean_path(path: str) -> str:
    cleaned = path if path.startswith("/") else f"/{path}"
    cleaned = cleaned.rstrip("/")
    if not cleaned or len(cleaned) > _LONGEST_PATH or _FORBIDDEN.search(cleaned):
        raise wrapped(400, "InvalidArgumentValueException", f"'{path}' cannot be the path of a page.")
    return cleaned


def _content(call: Call) -> str:
    content = call.json().get("content", "")
    if not isinstance(content, str):
        raise binding("content is text.")
    return content


def _write(call: Call, wiki: Wiki, page: WikiPage, content: str, expected: str) -> Response:
    match = _ETAG.fullmatch(expected.strip())
    if match is None:
        raise wrapped(
            400, "InvalidArgumentValueException", "The version in If-Match is not one of 40 hex digits."
        )
    if match["version"].casefold() != page.version:
        raise wrapped(
            412, "WikiPageHasConflictsException", f"The page '{page.path}' was changed by somebody else."
        )
    page.content, page.author, page.changed = content, call.user, call.now
    page.revision += 1
    return _page_answer(call, wiki, page, 200)


def _page_answer(call: Call, wiki: Wiki, page: WikiPage, status: int) -> Response:
    view = {**_page_view(call, wiki, page, 0), "content": page.content}
    return JSONResponse(view, status, {"etag": f'"{page.version}"'})


def _page_response(call: Call, wiki: Wiki, page: WikiPage) -> Response:
    headers = {"etag": f'"{page.version}"'}
    accepted = call.headers.get("accept", "*/*").casefold()
    if "text/plain" in accepted and "json" not in accepted:
        return PlainTextResponse(page.content, headers=headers)
    written = call.query.get("recursionLevel", "none")
    if written.casefold() not in _LEVELS:
        raise binding(f"The value '{written}' is not valid for recursionLevel.")
    view = _page_view(call, wiki, page, _LEVELS[written.casefold()])
    if call.query.get("includeContent", "").casefold() == "true":
        view["content"] = page.content
    return JSONResponse(view, headers=headers)


def _page_view(call: Call, wiki: Wiki, page: WikiPage, levels: int) -> dict[str, Any]:
    children = wiki.children(page)
    address = call.store.url(call.organization, wiki.project_id, "_apis/wiki/wikis", wiki.id, "pages")
    view: dict[str, Any] = {"id": page.id, "path": page.path, "order": page.order, "gitItemPath": page.file}
    if children:
        view["isParentPage"] = True
    view["subPages"] = [_page_view(call, wiki, child, levels - 1) for child in children] if levels else []
    view["url"] = f"{address}/{quote(page.path, safe='')}"
    view["remoteUrl"] = f"{_web(call, wiki)}?pagePath={quote(page.path, safe='')}"
    return view


def _wiki_view(call: Call, wiki: Wiki) -> dict[str, Any]:
    return {
        "id": wiki.id,
        "versions": [{"version": each} for each in wiki.branches],
        "url": call.store.url(call.organization, wiki.project_id, "_apis/wiki/wikis", wiki.id),
        "remoteUrl": _web(call, wiki),
        "type": "codeWiki" if wiki.is_code else "projectWiki",
        "name": wiki.name,
        "projectId": wiki.project_id,
        "repositoryId": wiki.id,
        "mappedPath": wiki.mapped_path,
    }


def _web(call: Call, wiki: Wiki) -> str:
    return call.store.url(call.organization, wiki.project_id, "_wiki/wikis", wiki.id)


OPERATIONS = [
    Operation("GET", "wiki/wikis", _READ, list_wikis),
    Operation("GET", "wiki/wikis/{wiki}", _READ, get_wiki),
    Operation("GET", _PAGES, _READ, get_page),
    Operation("PUT", _PAGES, _WRITE, put_page),
    Operation("GET", f"{_PAGES}/{{id}}", _READ, get_page_by_id),
    Operation("PATCH", f"{_PAGES}/{{id}}", _WRITE, patch_page),
    Operation("POST", "wiki/wikis/{wiki}/pagesbatch", _READ, list_pages),
]
