"""Describes partial results: what could not be read where a result comes from several sources."""

from collections.abc import Awaitable, Sequence

from pydantic import BaseModel, PrivateAttr

from shared.errors import Code, ToolError


class Gap(BaseModel):
    """What could not be read, and why."""

    source: str
    code: Code
    message: str
    remedy: str
    _error: ToolError = PrivateAttr()


async def capture_gap[M](source: str, part: Awaitable[M]) -> M | Gap:
    """Awaits a part of a result, and returns it or the gap its failure leaves."""
    try:
        return await part
    except ToolError as error:
        gap = Gap(source=source, code=error.code, message=error.message, remedy=error.remedy)
        gap._error = error
        return gap


def error_from_gaps(gaps: Sequence[Gap]) -> ToolError:
    """Returns the error of a call whose every part failed."""
    first = gaps[0]._error
    return ToolError(
        first.code,
        " ".join(dict.fromkeys(gap.message for gap in gaps)),
        " ".join(dict.fromkeys(gap.remedy for gap in gaps)),
        retry_after=max(gap._error.retry_after or 0 for gap in gaps) or None,
        details=first.details,
        reason=first.reason,
    )
