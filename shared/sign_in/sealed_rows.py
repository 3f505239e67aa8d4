"""Encrypts rows under the handles that name them, so that who has the table alone can read nothing.

A handle is 256 random bits. A row is found by the handle's SHA-256 and encrypted by AES-256-GCM under a key
that HKDF-SHA256 (RFC 5869) derives from the handle and the row's kind; the server keeps no key. So no
row can stand in the place of another, of whatever kind.
"""

import base64
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.storage.row_store import Row, RowStore

_HANDLE = re.compile(r"[A-Za-z0-9_-]{43}")
_NONCE_BYTES = 12


class Content(BaseModel):
    """Is the content of a row; its class names the kind and how long such a row lasts."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)
    kind: ClassVar[str]
    lifetime: ClassVar[float]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Opened[C: Content]:
    """Holds the content of a row, with the version it is of."""

    content: C
    row: Row


def new_handle() -> str:
    """Returns a new handle: 256 random bits in base64url."""
    return secrets.token_urlsafe(32)


def is_handle(text: str) -> bool:
    """Tells whether a text has the form of a handle."""
    return _HANDLE.fullmatch(text) is not None


def hashed(text: str) -> str:
    """Returns the SHA-256 of a secret, by which it is recognised and not known."""
    return hashlib.sha256(text.encode()).hexdigest()


def derived_handle(handle: str, purpose: str) -> str:
    """Returns another handle that only this one and its purpose lead to."""
    derived = _derive(handle, f"handle of {purpose}")
    return base64.urlsafe_b64encode(derived).rstrip(b"=").decode()


class SealedRows:
    """Stores contents under handles.

    Every method raises ToolError when the store cannot be reached or refuses the server.

    Args:
        store: Where the rows are.
        clock: Returns seconds since the epoch.
    """

    def __init__(self, store: RowStore, *, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self._clock = clock

    def now(self) -> float:
        """Returns the present moment, in seconds since the epoch."""
        return self._clock()

    async def put(self, handle: str, content: Content) -> None:
        """Stores a content under a handle."""
        await self.store.put(self._sealed(handle, content, etag=""))

    async def get[C: Content](self, handle: str, kind: type[C]) -> Opened[C] | None:
        """Returns the content stored under a handle, or None where there is none of this kind."""
        if not is_handle(handle):
            return None
        row = await self.store.get(kind.kind, hashed(handle))
        if row is None:
            return None
        content = _open(handle, row, kind)
        return None if content is None else Opened(content, row)

    async def replace(self, handle: str, content: Content, *, etag: str = "*") -> bool:
        """Stores a content in place of one version, or of any; False where that is gone."""
        return await self.store.replace(self._sealed(handle, content, etag=etag))

    async def take(self, opened: Opened[Content]) -> bool:
        """Deletes the version that was read; False where somebody else was first."""
        return await self.store.delete(opened.row)

    async def end(self, handle: str, kind: type[Content]) -> None:
        """Deletes whatever is stored under a handle."""
        await self.store.delete(Row(kind.kind, hashed(handle), b"", 0, "*"))

    def _sealed(self, handle: str, content: Content, *, etag: str) -> Row:
        kind, key = content.kind, hashed(handle)
        nonce = os.urandom(_NONCE_BYTES)
        cipher = AESGCM(_derive(handle, kind))
        sealed = nonce + cipher.encrypt(nonce, content.model_dump_json().encode(), None)
        return Row(kind, key, sealed, self._clock() + content.lifetime, etag)


def _open[C: Content](handle: str, row: Row, kind: type[C]) -> C | None:
    """Returns the content of a row; None where it was not sealed under this handle, or was changed."""
    nonce, sealed = row.sealed[:_NONCE_BYTES], row.sealed[_NONCE_BYTES:]
    try:
        plain = AESGCM(_derive(handle, kind.kind)).decrypt(nonce, sealed, None)
        return kind.model_validate_json(plain)
    except (InvalidTag, ValidationError, ValueError):
        return None


def _derive(handle: str, info: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=info.encode()).derive(handle.encode())
