"""Explains writes whose outcome is not known, or that failed halfway."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import ToolError

_UNDECIDED = frozenset({"timeout", "unavailable", "upstream_error"})


@contextmanager
def report_unknown_outcome(look: str) -> Iterator[None]:
    """Adds to the error of a write inside that it may have been carried out, and was not repeated.

    Args:
        look: The remedy: where to look before the call is repeated.

    Raises:
        ToolError: As the write did, with `outcome: unknown` among its details.
    """
    try:
        yield
    except ToolError as error:
        if error.code not in _UNDECIDED or _is_refused(error):
            raise
        raise ToolError(
            error.code,
            f"{error.message} It may have been carried out all the same; it was not repeated.",
            look,
            retry_after=error.retry_after,
            details={**error.details, "outcome": "unknown"},
            reason=error.reason,
        ) from error


def _is_refused(error: ToolError) -> bool:
    """Tells whether the service said that it did nothing: by any 4xx but 408, which is a timeout."""
    status = str(error.details.get("status", ""))
    return len(status) == 3 and status.startswith("4") and status != "408"


@contextmanager
def after(done: str) -> Iterator[None]:
    """Adds to an error inside what was done before it.

    Args:
        done: Sentences; where they are empty, nothing was done, and the error stays as it is.

    Raises:
        ToolError: As what failed did.
    """
    try:
        yield
    except ToolError as error:
        if not done:
            raise
        raise ToolError(
            error.code,
            f"{done} What was left failed: {error.message}",
            error.remedy,
            retry_after=error.retry_after,
            details=error.details,
            reason=error.reason,
        ) from error
