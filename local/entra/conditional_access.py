"""The tenant's Conditional Access policies: who needs multi-factor authentication, and for what."""

from __future__ import annotations

import json
import uuid

from local.entra.errors import EntraError
from local.entra.registrations import Resource
from local.organisation import User, organisation


def demands_mfa(user: User, resource: Resource) -> bool:
    """Whether a policy wants multi-factor authentication of this user before this resource."""
    return any(
        policy["user"] == user.alias and policy["resource"] == resource.key
        for policy in organisation().document["conditional_access"]
    )


def require(user: User, resource: Resource, *, mfa: bool) -> None:
    """Let a sign-in pass that satisfies the policies.

    Raises:
        EntraError: The user has to authenticate with more than a password (50076); its `claims`
            go into the next authorization request.
    """
    if demands_mfa(user, resource) and not mfa:
        raise challenge(user, resource)


def challenge(user: User, resource: Resource) -> EntraError:
    """The refusal that asks for more than a password."""
    policy_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{user.alias} {resource.key}"))
    return EntraError(
        50076,
        f"A policy of the tenant demands multi-factor authentication to access '{resource.app_id}'.",
        suberror="basic_action",
        claims=json.dumps({"access_token": {"polids": {"essential": True, "values": [policy_id]}}}),
    )
