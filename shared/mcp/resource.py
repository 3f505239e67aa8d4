"""Declares the resources of the server: what a URI names, read with a tool as the caller."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel

from shared.errors import ToolError
from shared.mcp.dispatch import AuthenticatedCall
from shared.mcp.invocation import describe
from shared.mcp.tool import Tool
from shared.mcp.tool_call import render_within, structure

type Read = Callable[..., Awaitable[BaseModel]]
"""Reads what a URI names: `async def read(caller, **variables) -> Model`."""

_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, eq=False)
class Resource:
    """Declares the resources of one URI template.

    Attributes:
        name: Its name in lists.
        title: Its name for people.
        description: What it holds, for people and models.
        uri: The template; each `{variable}` stands for one segment.
        mime_type: Of its text.
        variables: What each variable may be, decoded, as a regular expression.
        tool: The name of the tool whose text it has: whoever may use that may read it.
        load: Returns the function that reads it; that may import a module.
    """

    name: str
    title: str
    description: str
    uri: str
    mime_type: str
    variables: Mapping[str, str]
    tool: str
    load: Callable[[], Read]

    @cached_property
    def read(self) -> Read:
        """Returns the function that reads it."""
        return self.load()

    def parse(self, uri: str) -> dict[str, str]:
        """Returns the variables of a URI of this template, percent-decoded once.

        Raises:
            ToolError: `invalid_argument`: the URI is of another form, or a variable is not what it may be.
        """
        found = self._pattern.fullmatch(uri)
        if found is None:
            raise self._wrong("The address is not of its form.")
        parsed = {name: _decoded(value) for name, value in found.groupdict().items()}
        for name, value in parsed.items():
            if value is None or not re.fullmatch(self.variables[name], value, re.ASCII):
                raise self._wrong(f"{name}: is not one.")
        return {name: value for name, value in parsed.items() if value is not None}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # The host matches in any case, and hands the URI over as it was sent.
        literals = _VARIABLE.split(self.uri)
        pattern = "".join(
            f"(?P<{each}>[^/?#]+)" if place % 2 else re.escape(each) for place, each in enumerate(literals)
        )
        return re.compile(pattern, re.IGNORECASE)

    def _wrong(self, problem: str) -> ToolError:
        return ToolError("invalid_argument", problem, f"Ask for {self.uri}, with each part percent-encoded.")


@dataclass(frozen=True, slots=True)
class ResourceRead:
    """Answers the reads of one resource, as its tool would be called."""

    resource: Resource
    tool: Tool
    kind: Literal["resource"] = "resource"
    writes: Literal[False] = False

    @property
    def name(self) -> str:
        """Returns the name of the tool it is read with."""
        return self.tool.name

    async def answer(self, call: AuthenticatedCall) -> str:
        """Authorizes the caller for the tool, and reads the resource; returns its envelope.

        Raises:
            ToolError: The caller may not use the tool, the URI is wrong, or reading failed.
        """
        await call.authorize(self.tool)
        await self.tool.ready()
        variables = self.resource.parse(call.invocation.uri)
        structured = structure(await self.resource.read(call.caller(self.tool), **variables))
        return contents(render_within(structured, call.access.limit_characters), self.resource.mime_type)

    def failure(self, error: ToolError) -> str:
        """Renders a failure as the text of the resource: the host masks what is raised."""
        return failure_contents(error)


def contents(text: str, mime_type: str, meta: Mapping[str, Any] | None = None) -> str:
    """Renders the envelope of a resource's text.

    The extension tries every text as an envelope. Within one of our own, a text by others stays a text: it
    cannot choose its own URI, type or metadata.
    """
    inner: dict[str, Any] = {"mimeType": mime_type, "text": text}
    if meta is not None:
        inner["_meta"] = meta
    return json.dumps({"content": json.dumps(inner)})


def failure_contents(error: ToolError) -> str:
    """Renders a failure as the text of a resource: the host masks what is raised."""
    return contents(describe(error)[0], "text/plain")


def _decoded(value: str) -> str | None:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return None
