"""Reads the claims that a service wants a new token to satisfy."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

_CLAIMS_LIMIT = 8 * 1024
_CLAIMS_DEPTH = 8
"""Claims requests have four levels (OpenID Connect Core 1.0, 5.5); MSAL parses and merges them again."""


def claims_challenge(headers: Mapping[str, str]) -> str | None:
    """Parses the claims, as JSON, that a 401 wants a new token to satisfy.

    The header's form is that of "Claims challenges, claims requests, and client capabilities":
    `error="insufficient_claims"` and `claims` in base64, perhaps unpadded.
    """
    challenge = headers.get("www-authenticate", "")
    parameters = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    if parameters.get("error") != "insufficient_claims":
        return None
    encoded = parameters.get("claims", "").replace("-", "+").replace("_", "/").rstrip("=")
    if len(encoded) > _CLAIMS_LIMIT:
        return None
    try:
        claims = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
        document = json.loads(claims)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return claims if isinstance(document, dict) and _depth(document) <= _CLAIMS_DEPTH else None


def _depth(document: Any) -> int:
    """Returns how many objects and lists are within each other; a document of bounded size alone."""
    level, depth = [document], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [each for value in level for each in (value.values() if isinstance(value, dict) else value)]
    return depth
