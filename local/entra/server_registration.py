"""Changes the server's app registration while Entra runs, as an administrator would in the portal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

from local.entra.authority import Authority
from local.entra.credentials import FederatedCredential
from local.entra.registrations import PrincipalState

_VERSIONS = {1: "1.0", 2: "2.0"}


class ServerRegistration:
    """Changes the registration, which later tokens, sign-ins and the directory follow."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def change(self, wanted: dict[str, Any]) -> None:
        """Changes the named values, and keeps the rest.

        Args:
            wanted: Any of `token_version` (1 or 2), `identifier_uris`, `scopes` (each with whether it is
                enabled), `pre_authorized` (client ids), `requested` (permissions by resource),
                `federated_credential` (`issuer`, `subject` and `audience`, the others as they are; null
                for none) and `enterprise_applications` (`enabled`, `disabled` or `missing`, by resource).

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

    def _federated_credential(self, changes: dict[str, str] | None) -> None:
        credentials = self._authority.credentials
        if changes is None:
            credentials.federated = None
            return
        usual = {"issuer": "", "subject": ""} | (vars(credentials.federated) if credentials.federated else {})
        credentials.federated = FederatedCredential(**{**usual, **changes})

    def _enterprise_applications(self, states: dict[str, PrincipalState]) -> None:
        registrations = self._authority.registrations
        for key, state in states.items():
            if state not in get_args(PrincipalState.__value__):
                raise ValueError(f"an enterprise application is not {state}")
            registrations.put_resource(replace(registrations.resource(key), principal=state))

    def _put(self, **changes: Any) -> None:
        registrations = self._authority.registrations
        registrations.put_resource(replace(registrations.resource("server"), **changes))
