"""Defines the one exception of failed tool calls, with a closed set of codes."""

from collections.abc import Mapping
from typing import Literal, get_args

type Code = Literal[
    "sign_in_required",
    "forbidden",
    "consent_required",
    "invalid_argument",
    "not_found",
    "conflict",
    "throttled",
    "rate_limited",
    "unavailable",
    "timeout",
    "misconfigured",
    "upstream_error",
    "internal_error",
]

CODES: tuple[str, ...] = get_args(Code.__value__)


class ToolError(Exception):
    """Reports a failure to the caller.

    Attributes:
        code: What kind of failure it is, from the closed set.
        message: What happened, in the user's words.
        remedy: Who can do what now.
        retry_after: Seconds after which the same call may succeed, where that is known.
        details: Names and values for a client or an administrator: a correlation id, the
            scopes that lack consent. Never a token, never personal data.
        reason: The precise cause, for the log alone; the code where there is none more precise.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        remedy: str,
        *,
        retry_after: float | None = None,
        details: Mapping[str, str] | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.remedy = remedy
        self.retry_after = retry_after
        self.details = dict(details or {})
        self.reason = reason or code


class SettingsError(Exception):
    """Reports settings that are missing, wrong or contradictory, in one line for each."""
