"""Finds reads by words, and tells what a caller can do with each."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.errors import ToolError
from shared.observability import audit
from shared.reads.parameters import given_parameters
from shared.reads.paths import FittedPath, fit
from shared.reads.ranking import rank
from shared.reads.read_index import Api, Read, read_index
from shared.reads.records import few
from shared.reads.typed_tools import typed_tool

MOST_PROPERTIES = 25
About = Annotated[
    str, Field(min_length=1, max_length=300, description="Words for what you look for, such as inbox rules.")
]
Limit = Annotated[int, Field(ge=1, le=25, description="Reads at most.")]
Path = Annotated[
    str, Field(min_length=1, max_length=2_000, description="A path found, with ids in place of the braces.")
]


class FoundRead(BaseModel):
    """A read that fits the words."""

    path: str = Field(description="With a name in braces for each id.")
    returns: str = Field(description="The type of what comes back; [] for a list.")
    properties: list[str] = Field(description="What it has, the most telling first.")
    parameters: list[str] = Field(description="Query parameters, * for those that are needed.")
    scope: str = Field(description="The permission it is read with.")
    usable: bool | None = Field(description="Whether that is consented to; null where it is not known.")
    better: str | None = Field(description="The tool that reads this better: use it instead.")


class FoundReads(BaseModel):
    """The reads that fit some words, the best first."""

    items: list[FoundRead]
    note: str | None = Field(None, description="What else would fit, and what is missing for it.")


async def find_reads(
    caller: Caller, api: Api, about: str, *, limit: int, area: str | None = None
) -> FoundReads:
    """Returns the offered reads that fit some words best, and says of those that are not offered."""
    offered = [read for read in caller.offer.reads(api) if area is None or read.area == area]
    found = rank(api, about, offered)[:limit]
    granted, problem = await _granted(caller, api, found)
    items = [_found(caller, read, granted) for read in found]
    notes = [problem, _not_offered(caller, api, about, found)]
    lacking = sorted({each.scope for each in items if each.usable is False})
    if lacking:
        url = caller.consents.url(api, lacking)
        notes.append(f"An administrator consents to what is missing here: {url}")
    if not items:
        notes.insert(0, "No offered read fits these words: try other words, or names of the API.")
    return FoundReads(items=items, note=" ".join(filter(None, notes)) or None)


async def chosen_read(caller: Caller, api: Api, path: str) -> tuple[FittedPath, str]:
    """Returns the read that a path fits, and the scope it is sent with.

    Raises:
        ToolError: `invalid_argument`: it fits none. `forbidden`: it is not offered, or the policy does not
            let the caller use it.
    """
    fitted = fit(api, path)
    scope = caller.offer.scope_of(fitted.read)
    if scope is None:
        reason, remedy = caller.offer.refusal(fitted.read)
        raise ToolError("forbidden", f"{fitted.read.template} {reason}", remedy, reason="read_not_offered")
    record = audit.CURRENT.get()
    if record:
        record.read_chosen(fitted.read.template)
    await caller.authorize_read(fitted.read.template)
    return fitted, scope


async def _granted(
    caller: Caller, api: Api, reads: Sequence[Read]
) -> tuple[frozenset[str] | None, str | None]:
    """Returns what is consented to; None and why where that cannot be known."""
    needed = {scope for read in reads if (scope := caller.offer.scope_of(read))}
    if not needed:
        return frozenset(), None
    try:
        return await caller.consents.granted(api, needed), None
    except ToolError as error:
        if error.code == "consent_required":
            return frozenset(), None
        return None, f"What is consented to is not known: {error.message}"


def _found(caller: Caller, read: Read, granted: frozenset[str] | None) -> FoundRead:
    described = read_index(read.api).type_of(read)
    scope = caller.offer.scope_of(read) or ""
    telling = few(described.properties, described)
    return FoundRead(
        path=_shown(read),
        returns=read.returns.rpartition(".")[2] + ("[]" if read.form == "list" else ""),
        properties=list(dict.fromkeys([*telling, *described.properties]))[:MOST_PROPERTIES],
        parameters=[
            f"{each.name}{'*' if each.required else ''}"
            + (f" ({', '.join(each.values[:8])})" if each.values else "")
            for each in given_parameters(read)
        ],
        scope=scope,
        usable=None if granted is None else scope in granted,
        better=_offered_tool(caller, read),
    )


def _shown(read: Read) -> str:
    return read.template.removeprefix("/{organization}")


def _offered_tool(caller: Caller, read: Read) -> str | None:
    name = typed_tool(read)
    return name if name in {tool.name for tool in caller.tools} else None


def _not_offered(caller: Caller, api: Api, about: str, found: Sequence[Read]) -> str | None:
    """Returns what an administrator would set for a read that fits better than those offered."""
    best = rank(api, about, read_index(api).reads)[:1]
    if not best or best[0] in found or caller.offer.scope_of(best[0]) or best[0].form == "bytes":
        return None
    reason, remedy = caller.offer.refusal(best[0])
    return f"{_shown(best[0])} may fit better and {reason} {remedy}"
