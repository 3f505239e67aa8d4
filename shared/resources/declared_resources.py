"""Declares the resource templates, each with the tool whose text it has and how it is read."""

from collections.abc import Sequence
from importlib import import_module

from shared.mcp.resource import Read, Resource
from shared.mcp.tool import Tool

_ORGANIZATION = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?"
# Azure DevOps' rules for the names of projects; a name of dots alone would climb in a path.
_PROJECT = r"(?![._])[^\x00-\x1f\x7f\\/:*?\"<>|;#$&{},+=\[\]%]{1,64}(?<!\.)"
_WIKI = r"(?!\.)[^\x00-\x1f\x7f\\/?#%]{1,256}"
_NUMBER = "[1-9][0-9]{0,9}"
_MESSAGE = "[A-Za-z0-9_-]{1,510}={0,2}"


def _load(name: str) -> Read:
    # A start needs the declarations alone.
    return getattr(import_module("shared.resources.reads"), name)  # type: ignore[no-any-return]


_WORK_ITEM = "Fields, description, relations and last comments of a work item of Azure DevOps."
_WIKI_PAGE = "Markdown of a page of an Azure DevOps wiki, with its path and version; the page is named by id."
_DEFAULT = "The organization is the user's default."

RESOURCES: Sequence[Resource] = (
    Resource(
        name="work_item",
        title="Work item",
        description=f"{_WORK_ITEM} {_DEFAULT}",
        uri="devops://{project}/workitems/{id}",
        mime_type="text/plain",
        variables={"project": _PROJECT, "id": _NUMBER},
        tool="devops_get_work_item",
        load=lambda: _load("work_item"),
    ),
    Resource(
        name="work_item_of_organization",
        title="Work item of an organization",
        description=_WORK_ITEM,
        uri="devops://{organization}/{project}/workitems/{id}",
        mime_type="text/plain",
        variables={"organization": _ORGANIZATION, "project": _PROJECT, "id": _NUMBER},
        tool="devops_get_work_item",
        load=lambda: _load("work_item"),
    ),
    Resource(
        name="wiki_page",
        title="Wiki page",
        description=f"{_WIKI_PAGE} {_DEFAULT}",
        uri="devops://{project}/wikis/{wiki}/pages/{id}",
        mime_type="text/markdown",
        variables={"project": _PROJECT, "wiki": _WIKI, "id": _NUMBER},
        tool="devops_get_wiki_page",
        load=lambda: _load("wiki_page"),
    ),
    Resource(
        name="wiki_page_of_organization",
        title="Wiki page of an organization",
        description=_WIKI_PAGE,
        uri="devops://{organization}/{project}/wikis/{wiki}/pages/{id}",
        mime_type="text/markdown",
        variables={"organization": _ORGANIZATION, "project": _PROJECT, "wiki": _WIKI, "id": _NUMBER},
        tool="devops_get_wiki_page",
        load=lambda: _load("wiki_page"),
    ),
    Resource(
        name="message",
        title="Email",
        description="People, subject, date, plain text and names of the attachments of an email of the user.",
        uri="m365://messages/{id}",
        mime_type="text/plain",
        variables={"id": _MESSAGE},
        tool="graph_get_email",
        load=lambda: _load("message"),
    ),
)


def offered_resources(tools: Sequence[Tool]) -> list[tuple[Resource, Tool]]:
    """Returns the resources whose tool is offered, each with it."""
    by_name = {tool.name: tool for tool in tools}
    return [(each, by_name[each.tool]) for each in RESOURCES if each.tool in by_name]
