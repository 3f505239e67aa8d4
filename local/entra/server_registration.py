"""Changes the app registrations while Entra runs, as an administrator would in the portal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

from local.entra.authority import Authority
from local.entra.credentials import FederatedCredential
from local.entra.registrations import PrincipalState
from local.organisation import organisation

_VERSIONS = {1: "1.0", 2: "2.0"}


class ServerRegistration:
    """Changes the server's registration, and its sign-in proxy's: later tokens and the directory follow."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def change(self, wanted: dict[str, Any]) -> None:
        """Changes the named values, and keeps the rest.

        Args:
            wanted: Any of `token_version` (1 or 2), `identifier_uris`, `scopes` (each with whether it is
                enabled), `pre_authorized` (client ids), `requested` (permissions by resource),
                `federated_credential` (`issuer`, `subject` and `audience`, the others as they are; null
                for none), `enterprise_applications` (`enabled`, `disabled` or `missing`, by resource),
                `assigned` (the aliases of the users assigned to the server, where that is required; null
                where it is not) and `sign_in_proxy` (null deletes it; else any of `redirect_uris`,
                `requested`, the scopes of the server, and `federated_credential`).

        Raises:
            ValueError: Something else is named.
        """
        changes: dict[str, Callable[[Any], None]] = {
            "token_version": self._token_version,
            "identifier_uris": self._identifier_uris,
            "scopes": self._scopes,
            "pre_authorized": self._pre_authorized,
            "requested": self._requested,
            "federated_credential": self._federated_credential,
            "enterprise_applications": self._enterprise_applications,
            "assigned": self._assigned,
            "sign_in_proxy": self._sign_in_proxy,
        }
        if unknown := wanted.keys() - changes.keys():
            raise ValueError(f"nothing is called {', '.join(sorted(unknown))}")
        for name, value in wanted.items():
            changes[name](value)

    def _token_version(self, version: int) -> None:
        self._put(accepted_version=_VERSIONS[version])

    def _identifier_uris(self, uris: list[str]) -> None:
        self._put(identifier_uris=tuple(uris))

    def _scopes(self, enabled: dict[str, bool]) -> None:
        self._put(
            permissions=tuple(name for name, is_enabled in enabled.items() if is_enabled),
            disabled=tuple(name for name, is_enabled in enabled.items() if not is_enabled),
        )

    def _pre_authorized(self, client_ids: list[str]) -> None:
        authority, server = self._authority, self._authority.registrations.resource("server")
        authority.registrations.pre_authorize(client_ids)
        for application in authority.registrations.applications:
            change = authority.consents.grant if application.pre_authorized else authority.consents.revoke
            change(None, application, server, server.permissions)

    def _requested(self, permissions: dict[str, list[str]]) -> None:
        registrations = self._authority.registrations
        for key, names in permissions.items():
            self._authority.consents.configure(registrations.server, registrations.resource(key), names)

    def _federated_credential(
        self, changes: dict[str, str] | None, client_id: str = organisation().server_client_id
    ) -> None:
        federated = self._authority.credentials.federated
        if changes is None:
            federated.pop(client_id, None)
            return
        before = vars(federated[client_id]) if client_id in federated else {}
        federated[client_id] = FederatedCredential(**{"issuer": "", "subject": "", **before, **changes})

    def _enterprise_applications(self, states: dict[str, PrincipalState]) -> None:
        registrations = self._authority.registrations
        for key, state in states.items():
            if state not in get_args(PrincipalState.__value__):
                raise ValueError(f"an enterprise application is not {state}")
            registrations.put_resource(replace(registrations.resource(key), principal=state))

    def _assigned(self, aliases: list[str] | None) -> None:
        self._put(
            assigned=None if aliases is None else tuple(organisation().user(each).alias for each in aliases)
        )

    def _sign_in_proxy(self, changes: dict[str, Any] | None) -> None:
        registrations, consents = self._authority.registrations, self._authority.consents
        proxy = registrations.sign_in_proxy
        if proxy is None:
            raise ValueError("the sign-in proxy's registration was deleted")
        if changes is None:
            registrations.remove_application(proxy.client_id)
            return
        if unknown := changes.keys() - {"redirect_uris", "requested", "federated_credential"}:
            raise ValueError(f"nothing of the sign-in proxy is called {', '.join(sorted(unknown))}")
        if "redirect_uris" in changes:
            registrations.put_application(replace(proxy, redirect_uris=tuple(changes["redirect_uris"])))
        if "requested" in changes:
            consents.configure(proxy, registrations.resource("server"), changes["requested"])
        if "federated_credential" in changes:
            self._federated_credential(changes["federated_credential"], proxy.client_id)

    def _put(self, **changes: Any) -> None:
        registrations = self._authority.registrations
        registrations.put_resource(replace(registrations.resource("server"), **changes))
