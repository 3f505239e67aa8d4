"""Decodes tokens for people to look at: what they say, never the tokens themselves."""

from __future__ import annotations

from typing import Any

import jwt

type DecodedToken = dict[str, Any]
"""`{"header": {"alg", "kid", "typ"}, "claims": {...}}`; nothing in it is verified."""

_HEADER = ("alg", "kid", "typ")


def decoded(token: str | None) -> DecodedToken | None:
    """What a JSON Web Token says, without its signature; None for what is no such token."""
    if not token:
        return None
    try:
        whole = jwt.api_jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    header = {name: whole["header"][name] for name in _HEADER if name in whole["header"]}
    return {"header": header, "claims": whole["payload"]}


def decoded_bearer(authorization: str | None) -> DecodedToken | None:
    """What the bearer token of an `Authorization` header says."""
    scheme, _, token = (authorization or "").partition(" ")
    return decoded(token.strip()) if scheme.casefold() == "bearer" else None
