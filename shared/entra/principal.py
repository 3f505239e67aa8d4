"""Represents the caller, as a verified access token describes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """Holds the user, tenant and client app of a verified token, but no token.

    Attributes:
        object_id: The user's object id (`oid`), unique in the tenant.
        tenant_id: The directory (tenant) id (`tid`).
        client_id: The client app to which the token was issued (`azp`).
        scopes: Delegated permissions of this server that the client was granted (`scp`).
        roles: App roles of this server the user has (`roles`).
        groups: Ids of the user's groups, where the token lists them (`groups`).
        expires_at: When the token expires, in seconds since the epoch (`exp`).
    """

    object_id: str
    tenant_id: str
    client_id: str
    scopes: frozenset[str]
    roles: frozenset[str]
    groups: frozenset[str]
    expires_at: int
    _claims: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def has_groups_overage(self) -> bool:
        """Tells whether the token omits the user's groups, which Graph lists then (groups overage claim)."""
        # "Access token claims reference": `_claim_names`, or `hasgroups` in the implicit flow.
        elsewhere = self._claims.get("_claim_names")
        return (isinstance(elsewhere, Mapping) and "groups" in elsewhere) or bool(
            self._claims.get("hasgroups")
        )

    def claim(self, name: str) -> Any:
        """Returns the value of a claim of the token.

        Raises:
            KeyError: The token has no such claim; the message lists the names of those it has.
        """
        try:
            return self._claims[name]
        except KeyError:
            present = ", ".join(sorted(self._claims))
            raise KeyError(f"the token has no claim {name!r}; it has {present}") from None
