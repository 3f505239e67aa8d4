"""Knows the sign-in proxy that was chosen: what contradicts it, and what a deployment with it adds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from report import Finding

ENDPOINTS = ("register", "authorize", "consent", "callback", "token", "revoke")
"""What the proxy serves below `/oauth/`."""


def mode(environ: Mapping[str, str]) -> str:
    """Returns where the proxy is: nowhere (empty), `metadata`, `app` or `gateway`."""
    return environ.get("SIGN_IN_PROXY", "").strip()


def signs_in(environ: Mapping[str, str]) -> bool:
    """Tells whether the proxy signs people in itself, by a registration of its own."""
    return mode(environ) in {"app", "gateway"}


def wrong_choices(environ: Mapping[str, str]) -> list[Finding]:
    """Returns what contradicts the choice of a proxy; each would be deployed, and let nobody in."""
    return list(_contradictions(environ)) if mode(environ) else []


def _contradictions(environ: Mapping[str, str]) -> Iterator[Finding]:
    chosen = mode(environ)
    if chosen == "metadata" and not _is_true(environ, "REGISTER_SERVER_ADDRESS"):
        yield Finding(
            "SIGN_IN_PROXY is metadata, but the address of the server is not registered: clients that find "
            "Entra by its metadata send that address as `resource`, and get AADSTS9010010",
            "azd env set REGISTER_SERVER_ADDRESS true   (or no metadata: azd env set SIGN_IN_PROXY app)",
        )
    if chosen == "gateway" and not _is_true(environ, "ENABLE_GATEWAY"):
        yield Finding(
            "SIGN_IN_PROXY is gateway, but there is no gateway",
            "azd env set ENABLE_GATEWAY true   (or without one: azd env set SIGN_IN_PROXY app)",
        )
    existing = environ.get("ENTRA_MODE", "").strip() == "existing"
    if signs_in(environ) and existing and not environ.get("SIGN_IN_CLIENT_ID", "").strip():
        yield Finding(
            "SIGN_IN_CLIENT_ID is missing: with ENTRA_MODE existing, the sign-in proxy needs a registration "
            "that is there as well",
            "make it as docs/deploy.md says, then: azd env set SIGN_IN_CLIENT_ID "
            "'00000000-0000-0000-0000-000000000000'",
        )
    tenants = _tenants(environ)
    own = environ.get("AZURE_TENANT_ID", "").strip().casefold()
    if len(tenants) > 1 or (own and tenants - {own}):
        yield Finding(
            "SIGN_IN_PROXY is for users of one tenant alone, but ALLOWED_TENANT_IDS names others",
            "azd env set ALLOWED_TENANT_IDS '[]'   (or no proxy: azd env set SIGN_IN_PROXY '')",
        )


def _is_true(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").strip().casefold() == "true"


def _tenants(environ: Mapping[str, str]) -> set[str]:
    try:
        given = json.loads(environ.get("ALLOWED_TENANT_IDS", "").strip() or "[]")
    except ValueError:
        return set()
    return {str(each).casefold() for each in given} if isinstance(given, list) else set()
