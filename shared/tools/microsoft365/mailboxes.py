"""Declares the parameter for another's mailbox, and tells what it means that nothing is found there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from pydantic import Field

from shared.errors import ToolError
from shared.tools.params import Address

Mailbox = Annotated[Address | None, Field(description="Another's mailbox shared with you, by address.")]

_HIDDEN = frozenset({"forbidden", "not_found"})


@contextmanager
def explain_shared_mailbox(mailbox: str | None) -> Iterator[None]:
    """Tells of a refusal in another's mailbox what it can mean: Exchange says 404 where nothing is shared.

    Raises:
        ToolError: `not_found`, where something was refused or not found.
    """
    try:
        yield
    except ToolError as error:
        if mailbox is None or error.code not in _HIDDEN:
            raise
        raise ToolError(
            "not_found",
            "mailbox: this mailbox, or what you ask for in it, is not there or not shared with you.",
            "Check the address, or ask its owner to share it with you.",
            details=error.details,
        ) from error
