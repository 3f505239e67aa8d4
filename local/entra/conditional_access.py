"""Applies the tenant's Conditional Access policies, which require multi-factor authentication."""

from __future__ import annotations

import json
import uuid

from local.entra.errors import EntraError
from local.entra.registrations import Resource
from local.organisation import User, organisation


def demands_mfa(user: User, resource: Resource) -> bool:
    """Tells whether a policy requires multi-factor authentication of this user for this resource."""
    return any(
        policy["user"] == user.alias and policy["resource"] == resource.key
        for policy in organisation().document["conditional_access"]
    )


def require(user: User, resource: Resource, *, mfa: bool) -> None:
    """Accepts a sign-in that satisfies the policies.

    Raises:
        EntraError: The user has to authenticate with more than a password (50076); its `claims`
            go into the next authorization request.
    """
    if demands_mfa(user, resource) and not mfa:
        raise challenge(user, resource)


def challenge(user: User, resource: Resource) -> EntraError:
    """Returns the refusal with a claims challenge."""
    policy_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{user.alias} {resource.key}"))
    return EntraError(
        50076,
        f"A policy of the tenant demands multi-factor authentication to access '{resource.app_id}'.",
        suberror="basic_action",
        claims=json.dumps({"access_token": {"polids": {"essential": True, "values": [policy_id]}}}),
    )
