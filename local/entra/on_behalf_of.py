"""Implements the on-behalf-of grant, which exchanges a token for this app for one of another API."""

from __future__ import annotations

import json
from typing import Any

import jwt

from local.entra import scopes
from local.entra.authority import Authority
from local.entra.errors import EntraError
from local.entra.grants import Grant
from local.entra.registrations import Application
from local.entra.token_request import TokenRequest
from local.organisation import User, organisation

_SKEW = 300


def grant(authority: Authority, application: Application, request: TokenRequest) -> Grant:
    """Returns the grant of the user whose access token is the assertion.

    Raises:
        EntraError: The request, the assertion or the scopes are not right.
    """
    assertion = request.required("assertion")
    if request.required("requested_token_use") != "on_behalf_of":
        raise EntraError(9002313, "The requested_token_use must be 'on_behalf_of'.")
    requested_text = request.required("scope")
    claims = _verified(authority, assertion)
    user = _user(claims)
    request.user = user.alias if user else None
    if str(claims.get("aud")).casefold() not in _names(authority, application):
        raise EntraError(500131, "The assertion's audience is not the application that presents it.")
    _check_lifetime(claims, authority.clock())
    if claims.get("idtyp") == "app" or not claims.get("scp"):
        raise EntraError(
            7000114, f"The application '{claims.get('azp')}' may not make on-behalf-of calls for itself."
        )
    if user is None:
        raise EntraError(50034, "The user of the assertion does not exist in the directory.")
    requested = scopes.parse(requested_text, authority.registrations)
    return Grant(application.client_id, user, "mfa" in claims.get("amr", []), requested)


def _verified(authority: Authority, assertion: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(assertion)
    except jwt.PyJWTError as error:
        raise EntraError(50027, "The assertion is not a well-formed JWT.") from error
    key = authority.keys.public(str(header.get("kid")))
    if key is None:
        raise EntraError(50013, "The assertion's signature cannot be verified: its key is not published.")
    try:
        claims: dict[str, Any] = json.loads(jwt.PyJWS().decode(assertion, key, algorithms=["RS256"]))
    except (jwt.PyJWTError, ValueError) as error:
        raise EntraError(50013, "The assertion's signature is wrong.") from error
    if claims.get("iss") != authority.issuer or claims.get("tid") != organisation().tenant_id:
        raise EntraError(50013, "The assertion was not issued for this tenant.")
    return claims


def _names(authority: Authority, application: Application) -> set[str]:
    own = authority.registrations.resource("server")
    if own.app_id != application.client_id:
        return {application.client_id}
    return {name.casefold() for name in (own.app_id, *own.identifier_uris)}


def _user(claims: dict[str, Any]) -> User | None:
    try:
        return organisation().user(str(claims.get("oid")))
    except KeyError:
        return None


def _check_lifetime(claims: dict[str, Any], now: float) -> None:
    try:
        begins, ends = float(claims["nbf"]), float(claims["exp"])
    except (KeyError, TypeError, ValueError) as error:
        raise EntraError(50027, "The assertion has no valid times.") from error
    if not begins - _SKEW <= now < ends + _SKEW:
        raise EntraError(500133, "The assertion is not within its valid time range.")
