"""Declares the resource templates, each with the tool whose text it has and how it is read."""

from collections.abc import Sequence
from dataclasses import replace
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


def _of_devops(
    name: str,
    title: str,
    description: str,
    path: str,
    *,
    mime_type: str,
    tool: str,
    **variables: str,
) -> list[Resource]:
    """Returns a resource of a project in the user's default organization, and in any that is named."""
    default = Resource(
        name=name,
        title=title,
        description=f"{description} The organization is the user's default.",
        uri=f"devops://{{project}}/{path}",
        mime_type=mime_type,
        variables={"project": _PROJECT, **variables},
        tool=tool,
        load=lambda: _load(name),
    )
    named = replace(
        default,
        name=f"{name}_of_organization",
        title=f"{title} of an organization",
        description=description,
        uri=f"devops://{{organization}}/{{project}}/{path}",
        variables={"organization": _ORGANIZATION, **default.variables},
    )
    return [default, named]


RESOURCES: Sequence[Resource] = (
    *_of_devops(
        "work_item",
        "Work item",
        "Fields, description, relations and last comments of a work item of Azure DevOps.",
        "workitems/{id}",
        mime_type="text/plain",
        tool="devops_get_work_item",
        id=_NUMBER,
    ),
    *_of_devops(
        "wiki_page",
        "Wiki page",
        "Markdown of a page of an Azure DevOps wiki, with its path and version; the page is named by id.",
        "wikis/{wiki}/pages/{id}",
        mime_type="text/markdown",
        tool="devops_get_wiki_page",
        wiki=_WIKI,
        id=_NUMBER,
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
