"""Builds the headers that describe the caller to the app."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

_XMLSOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_MICROSOFT = "http://schemas.microsoft.com/identity/claims"

# Claims .NET renames on the way in; the others keep their short names.
_MAPPED = {
    "oid": f"{_MICROSOFT}/objectidentifier",
    "tid": f"{_MICROSOFT}/tenantid",
    "scp": f"{_MICROSOFT}/scope",
    "sub": f"{_XMLSOAP}/nameidentifier",
    "upn": f"{_XMLSOAP}/upn",
    "email": f"{_XMLSOAP}/emailaddress",
}

_OWNED = (b"x-ms-client-principal", b"x-ms-token-")

type RawHeaders = list[tuple[bytes, bytes]]


def without_principal(headers: RawHeaders) -> RawHeaders:
    """Removes the headers that only the platform may set."""
    return [(name, value) for name, value in headers if not name.lower().startswith(_OWNED)]


def principal_headers(claims: Mapping[str, Any]) -> RawHeaders:
    """Builds the headers that describe the caller with these claims."""
    principal = {
        "auth_typ": "aad",
        "claims": [{"typ": _MAPPED.get(name, name), "val": text} for name, text in _texts(claims)],
        "name_typ": f"{_XMLSOAP}/emailaddress",
        "role_typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    }
    name = claims.get("preferred_username") or claims.get("email") or claims.get("name")
    headers = [
        (b"x-ms-client-principal", base64.b64encode(json.dumps(principal).encode())),
        (b"x-ms-client-principal-idp", b"aad"),
    ]
    for header, value in (
        (b"x-ms-client-principal-id", claims.get("oid")),
        (b"x-ms-client-principal-name", name),
    ):
        if value:
            headers.append((header, _header_text(str(value))))
    return headers


def _texts(claims: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields each claim as text; one with several values comes several times."""
    for name, value in claims.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, each if isinstance(each, str) else json.dumps(each)


def _header_text(value: str) -> bytes:
    return "".join(character for character in value if character.isprintable()).encode()
