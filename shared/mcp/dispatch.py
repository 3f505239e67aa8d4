"""Runs a call from trigger to result, and turns failures into results: nothing else does."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from shared.caller import Caller
from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.http.current_caller import acting_for
from shared.http.deadline import deadline
from shared.http.request_budget import request_budget
from shared.mcp.cleaning import clean_result
from shared.mcp.invocation import Invocation, check_depth, failure, parse_invocation, success
from shared.mcp.rendering import render
from shared.mcp.tool import Tool
from shared.result_limit import result_limit
from shared.results.links import shorten_links

if TYPE_CHECKING:
    from shared.observability.telemetry import ObservedCall

_LOGGER = logging.getLogger(__name__)


class AccessControl(Protocol):
    """Authenticates and authorizes callers, and gives tools their API clients."""

    limit_characters: int
    """The size of the largest result, in characters."""
    timeout_seconds: float
    """The longest duration of a call."""

    async def authenticate(self, invocation: Invocation) -> tuple[Principal, str]:
        """Authenticates the caller of an invocation; returns the principal and the access token.

        Raises:
            ToolError: The access token is missing or refused.
        """
        ...

    async def authorize(self, principal: Principal, token: str, tool: Tool) -> None:
        """Returns if the caller may use the tool now.

        Raises:
            ToolError: They lack a role or group, or call too often.
        """
        ...

    def caller(self, principal: Principal, token: str, tool: Tool) -> Caller:
        """Returns the caller with the API clients the tool may use."""
        ...


async def dispatch(
    tool: Tool, context: str, access: Callable[[], AccessControl], *, trace: Mapping[str, str] | None = None
) -> str:
    """Runs one call, writes its audit line, and returns its result envelope.

    Args:
        tool: The tool called.
        context: The MCP extension's JSON.
        access: Returns the server, which the first call opens.
        trace: The W3C headers of the trace the call belongs to.
    """
    from shared.observability.telemetry import observed_call  # noqa: PLC0415 - loads OpenTelemetry

    with observed_call(tool.name, writes=tool.writes, headers=trace or {}) as call:
        try:
            return call.finish("ok", await _run(tool, context, access, call))
        except asyncio.CancelledError:
            call.finish("cancelled", "")
            raise
        except ToolError as error:
            _LOGGER.warning("%s: %s", tool.name, error.reason)
            return call.finish(error.code, failure(error), reason=error.reason)
        except Exception as error:
            from shared.mcp.bugs import describe_bug  # noqa: PLC0415 - seldom needed

            reference = str(uuid.uuid4())
            # Not its words, which may hold what a service sent.
            _LOGGER.error("%s failed unexpectedly, reference %s", tool.name, reference)  # noqa: TRY400
            _LOGGER.error("%s: %s", reference, describe_bug(error))  # noqa: TRY400
            return call.finish("internal_error", failure(_bug(reference)))


async def _run(
    tool: Tool, context: str, open_access: Callable[[], AccessControl], call: "ObservedCall"
) -> str:
    invocation = parse_invocation(context)
    access = open_access()
    try:
        async with deadline(access.timeout_seconds) as limit:
            return await _run_as_caller(tool, invocation, access, call)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise _too_slow(tool, access.timeout_seconds) from error


async def _run_as_caller(
    tool: Tool, invocation: Invocation, access: AccessControl, call: "ObservedCall"
) -> str:
    with call.validation():
        principal, token = await access.authenticate(invocation)
    call.record.authenticated(principal)
    with (
        acting_for(principal.tenant_id, principal.object_id),
        request_budget(),
        result_limit(access.limit_characters),
    ):
        await access.authorize(principal, token, tool)
        operation = await tool.ready()
        arguments = operation.parse(invocation.arguments)
        try:
            result = await operation.function(access.caller(principal, token, tool), **arguments)
        except ValidationError as error:
            # Arguments are validated above: what has no form here came from a service.
            fields = ", ".join(
                str(each["loc"][-1]) for each in error.errors(include_input=False) if each["loc"]
            )
            raise _unexpected(fields) from error
    structured = shorten_links(clean_result(result.model_dump(mode="json")))
    check_depth(structured)
    text = render(structured)
    if len(text) > access.limit_characters:
        raise ToolError(
            "upstream_error",
            f"The result has {len(text):,} characters; the limit is {access.limit_characters:,}.",
            "Ask for less: a smaller limit, fewer fields, or a part of the text.",
        )
    return success(text, structured)


def _too_slow(tool: Tool, seconds: float) -> ToolError:
    message = f"The call took longer than {seconds:g} seconds."
    if not tool.writes:
        return ToolError("timeout", message, "Try again, or ask for less at once.")
    return ToolError(
        "timeout",
        f"{message} It may have been carried out all the same; it was not repeated.",
        "Check whether it was before you repeat it.",
        details={"outcome": "unknown"},
    )


def _unexpected(fields: str) -> ToolError:
    return ToolError(
        "upstream_error",
        f"A service sent a response of an unexpected form ({fields}).",
        "Report it to the people who run this server.",
        reason="unexpected_form",
    )


def _bug(reference: str) -> ToolError:
    return ToolError(
        "internal_error",
        "Something went wrong in the server.",
        "Report it to the people who run this server, with the reference.",
        details={"reference": reference},
    )
