"""Stores the consents: which user granted which application which permissions of which resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from local.entra.errors import EntraError
from local.entra.registrations import Application, Registrations, Resource
from local.entra.scopes import RequestedScopes
from local.organisation import User, organisation

type _Holder = tuple[str | None, str, str]


class Consents:
    """Stores delegated permission grants, each of one user or (user `None`) of the whole tenant.

    At first those of the data file, for the server, and the pre-authorized clients of the server.
    """

    def __init__(self, registrations: Registrations) -> None:
        self._granted: dict[_Holder, dict[str, None]] = {}
        self._configured: dict[tuple[str, str], dict[str, None]] = {}
        exposed = registrations.resource("server")
        for application in registrations.applications:
            if application.client_id != registrations.server.client_id:
                self._configure(application, exposed, exposed.permissions)
            if application.pre_authorized:
                self.grant(None, application, exposed, exposed.permissions)
        for entry in organisation().document["consents"]:
            resource = registrations.resource(entry["resource"])
            self._configure(registrations.server, resource, entry["scopes"])
            for alias in entry["users"]:
                self.grant(organisation().user(alias), registrations.server, resource, entry["scopes"])

    def grant(
        self, user: User | None, application: Application, resource: Resource, names: Iterable[str]
    ) -> None:
        """Grants the application these permissions."""
        self._granted.setdefault(_holder(user, application, resource), {}).update(dict.fromkeys(names))

    def revoke(
        self, user: User | None, application: Application, resource: Resource, names: Iterable[str]
    ) -> None:
        """Revokes these permissions; those of another grant remain."""
        granted = self._granted.get(_holder(user, application, resource), {})
        for name in names:
            granted.pop(name, None)

    def granted(self, user: User, application: Application, resource: Resource) -> tuple[str, ...]:
        """Returns the permissions of the resource that the application has for this user."""
        own = self._granted.get(_holder(user, application, resource), {})
        common = self._granted.get(_holder(None, application, resource), {})
        return tuple({**own, **common})

    def configured(self, application: Application, resource: Resource) -> tuple[str, ...]:
        """Returns the permissions listed in the application's registration."""
        return tuple(self._configured.get((application.client_id, resource.key), {}))

    def require(self, user: User, application: Application, requested: RequestedScopes) -> tuple[str, ...]:
        """Returns all granted permissions, which must include the requested ones.

        That an access token carries every permission granted for its resource, and not only
        those requested, is how Entra behaves.

        Raises:
            EntraError: The resource is not in the tenant (650052), is disabled (500014), or, for `.default`,
                is not listed in the application's registration (650057); or one of the requested permissions
                is not granted (65001).
        """
        self._check_resource(application, requested)
        granted = self.granted(user, application, requested.resource)
        if set(requested.names) <= set(granted) and (granted or not requested.everything):
            return granted
        raise EntraError(
            65001,
            f"Neither the user nor an administrator has consented to the application "
            f"'{application.client_id}' named '{application.name}'. "
            f"An interactive authorization request for this user and resource is needed.",
            suberror="consent_required",
        )

    def _check_resource(self, application: Application, requested: RequestedScopes) -> None:
        resource = requested.resource
        if resource.principal == "missing":
            raise EntraError(
                650052,
                f"The application needs access to the service '{resource.app_id}' ('{resource.name}'), for "
                "which the organization has no service principal.",
            )
        if resource.principal == "disabled":
            raise EntraError(
                500014, f"The service principal of the resource '{resource.app_id}' is disabled."
            )
        if requested.everything and not application.public and not self.configured(application, resource):
            raise EntraError(
                650057,
                f"The application '{application.client_id}' does not list the resource '{resource.app_id}' "
                "in the requested permissions of its registration.",
            )

    def configure(self, application: Application, resource: Resource, names: Iterable[str]) -> None:
        """Replaces the permissions of the resource in the application's registration."""
        self._configured[application.client_id, resource.key] = dict.fromkeys(names)

    def grants(self) -> Iterator[tuple[str | None, str, str, tuple[str, ...]]]:
        """Returns every grant: the user's object id (`None` for all), client id, resource and permissions."""
        for (user, client_id, resource), names in self._granted.items():
            if names:
                yield user, client_id, resource, tuple(names)

    def _configure(self, application: Application, resource: Resource, names: Iterable[str]) -> None:
        key = (application.client_id, resource.key)
        self._configured.setdefault(key, {}).update(dict.fromkeys(names))


def _holder(user: User | None, application: Application, resource: Resource) -> _Holder:
    return (user.object_id if user else None, application.client_id, resource.key)
