"""Declares the parameter for another's mailbox, opens it, and tells what it means that nothing is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from pydantic import Field

from shared.caller import Caller
from shared.errors import ToolError
from shared.tools.params import Address

Mailbox = Annotated[Address | None, Field(description="Address of a mailbox shared with you.")]

_HIDDEN = frozenset({"forbidden", "not_found"})
_TOLD = frozenset({"errorsendasdenied", "erroraccountsuspend", "errorquotaexceeded"})
"""What Graph says for reasons that have nothing to do with sharing."""


@contextmanager
def explain_shared_mailbox(mailbox: str | None) -> Iterator[None]:
    """Tells of a refusal in another's mailbox what it can mean: Exchange says 404 where nothing is shared.

    Raises:
        ToolError: As inside.
    """
    try:
        yield
    except ToolError as error:
        graph_error = str(error.details.get("graph_error")).casefold()
        if mailbox is None or error.code not in _HIDDEN or graph_error in _TOLD:
            raise
        raise ToolError(
            error.code,
            f"{error.message} mailbox: {mailbox}, or what you ask for in it, is not there or not shared with "
            "you.",
            "Check the address, and give ids that come from this mailbox. If only a folder is shared, "
            "name that, such as inbox. Its owner or an administrator can share more.",
            details=error.details,
            reason=error.reason,
        ) from error


@contextmanager
def open_mailbox(caller: Caller, mailbox: str | None, *scopes: str) -> Iterator[Caller]:
    """Gives the caller in this mailbox, with these optional scopes; for None, in their own, unchanged.

    Raises:
        ToolError: As inside; see `explain_shared_mailbox`.
    """
    with explain_shared_mailbox(mailbox):
        yield caller.in_mailbox(mailbox, *scopes)
