"""Holds the state that the endpoints share: keys, registrations, consents and grants."""

from __future__ import annotations

import time
from collections.abc import Callable

from local.control import Control
from local.entra.conditional_access import ConditionalAccess
from local.entra.consents import Consents
from local.entra.credentials import RegisteredCredentials
from local.entra.errors import EntraError
from local.entra.grants import Grants
from local.entra.keys import SigningKeys
from local.entra.registrations import Registrations
from local.entra.tokens import Tokens
from local.layout import Layout
from local.organisation import organisation

_ANY_TENANT = ("common", "organizations")


class Authority:
    """Holds the tenant's state for both addresses."""

    def __init__(
        self, layout: Layout, control: Control, keys: SigningKeys, clock: Callable[[], float] = time.time
    ) -> None:
        self.layout = layout
        self.control = control
        self.clock = clock
        self.issuer = f"{layout.entra}/{organisation().tenant_id}/v2.0"
        self.keys = keys
        self.registrations = Registrations(layout)
        self.consents = Consents(self.registrations)
        self.conditional_access = ConditionalAccess()
        self.grants = Grants(clock)
        self.tokens = Tokens(self.issuer, self.keys, clock)
        self.credentials = RegisteredCredentials(layout, self.issuer, self.keys, clock)

    def check_tenant(self, tenant: str, *, any_tenant: bool = True) -> None:
        """Accepts the tenant's own id and domain, and `common` or `organizations` where they are allowed.

        Raises:
            EntraError: It is another tenant (90002), no name of one (900023), or a word for any
                tenant where only one will do (50194).
        """
        if tenant.casefold() in (organisation().tenant_id, organisation().document["domain"]):
            return
        if tenant.casefold() in _ANY_TENANT:
            if any_tenant:
                return
            raise EntraError(50194, f"The application serves one tenant only; '/{tenant}' will not do.")
        if "." not in tenant and tenant.count("-") != 4:
            raise EntraError(900023, f"'{tenant}' is neither a tenant id nor a domain name.")
        raise EntraError(90002, f"The tenant '{tenant}' was not found.")
