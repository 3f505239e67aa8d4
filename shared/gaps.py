"""What could not be had where a result is put together from several places."""

from collections.abc import Awaitable

from pydantic import BaseModel

from shared.errors import Code, ToolError


class Gap(BaseModel):
    """What could not be had, and why."""

    source: str
    code: Code
    message: str
    remedy: str


async def or_gap[M](source: str, asked: Awaitable[M]) -> M | Gap:
    """What was asked for, or the gap its failure leaves."""
    try:
        return await asked
    except ToolError as error:
        return Gap(source=source, code=error.code, message=error.message, remedy=error.remedy)
