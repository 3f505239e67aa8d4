"""Links results to the resources they are about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from shared.apis.devops.devops_links import DevOpsLink
from shared.caller import Caller
from shared.mcp.tool import Tool
from shared.mcp.tool_call import ResourceLink

MOST = 5
"""Links of one result: each costs a model about as much as a line of the list it stands for."""
_NAME_CHARACTERS = 80

_MESSAGES = frozenset(
    {"graph_get_emails", "graph_search_emails", "graph_get_email", "graph_get_email_thread"}
)
_WIKI_PAGES = frozenset({"devops_get_wiki_page", "devops_create_wiki_page", "devops_update_wiki_page"})
_WORK_ITEMS = frozenset(
    {
        "devops_get_work_item",
        "devops_search_work_items",
        "devops_list_my_work_items",
        "devops_create_work_item",
        "devops_update_work_item",
    }
)


def resource_links(
    tool: Tool, caller: Caller, arguments: Mapping[str, Any], structured: Mapping[str, Any]
) -> Sequence[ResourceLink]:
    """Returns links to the work items, wiki pages and emails that a result is about: the first `MOST`.

    An email of another mailbox has none, as `m365://messages/` is the signed-in user's own.
    """
    if tool.name in _WORK_ITEMS:
        links = _work_items(caller, structured)
    elif tool.name in _WIKI_PAGES:
        links = _wiki_page(caller, structured)
    elif tool.name in _MESSAGES and not arguments.get("mailbox"):
        links = _messages(structured)
    else:
        return ()
    return [link for link, _ in zip(links, range(MOST), strict=False)]


def _work_items(caller: Caller, structured: Mapping[str, Any]) -> Iterator[ResourceLink]:
    for item in _items(structured):
        place = _place(caller, _parsed(caller, item), item.get("project"))
        if place:
            title = item.get("title") or item.get("columns", {}).get("System.Title") or ""
            yield _link(f"devops://{place}/workitems/{item['id']}", f"{item['id']} {title}", "text/plain")


def _wiki_page(caller: Caller, structured: Mapping[str, Any]) -> Iterator[ResourceLink]:
    link = _parsed(caller, structured)
    wiki = link.after("wikis") if link else None
    place = _place(caller, link, None)
    if structured.get("id") and wiki and place:
        uri = f"devops://{place}/wikis/{_segment(wiki)}/pages/{structured['id']}"
        yield _link(uri, structured["path"], "text/markdown")


def _messages(structured: Mapping[str, Any]) -> Iterator[ResourceLink]:
    for item in _items(structured):
        yield _link(f"m365://messages/{_segment(item['id'])}", item.get("subject") or "", "text/plain")


def _items(structured: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    items = structured.get("items")
    return items if isinstance(items, list) else [structured]


def _parsed(caller: Caller, item: Mapping[str, Any]) -> DevOpsLink | None:
    address = item.get("web_url")
    return caller.devops.parse_link(address) if address else None


def _place(caller: Caller, link: DevOpsLink | None, project: str | None) -> str:
    """Returns the first segments of a URI, of what has this web address; "" where they are not known.

    The organization is left out where it is the user's default, as a call has read it.
    """
    project = project or (link.project if link else None)
    if link is None or not project:
        return ""
    is_default = link.organization.casefold() == (caller.default_organization or "").casefold()
    return _segment(project) if is_default else f"{link.organization}/{_segment(project)}"


def _segment(value: str) -> str:
    return quote(value, safe="")


def _link(uri: str, name: str, mime_type: str) -> ResourceLink:
    shown = name if len(name) <= _NAME_CHARACTERS else f"{name[: _NAME_CHARACTERS - 1]}…"
    return {"type": "resource_link", "uri": uri, "name": shown.strip() or uri, "mimeType": mime_type}
