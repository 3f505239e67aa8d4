"""Authenticates requests: the bearer check, the forms of a refusal, and revoked sign-ins."""

from __future__ import annotations

import base64
import json

from starlette.datastructures import URL, Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response

from local.bearer import AccessToken, BearerCheck
from local.devops.errors import not_authorized
from local.organisation import organisation

_REFUSALS = ("negotiate", "page", "redirect", "empty", "conditional-access")

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Azure DevOps Services | Sign In</title></head>
<body><h1>Sign in</h1><p>This page is for people. Programs send an access token.</p></body></html>
"""


class SignIn:
    """Verifies tokens, and refuses requests without a valid one.

    `refuse_with` sets what refused callers see. `negotiate` is what the service does by default: 401 to
    those who ask not to be redirected and to methods other than GET and POST, 203 with the sign-in
    page to all others. The other values force the page, a redirect to it, or a 401 without a body. With
    `conditional-access`, good tokens too are refused to those who ask not to be redirected, as has been
    seen in tenants with such policies; without a good token the others are led to the sign-in page.
    """

    def __init__(self, bearer: BearerCheck, sign_in_url: str) -> None:
        self._refusal = "negotiate"
        self._bearer = bearer
        self._sign_in_url = sign_in_url
        self._seen: dict[str, set[str]] = {}
        self._revoked: dict[str, tuple[int, frozenset[str]]] = {}

    async def verify(self, authorization: str | None) -> AccessToken:
        """Returns the caller's token.

        Raises:
            RefusedError: It is missing or not valid for Azure DevOps.
        """
        return await self._bearer.verify(authorization)

    def revoke(self, object_id: str, now: int) -> None:
        """Challenges every token this user was given until now (continuous access evaluation)."""
        self._revoked[object_id] = (now, frozenset(self._seen.get(object_id, ())))

    def refuse_with(self, refusal: str) -> None:
        """Changes the response that refused callers get.

        Raises:
            ValueError: There is no such refusal.
        """
        if refusal not in _REFUSALS:
            raise ValueError(f"{refusal!r} is not one of {', '.join(_REFUSALS)}")
        self._refusal = refusal

    def forget(self) -> None:
        """Resets the state: nothing revoked, refusals negotiated."""
        self._refusal = "negotiate"
        self._revoked.clear()

    def challenge(self, token: AccessToken) -> Response | None:
        """Returns the 401 with claims for a revoked token, or None; only clients that declared `cp1` get it.

        Tokens of the second of the revocation are told apart by whether they were used before it.
        """
        identifier = token.claims.get("uti", "")
        if token.user in self._revoked:
            when, used = self._revoked[token.user]
            is_capable = "cp1" in str(token.claims.get("xms_cc", "")).casefold()
            if is_capable and (token.claims["nbf"] < when or identifier in used):
                return self._claims_challenge(when)
        self._seen.setdefault(token.user, set()).add(identifier)
        return None

    def rejects(self, headers: Headers) -> bool:
        """Tells whether a request is refused whatever its token."""
        return self._refusal == "conditional-access" and _suppressed(headers)

    def refuse(self, method: str, url: URL, headers: Headers) -> Response:
        """Returns the response to a caller without a valid token."""
        refusal = self._refusal
        if refusal == "negotiate" and method in ("GET", "POST") and not _suppressed(headers):
            refusal = "page"
        if refusal == "conditional-access" and not _suppressed(headers):
            refusal = "redirect"
        match refusal:
            case "page":
                return self.page(203)
            case "redirect":
                target = URL(f"{self._sign_in_url}/_signin").include_query_params(
                    reply_to=str(url), protocol="wsfederation"
                )
                return RedirectResponse(str(target), 302)
            case "empty":
                return _with_schemes(Response(status_code=401))
            case _:
                return _with_schemes(not_authorized().response())

    def page(self, status: int) -> Response:
        """Returns the page on which people sign in."""
        return HTMLResponse(_PAGE, status)

    def _claims_challenge(self, when: int) -> Response:
        claims = {"access_token": {"nbf": {"essential": True, "value": str(when)}}}
        encoded = base64.b64encode(json.dumps(claims).encode()).decode()
        authority = f"https://login.microsoftonline.com/{organisation().tenant_id}"
        response = not_authorized().response()
        response.headers["www-authenticate"] = (
            f'Bearer authorization_uri="{authority}", error="insufficient_claims", claims="{encoded}"'
        )
        return response


def _suppressed(headers: Headers) -> bool:
    return headers.get("x-tfs-fedauthredirect", "").casefold() == "suppress"


def _with_schemes(response: Response) -> Response:
    authority = f"https://login.microsoftonline.com/{organisation().tenant_id}"
    response.headers["www-authenticate"] = f"Bearer authorization_uri={authority}"
    response.headers.append("www-authenticate", 'Basic realm="https://dev.azure.com/"')
    response.headers.append("www-authenticate", "TFS-Federated")
    return response
