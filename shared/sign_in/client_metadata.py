"""Reads a client's metadata: what it registers with (RFC 7591), and what stands in its document."""

import re
from collections.abc import Mapping
from typing import Any

from shared.sign_in.oauth_errors import OAuthError
from shared.text.invisible import without_invisible

LIMIT_NAME = 80
CODE_GRANT = "authorization_code"
REFRESH_GRANT = "refresh_token"
_METHODS = ("token_endpoint_auth_method", "token_endpoint_auth_methods_supported")


def check_metadata(metadata: Mapping[str, Any]) -> bool:
    """Tells whether a client with this metadata may refresh, if the metadata fits this server.

    A client that lists more grant or response types than there are here gets those there are.

    Raises:
        OAuthError: `invalid_client_metadata`: it cannot do what this server needs, which is the code grant.
    """
    grants = _texts(metadata, "grant_types", default=[CODE_GRANT])
    if CODE_GRANT not in grants:
        raise OAuthError("invalid_client_metadata", "grant_types must include authorization_code.")
    if "code" not in _texts(metadata, "response_types", default=["code"]):
        raise OAuthError("invalid_client_metadata", "response_types must include code.")
    return REFRESH_GRANT in grants


def is_public_client(metadata: Mapping[str, Any]) -> bool:
    """Tells whether a client can do without authentication at the token endpoint.

    Its document may name one method, or several of which `none` must be one.
    """
    one, several = (metadata.get(name) for name in _METHODS)
    if isinstance(several, list) and "none" in several:
        return True
    return one == "none" or (one is None and several is None)


def clean_name(value: object) -> str:
    """Returns a client's name for itself as one line of printable characters.

    Invisible ones are left out, marks that turn the direction of writing among them.
    """
    if not isinstance(value, str):
        return ""
    shown = "".join(each if each.isprintable() else " " for each in without_invisible(value[:1000]))
    return re.sub(r"\s+", " ", shown).strip()[:LIMIT_NAME].rstrip()


def _texts(metadata: Mapping[str, Any], name: str, *, default: list[str]) -> list[str]:
    """Returns a list of texts; the default where it is absent, null or empty."""
    value = metadata.get(name)
    if value is None or value == []:
        return default
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise OAuthError("invalid_client_metadata", f"{name} must be a list of texts.")
    return value
