"""Issues tokens: their claims, lifetime and signature."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.entra.keys import SigningKeys, base64url
from local.entra.registrations import Application, Resource
from local.organisation import User, organisation

_HOUR = 3600
_BACK_DATING = 300
_IDENTITY_LIFETIME = 24 * _HOUR
_FEDERATION = "api://AzureADTokenExchange"


@dataclass(frozen=True)
class Issued:
    """Holds a signed token, with facts for the journal."""

    token: str
    audience: str
    unique_id: str
    expires_in: int
    expires_on: int


@dataclass(frozen=True)
class Delegation:
    """Describes the user, the client and the authentication for which an access token is issued.

    `client_proof` is how the client authenticated: 0 not at all, 1 by secret, 2 by certificate or
    assertion (the claim `azpacr`, in version 1.0 `appidacr`). `not_before` is the moment that a claims
    challenge demands the token to be valid from.
    """

    user: User
    application: Application
    client_proof: str
    mfa: bool = False
    capabilities: tuple[str, ...] = ()
    not_before: int | None = None


class Tokens:
    """Issues tokens with the given keys, by the given clock."""

    def __init__(self, issuer: str, keys: SigningKeys, clock: Callable[[], float]) -> None:
        self.issuer = issuer
        self._keys = keys
        self._clock = clock

    def access_token(self, delegation: Delegation, resource: Resource, names: tuple[str, ...]) -> Issued:
        """Issues an access token in the version the resource accepts."""
        claims = self.access_claims(delegation, resource, names)
        if _is_capable(delegation.capabilities):
            # Entra dates tokens back by five minutes, so after a revocation a token that was not requested
            # with the claims of the challenge is as old as the revoked ones, and is challenged again.
            claims["nbf"] = delegation.not_before or int(self._clock()) - _BACK_DATING
        return self.issue(claims, _access_lifetime(delegation.capabilities))

    def access_claims(
        self, delegation: Delegation, resource: Resource, names: tuple[str, ...]
    ) -> dict[str, Any]:
        """Returns the claims of an access token without its times."""
        if resource.accepted_version == "2.0":
            return self._claims_of_version_2(delegation, resource, names)
        return self._claims_of_version_1(delegation, resource, names)

    def id_token(self, delegation: Delegation, nonce: str | None, scopes: frozenset[str]) -> Issued:
        """Issues an OpenID Connect ID token for the client.

        Who the user is, beyond what is for this client alone, it says only for the scope `profile`.
        """
        user, client_id = delegation.user, delegation.application.client_id
        profile = {
            "name": user.display_name,
            "oid": user.object_id,
            "preferred_username": user.user_principal_name,
        }
        claims = {
            "aud": client_id,
            "iss": self.issuer,
            "sub": _pairwise(user.object_id, client_id),
            "tid": organisation().tenant_id,
            "ver": "2.0",
            **(profile if "profile" in scopes else {}),
        }
        return self.issue({**claims, "nonce": nonce} if nonce else claims, _HOUR)

    def identity_token(self, resource: str) -> Issued:
        """Issues an app-only token of the managed identity, in the version the resource accepts."""
        identity = organisation().document["managed_identity"]
        usual = {
            "aud": resource,
            "idtyp": "app",
            "oid": identity["principal_id"],
            "sub": identity["principal_id"],
            "tid": organisation().tenant_id,
        }
        if resource == _FEDERATION:
            own = {"iss": self.issuer, "azp": identity["client_id"], "azpacr": "2", "ver": "2.0"}
        else:
            own = {
                "iss": _issuer_of_version_1(),
                "appid": identity["client_id"],
                "appidacr": "2",
                "ver": "1.0",
            }
        return self.issue({**usual, **own}, _IDENTITY_LIFETIME)

    def issue(self, claims: dict[str, Any], lifetime: int, header: dict[str, Any] | None = None) -> Issued:
        """Signs a token with these claims and its times, without claims that are null."""
        now = int(self._clock())
        times = {"iat": now, "nbf": now, "exp": now + lifetime, "uti": secrets.token_urlsafe(16)}
        whole = {name: value for name, value in {**times, **claims}.items() if value is not None}
        return Issued(
            self._keys.sign(whole, header),
            str(whole.get("aud")),
            str(whole.get("uti")),
            lifetime,
            now + lifetime,
        )

    def _claims_of_version_2(
        self, delegation: Delegation, resource: Resource, names: tuple[str, ...]
    ) -> dict[str, Any]:
        user, document = delegation.user, organisation().document
        groups = [group["id"] for group in document["groups"] if user.alias in group["members"]]
        roles = [role for role, members in document["roles"].items() if user.alias in members]
        return {
            "aud": resource.audience,
            "iss": self.issuer,
            "azp": delegation.application.client_id,
            "azpacr": delegation.client_proof,
            "name": user.display_name,
            "oid": user.object_id,
            "preferred_username": user.user_principal_name,
            "scp": " ".join(names),
            "sub": _pairwise(user.object_id, resource.app_id),
            "tid": organisation().tenant_id,
            "ver": "2.0",
            # Entra keeps the strength of a sign-in to itself in version 2.0 tokens. Here it has to
            # travel with the token, since an on-behalf-of exchange has nothing else to go by.
            **({"amr": ["pwd", "mfa"]} if delegation.mfa else {}),
            **({"groups": groups} if groups else {}),
            **({"roles": roles} if roles else {}),
        }

    def _claims_of_version_1(
        self, delegation: Delegation, resource: Resource, names: tuple[str, ...]
    ) -> dict[str, Any]:
        user, application = delegation.user, delegation.application
        return {
            "aud": resource.audience,
            "iss": _issuer_of_version_1(),
            "acr": "1",
            "amr": ["pwd", "mfa"] if delegation.mfa else ["pwd"],
            "app_displayname": application.name,
            "appid": application.client_id,
            "appidacr": delegation.client_proof,
            "family_name": user.surname,
            "given_name": user.given_name,
            "idtyp": "user",
            "name": user.display_name,
            "oid": user.object_id,
            "scp": " ".join(names),
            "sub": _pairwise(user.object_id, resource.app_id),
            "tid": organisation().tenant_id,
            "unique_name": user.user_principal_name,
            "upn": user.user_principal_name,
            "ver": "1.0",
            **({"xms_cc": list(delegation.capabilities)} if delegation.capabilities else {}),
        }


def _issuer_of_version_1() -> str:
    return f"https://sts.windows.net/{organisation().tenant_id}/"


def _access_lifetime(capabilities: tuple[str, ...]) -> int:
    # "Configurable token lifetimes": 60 to 90 minutes at random. "Continuous access evaluation": up to
    # 28 hours for a client that understands claims challenges.
    if _is_capable(capabilities):
        return 20 * _HOUR + secrets.randbelow(8 * _HOUR)
    return _HOUR + secrets.randbelow(_HOUR // 2)


def _is_capable(capabilities: tuple[str, ...]) -> bool:
    """Tells whether the client handles claims challenges."""
    return "cp1" in {capability.casefold() for capability in capabilities}


def _pairwise(object_id: str, audience: str) -> str:
    # OpenID Connect Core 1.0, 8.1: stable for a user and an application, and of no use to another.
    return base64url(hashlib.sha256(f"{object_id} {audience}".encode()).digest())
