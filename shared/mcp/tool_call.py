"""Answers a call of a tool: authorizes it, parses its arguments, runs it and renders its result."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ValidationError

from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.cleaning import clean_result
from shared.mcp.dispatch import AuthenticatedCall
from shared.mcp.invocation import check_depth, failure, success
from shared.mcp.rendering import render
from shared.mcp.tool import Tool
from shared.results.links import shorten_links

if TYPE_CHECKING:
    from shared.mcp.operation import Operation

type ResourceLink = Mapping[str, str]
"""A content block of type `resource_link`."""
type Links = Callable[[Tool, Caller, Mapping[str, Any], Mapping[str, Any]], Sequence[ResourceLink]]
"""Returns the resources that a result is about, by tool, caller, arguments and structured content."""
type Outcome = Callable[[AuthenticatedCall, Tool, "Operation", Mapping[str, Any]], Awaitable[str]]
"""Returns the envelope of an authorized call, by tool, operation and parsed arguments."""


async def carry_out(
    call: AuthenticatedCall,
    tool: Tool,
    operation: "Operation",
    arguments: Mapping[str, Any],
    *,
    links: Links | None = None,
) -> str:
    """Runs the tool; returns the envelope of its result."""
    caller = call.caller(tool)
    structured = structure(await run_operation(operation, caller, arguments))
    linked = links(tool, caller, arguments, structured) if links else ()
    structured = shorten_links(structured)
    return success(render_within(structured, call.access.limit_characters), structured, links=linked)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Answers the calls of one tool, whatever becomes of them once they are authorized and parsed."""

    tool: Tool
    outcome: Outcome = carry_out
    kind: Literal["tool"] = "tool"

    @property
    def name(self) -> str:
        """Returns the tool's name."""
        return self.tool.name

    @property
    def writes(self) -> bool:
        """Tells whether the tool changes anything."""
        return self.tool.writes

    async def answer(self, call: AuthenticatedCall) -> str:
        """Authorizes the call and parses its arguments; returns the envelope of its outcome.

        Raises:
            ToolError: The caller may not use it, an argument is wrong, or it failed.
        """
        await call.authorize(self.tool)
        operation = await self.tool.ready()
        arguments = operation.parse(call.invocation.arguments)
        return await self.outcome(call, self.tool, operation, arguments)

    def failure(self, error: ToolError) -> str:
        """Renders a failure as a result with `isError`."""
        return failure(error)


async def run_operation(operation: "Operation", caller: Caller, arguments: Mapping[str, Any]) -> BaseModel:
    """Runs the function of a tool.

    Raises:
        ToolError: It failed, or a service sent what has another form than it should.
    """
    try:
        return await operation.function(caller, **arguments)
    except ValidationError as error:
        # Arguments are validated before: what has no form here came from a service.
        fields = ", ".join(str(each["loc"][-1]) for each in error.errors(include_input=False) if each["loc"])
        raise ToolError(
            "upstream_error",
            f"A service sent a response of an unexpected form ({fields}).",
            "Report it to the people who run this server.",
            reason="unexpected_form",
        ) from error


def structure(result: BaseModel, *, keep_lines: bool = False) -> dict[str, Any]:
    """Returns a result as JSON whose texts are clean, on one line each where they need not keep theirs."""
    return dict(clean_result(result.model_dump(mode="json"), keep_lines=keep_lines))


def render_within(structured: Mapping[str, Any], limit_characters: int) -> str:
    """Renders a result as text.

    Raises:
        ToolError: `upstream_error`: it is too long, or nested too deep.
    """
    check_depth(structured)
    text = render(structured)
    if len(text) > limit_characters:
        raise ToolError(
            "upstream_error",
            f"The result has {len(text):,} characters; the limit is {limit_characters:,}.",
            "Ask for less: a smaller limit, fewer fields, or a part of the text.",
        )
    return text
