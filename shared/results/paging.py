"""Cuts lists into pages, and makes cursors that only their owner can use for the same list."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from shared.errors import ToolError
from shared.result_limit import share

PAGE_BUDGET = 24_000
"""Characters of JSON in a page of a result of the usual length, which leaves room for what surrounds it."""

_TAG_BYTES = 16
_RAW = -15
"""DEFLATE without a header (RFC 1951), with a window of 32 KiB."""
_WINDOW = 32_000
_LONGEST = 64_000
"""Bytes of the longest position that is read."""
# Secrets the platform gives every instance of an app, with which the MCP extension protects its own state.
_PLATFORM_KEYS = ("WEBSITE_AUTH_ENCRYPTION_KEY", "CONTAINER_ENCRYPTION_KEY")


class Page[M](BaseModel):
    """A part of a list, or all of it."""

    items: list[M]
    complete: bool = Field(description="Whether this is the end of the list.")
    next_cursor: str | None = Field(
        None, description="Give it as cursor, with the same arguments, to read on; null at the end."
    )
    note: str | None = Field(None, description="Why the list stops here, if it is not the end.")
    web_url: str | None = Field(
        None, description="The address of each item that has none of its own, with its id (quoted) for {id}."
    )


class Cursors:
    """Makes and reads cursors. One is good for the caller and the list it was made for, and no other.

    Args:
        key: Secret shared by all who must read each other's cursors.
        owner: The caller, as tenant and object id.
    """

    def __init__(self, key: bytes, owner: str) -> None:
        self._key = key
        self._owner = owner

    @classmethod
    def of(cls, key: bytes, *, tenant_id: str, object_id: str) -> Self:
        """Returns the cursors of one caller."""
        return cls(key, f"{tenant_id}/{object_id}")

    def seal(self, query: str, position: Mapping[str, Any]) -> str:
        """Returns the cursor for a position in the list of a query."""
        payload = _compressed(json.dumps(position, separators=(",", ":")).encode(), query)
        return base64.urlsafe_b64encode(self._tag(query, payload) + payload).decode().rstrip("=")

    def open(self, query: str, cursor: str) -> dict[str, Any]:
        """Returns the position that a cursor names.

        Raises:
            ToolError: `invalid_argument`: it was not made for this caller and this list.
        """
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise _refused() from error
        tag, payload = sealed[:_TAG_BYTES], sealed[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(query, payload)):
            raise _refused()
        return dict(json.loads(_decompressed(payload, query)))

    def _tag(self, query: str, payload: bytes) -> bytes:
        bound = json.dumps([self._owner, query]).encode() + b"\n" + payload
        return hmac.digest(self._key, bound, hashlib.sha256)[:_TAG_BYTES]


def _compressed(payload: bytes, query: str) -> bytes:
    """Compresses a position, of which the query says most: a next link repeats it."""
    compressor = zlib.compressobj(level=9, wbits=_RAW, zdict=_dictionary(query))
    return compressor.compress(payload) + compressor.flush()


def _decompressed(payload: bytes, query: str) -> bytes:
    try:
        return zlib.decompressobj(wbits=_RAW, zdict=_dictionary(query)).decompress(payload, _LONGEST)
    except zlib.error as error:
        raise _refused() from error


def _dictionary(query: str) -> bytes:
    # What is searched for last is found cheapest, and a link is written with quotes.
    return f'{query}{quote(query, errors="replace")}{{"link":"'.encode(errors="replace")[-_WINDOW:]


class CountedPage[M](Page[M]):
    """A part of a list whose length is known."""

    total: int = Field(description="How many items the whole list has.")


class KeyedList:
    """Cuts a list into pages when its keys come all at once, such as the ids that a query finds.

    Args:
        cursors: Of the caller.
        query: Which list it is.
        cursor: Of the page before; it is opened here, before the keys are requested.

    Raises:
        ToolError: `invalid_argument`: the cursor is not one of this list.
    """

    def __init__(self, cursors: Cursors, query: str, cursor: str | None) -> None:
        self._cursors = cursors
        self._query = query
        position = cursors.open(query, cursor) if cursor else {}
        self._start = int(position.get("start", 0))
        self._passed = position.get("passed")

    async def page[K, M](
        self, keys: Sequence[K], read: Callable[[Sequence[K]], Awaitable[list[M]]], *, limit: int
    ) -> CountedPage[M]:
        """Returns the page from the cursor on, at most `limit` items.

        Args:
            keys: Of the whole list, as it is now.
            read: The items of some keys: one for each, in their order.
            limit: How many items to read.
        """
        items = await read(keys[self._start : self._start + limit])
        fits = fitting(items)
        end = self._start + fits
        notes = []
        if self._passed is not None and self._passed != _digest(keys[: self._start]):
            notes.append("The list has changed since the page before: items may be missing or come twice.")
        if end < len(keys):
            notes.append(
                "The rest would make the result too large." if fits < len(items) else "There are more."
            )
        position = {"start": end, "passed": _digest(keys[:end])}
        return CountedPage(
            items=items[:fits],
            complete=end >= len(keys),
            next_cursor=self._cursors.seal(self._query, position) if end < len(keys) else None,
            note=" ".join(notes) or None,
            total=len(keys),
        )


def cursor_key(environ: Mapping[str, str]) -> bytes:
    """Returns the key of cursors: one that all instances of the app share, where the platform gives one.

    Elsewhere it is random, and a cursor lives as long as the process.
    """
    secret = next((environ[name] for name in _PLATFORM_KEYS if environ.get(name)), None)
    return hashlib.sha256(b"cursors\n" + secret.encode()).digest() if secret else secrets.token_bytes(32)


def fitting(items: list[Any], budget: int = PAGE_BUDGET) -> int:
    """Counts the items, from the first on, that fit the budget's share of the result: at least one."""
    total, budget = 0, share(budget)
    for count, item in enumerate(items):
        total += len(json.dumps(item.model_dump(mode="json")))
        if total > budget and count:
            return count
    return len(items)


def _digest(keys: Sequence[object]) -> str:
    """Returns a digest of the beginning of a list."""
    return hashlib.sha256(json.dumps(keys, default=str).encode()).hexdigest()[:16]


def _refused() -> ToolError:
    return ToolError(
        "invalid_argument",
        "cursor: it does not belong to this list, or is too old.",
        "Call again without a cursor, then use the cursor of that result with the same arguments.",
    )
