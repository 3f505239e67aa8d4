"""Parses the `scope` parameter."""

from __future__ import annotations

from dataclasses import dataclass

from local.entra.errors import EntraError
from local.entra.registrations import Application, Registrations, Resource

# OpenID Connect Core 1.0, 5.4 and 11: requested from Entra itself, not of a resource.
OPENID_SCOPES = ("openid", "profile", "email", "offline_access")


@dataclass(frozen=True)
class RequestedScopes:
    """Holds the requested permissions of one resource, and the OpenID Connect scopes.

    `prefix` is how the request called the resource, with the slash; a scope without one
    means Microsoft Graph. `everything` is the scope `.default`.
    """

    resource: Resource
    prefix: str
    names: tuple[str, ...]
    everything: bool
    openid: frozenset[str]


def parse(text: str, registrations: Registrations) -> RequestedScopes:
    """Parses a space-separated list of scopes.

    Raises:
        EntraError: A resource is unknown (500011), there is more than one (28000), a permission
            does not exist there or stands beside `.default` (70011).
    """
    openid: set[str] = set()
    prefixed: list[tuple[str, str]] = []
    for scope in text.split():
        if scope.casefold() in OPENID_SCOPES:
            openid.add(scope.casefold())
        else:
            identifier, slash, name = scope.rpartition("/")
            prefixed.append((identifier + slash, name))
    resources = {_resource(prefix, registrations).key for prefix, _ in prefixed}
    if len(resources) > 1:
        raise EntraError(28000, f"The scope parameter names more than one resource: '{text}'.")
    prefix = prefixed[0][0] if prefixed else ""
    resource = _resource(prefix, registrations)
    names = [name for _, name in prefixed if name.casefold() != ".default"]
    if names and len(names) < len(prefixed):
        raise EntraError(70011, "The scope '.default' cannot stand beside other scopes of the resource.")
    unknown = [name for name in names if resource.permission(name) is None]
    if unknown:
        raise EntraError(70011, f"The resource '{resource.app_id}' has no scope '{unknown[0]}'.")
    known = tuple(dict.fromkeys(resource.permission(name) or "" for name in names))
    return RequestedScopes(resource, prefix, known, bool(prefixed) and not names, frozenset(openid))


def check_resource(identifier: str | None, requested: RequestedScopes) -> None:
    """Accepts a resource indicator (RFC 8707) that names the resource of the scopes, or none.

    Raises:
        EntraError: It names something else (9010010): for Entra the scopes decide, and the
            indicator may only agree.
    """
    if identifier and not requested.resource.is_called(identifier):
        raise EntraError(9010010, f"The resource '{identifier}' does not match the requested scopes.")


def check_not_itself(application: Application, requested: RequestedScopes) -> None:
    """Accepts a request for another application's permissions, or for the client's own by its GUID.

    Raises:
        EntraError: The client asks for a token for itself, and names itself by an identifier URI (90009).
    """
    own = requested.resource.app_id == application.client_id
    if own and requested.prefix.removesuffix("/").casefold() != application.client_id:
        raise EntraError(
            90009,
            f"The application '{application.client_id}' requests a token for itself, which is possible only "
            "with the GUID of the application in the scope.",
        )


def _resource(prefix: str, registrations: Registrations) -> Resource:
    if not prefix:
        return registrations.resource("graph")
    return registrations.resource_called(prefix.removesuffix("/"))
