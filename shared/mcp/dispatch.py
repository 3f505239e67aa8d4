"""Runs a call from trigger to answer, and turns failures into answers: nothing else does."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from shared.caller import Caller
from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.http.current_caller import acting_for
from shared.http.deadline import deadline
from shared.http.request_budget import request_budget
from shared.mcp.invocation import Invocation, parse_invocation
from shared.mcp.tool import Tool
from shared.result_limit import result_limit

if TYPE_CHECKING:
    from shared.mcp.confirmation import Confirmations
    from shared.observability.audit import CallRecord
    from shared.observability.telemetry import Kind, ObservedCall
    from shared.policy.authorization import Guarded

_LOGGER = logging.getLogger(__name__)


class AccessControl(Protocol):
    """Authenticates and authorizes callers, and gives tools their API clients."""

    limit_characters: int
    """The size of the largest result, in characters."""
    timeout_seconds: float
    """The longest duration of a call."""

    @property
    def confirmations(self) -> "Confirmations":
        """Returns what seals writes that wait."""
        ...

    async def authenticate(self, invocation: Invocation) -> tuple[Principal, str]:
        """Authenticates the caller of an invocation; returns the principal and the access token.

        Raises:
            ToolError: The access token is missing or refused.
        """
        ...

    async def authorize(self, principal: Principal, token: str, guarded: "Guarded") -> None:
        """Returns if the caller may use this now; counts it as a call.

        Raises:
            ToolError: They lack a role or group, or call too often.
        """
        ...

    def caller(self, principal: Principal, token: str, tool: Tool) -> Caller:
        """Returns the caller with the API clients the tool may use."""
        ...


@dataclass(frozen=True, slots=True)
class AuthenticatedCall:
    """Holds one call whose caller is known. No repr shows the access token.

    Attributes:
        invocation: What the client sent.
        access: The server.
        principal: The caller.
        token: Their access token.
        record: What the audit line tells of the call.
    """

    invocation: Invocation
    access: AccessControl
    principal: Principal
    token: str = field(repr=False)
    record: "CallRecord"

    async def authorize(self, guarded: "Guarded") -> None:
        """Returns if the caller may use this now; counts it as a call.

        Raises:
            ToolError: They lack a role or group, or call too often.
        """
        await self.access.authorize(self.principal, self.token, guarded)

    def caller(self, tool: Tool) -> Caller:
        """Returns the caller with the API clients the tool may use."""
        return self.access.caller(self.principal, self.token, tool)


class Target(Protocol):
    """Defines what a client can ask for: a tool, a resource, a prompt or the page of an app."""

    @property
    def name(self) -> str:
        """Returns its name in the log, the trace and the audit record."""
        ...

    @property
    def kind(self) -> "Kind":
        """Returns what it is."""
        ...

    @property
    def writes(self) -> bool:
        """Tells whether it changes anything."""
        ...

    async def answer(self, call: AuthenticatedCall) -> str:
        """Authorizes and answers a call; returns what the extension takes.

        Raises:
            ToolError: It cannot be answered.
        """
        ...

    def failure(self, error: ToolError) -> str:
        """Renders a failure as what the extension takes."""
        ...


async def dispatch(
    target: Target,
    context: str,
    access: Callable[[], AccessControl],
    *,
    trace: Mapping[str, str] | None = None,
) -> str:
    """Runs one call, writes its audit line, and returns what the extension takes.

    Args:
        target: What is asked for.
        context: The MCP extension's JSON.
        access: Returns the server, which the first call opens.
        trace: The W3C headers of the trace the call belongs to.
    """
    from shared.observability.telemetry import observed_call  # noqa: PLC0415 - loads OpenTelemetry

    with observed_call(target.name, kind=target.kind, writes=target.writes, headers=trace or {}) as call:
        try:
            return call.finish("ok", await _run(target, context, access, call))
        except asyncio.CancelledError:
            call.finish("cancelled", "")
            raise
        except ToolError as error:
            _LOGGER.warning("%s: %s", target.name, error.reason)
            return call.finish(error.code, target.failure(error), reason=error.reason)
        except Exception as error:
            from shared.mcp.bugs import describe_bug  # noqa: PLC0415 - seldom needed

            reference = str(uuid.uuid4())
            # Not its words, which may hold what a service sent.
            _LOGGER.error("%s failed unexpectedly, reference %s", target.name, reference)  # noqa: TRY400
            _LOGGER.error("%s: %s", reference, describe_bug(error))  # noqa: TRY400
            return call.finish("internal_error", target.failure(_bug(reference)))


async def _run(
    target: Target, context: str, open_access: Callable[[], AccessControl], call: "ObservedCall"
) -> str:
    invocation = parse_invocation(context)
    access = open_access()
    try:
        async with deadline(access.timeout_seconds) as limit:
            with call.validation():
                principal, token = await access.authenticate(invocation)
            call.record.authenticated(principal)
            with (
                acting_for(principal.tenant_id, principal.object_id),
                request_budget(),
                result_limit(access.limit_characters),
            ):
                return await target.answer(
                    AuthenticatedCall(invocation, access, principal, token, call.record)
                )
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise _too_slow(target.writes, access.timeout_seconds) from error


def _too_slow(writes: bool, seconds: float) -> ToolError:
    message = f"The call took longer than {seconds:g} seconds."
    if not writes:
        return ToolError("timeout", message, "Try again, or ask for less at once.")
    return ToolError(
        "timeout",
        f"{message} It may have been carried out all the same; it was not repeated.",
        "Check whether it was before you repeat it.",
        details={"outcome": "unknown"},
    )


def _bug(reference: str) -> ToolError:
    return ToolError(
        "internal_error",
        "Something went wrong in the server.",
        "Report it to the people who run this server, with the reference.",
        details={"reference": reference},
    )
