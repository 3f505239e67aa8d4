"""Declares the pages of MCP Apps: static documents that show results of tools."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.errors import ToolError
from shared.mcp.dispatch import AuthenticatedCall
from shared.mcp.resource import contents, failure_contents
from shared.settings.requirement import Requirement

MIME_TYPE = "text/html;profile=mcp-app"
META: Mapping[str, Any] = {"ui": {"prefersBorder": True}}
"""Of the page's content. It declares no policy for content, so that the strictest one applies."""


@dataclass(frozen=True)
class AppPage:
    """Declares the page of one MCP App, to which `TOOL_POLICY`'s `*` applies.

    Attributes:
        name: Its name.
        title: Its name for people.
        description: What it shows.
        tools: The names of the tools whose results it shows.
        load: Returns the document: the same for everybody, without data.
    """

    name: str
    title: str
    description: str
    tools: Sequence[str]
    load: Callable[[], str]
    family: str = "apps"
    writes: Literal[False] = False
    requirement: Requirement | None = None

    @property
    def uri(self) -> str:
        """Returns the URI hosts read it at."""
        return f"ui://m365-devops-mcp/{self.name}.html"


@dataclass(frozen=True, slots=True)
class PageRead:
    """Answers the reads of one page."""

    page: AppPage
    kind: Literal["page"] = "page"
    writes: Literal[False] = False

    @property
    def name(self) -> str:
        """Returns the page's name."""
        return self.page.name

    async def answer(self, call: AuthenticatedCall) -> str:
        """Authorizes the caller, and returns the envelope of the page; no API is called.

        Raises:
            ToolError: The caller lacks what every call requires, or calls too often.
        """
        await call.authorize(self.page)
        return contents(self.page.load(), MIME_TYPE, META)

    def failure(self, error: ToolError) -> str:
        """Renders a failure as plain text: the host masks what is raised."""
        return failure_contents(error)


def tool_metadata(page: AppPage | None, *, app_only: bool = False) -> dict[str, Any]:
    """Returns the metadata of a tool whose results a page shows, or that pages alone call.

    Args:
        page: The page, if one shows its results.
        app_only: Whether hosts keep the tool from the model.
    """
    ui: dict[str, Any] = {"resourceUri": page.uri} if page else {}
    if app_only:
        ui["visibility"] = ["app"]
    # Hosts from before the specification read the flat name.
    return {"ui": ui, **({"ui/resourceUri": page.uri} if page else {})} if ui else {}
