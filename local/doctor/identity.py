"""Identifies the app registration of a server or its settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.doctor.http_responses import split
from local.doctor.mcp_endpoint import Challenge

_SCOPE = "access_as_user"


@dataclass(frozen=True)
class Identity:
    """Identifies an app registration of a tenant, and holds the name of the scope its tokens hold."""

    tenant_id: str
    client_id: str
    authority_host: str
    scope: str

    @property
    def issuer(self) -> str:
        """Returns the issuer of the tenant's version 2.0 tokens."""
        return f"{self.authority_host}/{self.tenant_id}/v2.0"


def of_challenge(challenge: Challenge) -> Identity | None:
    """Returns what Easy Auth's challenge says; None if it is another's."""
    address = split(challenge.get("authorization_uri"))
    tenant_id = address.path.strip("/").partition("/")[0]
    if not tenant_id or not challenge.get("resource_id"):
        return None
    # The name Easy Auth has always used for the sign-in host of the public cloud.
    host = "login.microsoftonline.com" if address.netloc == "login.windows.net" else address.netloc
    scope = challenge.get("scope").split(" ")[0].rpartition("/")[2] or _SCOPE
    return Identity(tenant_id, challenge.get("resource_id"), f"{address.scheme}://{host}", scope)


def of_metadata(document: dict[str, Any]) -> Identity | None:
    """Returns what protected resource metadata say, where their scope names the app by its client id."""
    servers, scopes = document.get("authorization_servers"), document.get("scopes_supported")
    if not isinstance(servers, list) or not isinstance(scopes, list) or not servers or not scopes:
        return None
    address = split(str(servers[0]))
    uri, _, scope = str(scopes[0]).rpartition("/")
    client_id = uri.removeprefix("api://")
    tenant_id = address.path.strip("/").partition("/")[0]
    if not tenant_id or client_id == uri or "/" in client_id:
        return None
    return Identity(tenant_id, client_id, f"{address.scheme}://{address.netloc}", scope)
