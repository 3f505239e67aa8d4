"""Holds what a read of Graph includes besides its own to what the caller may read by itself."""

import re

from shared.caller import Caller
from shared.errors import ToolError
from shared.reads.read_index import Read, read_index

_NAME = re.compile(r"[A-Za-z]\w{0,99}")
_SELECTED = re.compile(r"\(\$select=[A-Za-z]\w*(,[A-Za-z]\w*)*\)")
_PARTS = re.compile(r"\s*,\s*(?![^(]*\))")
_PLACE = re.compile(r"\{[^{}]*\}")


async def check_expansion(caller: Caller, read: Read, expand: str | None) -> str:
    """Returns what a read is to include, where the caller may read each part of it by itself.

    Raises:
        ToolError: `invalid_argument`: it is more than names, each perhaps with a `$select`. `forbidden`: one
            is not offered, or the policy does not let the caller read it.
    """
    parts = [each for each in _PARTS.split((expand or "").strip()) if each]
    for part in parts:
        name, bracket, rest = part.partition("(")
        if not _NAME.fullmatch(name) or (bracket and not _SELECTED.fullmatch(bracket + rest)):
            raise ToolError(
                "invalid_argument",
                "expand: is more than names.",
                "Give names with commas between them, each at most with properties: "
                "attachments($select=name,size).",
            )
        await _check(caller, read, name)
    return ",".join(parts)


async def _check(caller: Caller, read: Read, name: str) -> None:
    place = "/{}" if read.form == "list" else ""
    wanted = f"{_PLACE.sub('{}', read.template)}{place}/{name}".casefold()
    # What is published of people alone is the same of the caller.
    for template in (wanted, wanted.replace("/me/", "/users/{}/", 1)):
        found = [each for each in read_index(read.api).reads if _places(each) == template]
        for each in found:
            if caller.offer.scope_of(each) is None:
                reason, remedy = caller.offer.refusal(each)
                raise ToolError("forbidden", f"{each.template} {reason}", remedy, reason="read_not_offered")
            await caller.authorize_read(each.template)
        if found:
            return


def _places(read: Read) -> str:
    return _PLACE.sub("{}", read.template).removesuffix("()").casefold()
