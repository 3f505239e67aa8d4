"""Holds the app registrations of the tenant: the clients and the resources."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from local.entra.errors import EntraError
from local.layout import Layout
from local.organisation import DATA, organisation

_VISUAL_STUDIO_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Application:
    """Describes a client: public ones have loopback redirects, the others exact ones and credentials."""

    client_id: str
    name: str
    public: bool
    pre_authorized: bool
    redirect_uris: tuple[str, ...] = ()

    def allows(self, redirect_uri: str) -> bool:
        """Tells whether a redirect URI is registered; a public client's port and path are free."""
        if redirect_uri in self.redirect_uris:
            return True
        try:
            address = urlsplit(redirect_uri)
        except ValueError:
            return False
        # RFC 8252, 7.3
        return (
            self.public
            and address.scheme == "http"
            and address.hostname in _LOOPBACK
            and address.username is None
            and not address.fragment
        )


type PrincipalState = Literal["enabled", "disabled", "missing"]


@dataclass(frozen=True)
class Resource:
    """Describes an API: its identifiers, the delegated permissions it exposes and the tokens it takes.

    `disabled` are permissions it has, but exposes no longer. `principal` is the state of its enterprise
    application (service principal) in the tenant. `assigned` are the aliases of the users it is assigned
    to, where assignment is required; None where it is not.
    """

    key: str
    app_id: str
    name: str
    identifier_uris: tuple[str, ...]
    audience: str
    accepted_version: str
    permissions: tuple[str, ...]
    disabled: tuple[str, ...] = ()
    principal: PrincipalState = "enabled"
    assigned: tuple[str, ...] | None = None

    def is_called(self, identifier: str) -> bool:
        """Tells whether this is its app id or one of its identifier URIs, in any case."""
        wanted = identifier.casefold()
        return wanted in {name.casefold() for name in (self.app_id, *self.identifier_uris)}

    def permission(self, name: str) -> str | None:
        """Returns the exposed permission of this name, as it is registered; the name's case is ignored."""
        return next((known for known in self.permissions if known.casefold() == name.casefold()), None)


class Registrations:
    """Holds all applications and resources of the tenant, from the data files and the layout."""

    def __init__(self, layout: Layout) -> None:
        document = organisation().document
        server = document["server"]
        self.server = Application(
            server["client_id"],
            server["display_name"],
            public=False,
            pre_authorized=False,
            redirect_uris=(f"{layout.host}/.auth/login/aad/callback",),
        )
        proxy = document["sign_in_proxy"]
        sign_in_proxy = Application(
            proxy["client_id"],
            proxy["display_name"],
            public=False,
            pre_authorized=True,
            redirect_uris=(f"{layout.host}{proxy['redirect_path']}",),
        )
        self._applications = {each.client_id: each for each in (self.server, sign_in_proxy)}
        for client in document["clients"]:
            is_editor = client["client_id"] == _VISUAL_STUDIO_CODE
            self._applications[client["client_id"]] = Application(
                client["client_id"],
                client["name"],
                public=True,
                pre_authorized=client["pre_authorized"],
                redirect_uris=("https://vscode.dev/redirect",) if is_editor else (),
            )
        permissions = json.loads((DATA / "delegated_permissions.json").read_text())
        self._resources = {
            key: Resource(
                key,
                described["app_id"],
                described["display_name"],
                tuple(described["identifier_uris"]),
                described["token_audience"],
                "1.0",
                tuple(permissions[key]),
            )
            for key, described in document["resources"].items()
        }
        # A client that follows RFC 8707 names the server by its address, so that is an identifier URI too.
        self._resources["server"] = Resource(
            "server",
            server["client_id"],
            server["display_name"],
            (*server["identifier_uris"], layout.host, layout.mcp_url),
            server["client_id"],
            "2.0",
            (server["scope"],),
        )

    @property
    def applications(self) -> tuple[Application, ...]:
        """Returns every application."""
        return tuple(self._applications.values())

    def application(self, client_id: str) -> Application:
        """Returns the application with this client id.

        Raises:
            EntraError: There is none (700016).
        """
        application = self._applications.get(client_id.casefold())
        if application is None:
            raise EntraError(700016, f"No application with the identifier '{client_id}' is in the directory.")
        return application

    @property
    def sign_in_proxy(self) -> Application | None:
        """Returns the confidential client that signs users in for clients that Entra does not know."""
        return self._applications.get(organisation().document["sign_in_proxy"]["client_id"])

    def put_application(self, application: Application) -> None:
        """Replaces the registration of an application, or adds it again."""
        self._applications[application.client_id] = application

    def remove_application(self, client_id: str) -> None:
        """Deletes the registration of an application."""
        self._applications.pop(client_id, None)

    def pre_authorize(self, client_ids: Collection[str]) -> None:
        """Replaces the server's pre-authorized clients."""
        for client_id, application in self._applications.items():
            self._applications[client_id] = replace(application, pre_authorized=client_id in client_ids)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Returns every resource."""
        return tuple(self._resources.values())

    def resource(self, key: str) -> Resource:
        """Returns the resource `graph`, `devops` or `server`."""
        return self._resources[key]

    def put_resource(self, resource: Resource) -> None:
        """Replaces the registration of a resource."""
        self._resources[resource.key] = resource

    def resource_called(self, identifier: str) -> Resource:
        """Returns the resource with this app id or identifier URI.

        Raises:
            EntraError: There is none (500011).
        """
        for resource in self._resources.values():
            if resource.is_called(identifier):
                return resource
        raise EntraError(500011, f"The tenant has no resource principal named '{identifier}'.")
