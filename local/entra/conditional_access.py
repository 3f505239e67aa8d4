"""Applies what the tenant demands of a sign-in: assignment to the resource, and Conditional Access."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from local.entra.errors import EntraError
from local.entra.registrations import Resource
from local.organisation import User, organisation

_MFA = 50076
_BLOCKED = 53003


@dataclass(frozen=True)
class Policy:
    """Describes what one user meets at one resource (`graph`, `devops`, `server`).

    `aadsts` is 50076 (multi-factor authentication is required) or 53003 (access is blocked).
    """

    user: str
    resource: str
    aadsts: int


class ConditionalAccess:
    """Holds the tenant's policies, at first those of the data file."""

    def __init__(self) -> None:
        self._policies = [Policy(**policy) for policy in organisation().document["conditional_access"]]

    @property
    def policies(self) -> list[Policy]:
        """Returns the policies in force."""
        return list(self._policies)

    def replace(self, policies: Iterable[Policy]) -> None:
        """Replaces the policies.

        Raises:
            ValueError: One demands what no policy here does.
        """
        wanted = list(policies)
        if unknown := [each.aadsts for each in wanted if each.aadsts not in (_MFA, _BLOCKED)]:
            raise ValueError(f"no policy leads to AADSTS{unknown[0]}")
        self._policies = wanted

    def demands_mfa(self, user: User, resource: Resource) -> bool:
        """Tells whether a policy requires multi-factor authentication of this user for this resource."""
        return Policy(user.alias, resource.key, _MFA) in self._policies

    def admit(self, user: User, resource: Resource) -> None:
        """Accepts a user who may have tokens for the resource, however strong the sign-in is.

        Raises:
            EntraError: The user is not assigned to the resource, which requires it (50105), or a policy
                blocks the user (53003).
        """
        if resource.assigned is not None and user.alias not in resource.assigned:
            raise EntraError(
                50105,
                f"The application '{resource.app_id}' ({resource.name}) admits only users who are assigned "
                f"to it, and '{user.user_principal_name}' is not.",
            )
        if Policy(user.alias, resource.key, _BLOCKED) in self._policies:
            raise EntraError(
                _BLOCKED,
                "Access has been blocked by Conditional Access policies, which do not allow token issuance.",
                suberror="message_only",
            )

    def require(self, user: User, resource: Resource, *, mfa: bool) -> None:
        """Accepts a sign-in that satisfies the policies.

        Raises:
            EntraError: The user may have no token (see `admit`), or has to authenticate with more than a
                password (50076); its `claims` go into the next authorization request.
        """
        self.admit(user, resource)
        if self.demands_mfa(user, resource) and not mfa:
            raise challenge(user, resource)


def challenge(user: User, resource: Resource) -> EntraError:
    """Returns the refusal with a claims challenge."""
    policy_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{user.alias} {resource.key}"))
    return EntraError(
        _MFA,
        f"A policy of the tenant demands multi-factor authentication to access '{resource.app_id}'.",
        suberror="basic_action",
        claims=json.dumps({"access_token": {"polids": {"essential": True, "values": [policy_id]}}}),
    )
