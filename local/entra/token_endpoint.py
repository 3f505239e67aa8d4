"""Serves the token endpoint: `POST /{tenant}/oauth2/v2.0/token`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import replace
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.decoded_token import decoded
from local.entra import claims_request, errors, on_behalf_of, scopes
from local.entra.authority import Authority
from local.entra.correlation import correlation_id
from local.entra.errors import EntraError
from local.entra.grants import Grant
from local.entra.keys import base64url
from local.entra.registrations import Application
from local.entra.scopes import RequestedScopes, check_not_itself, check_resource
from local.entra.token_request import GRANT_NAMES, TokenRequest
from local.entra.tokens import Delegation
from local.organisation import organisation


class TokenEndpoint:
    """Serves token requests at one of the addresses."""

    def __init__(self, authority: Authority, base_url: str) -> None:
        self._authority = authority
        self._base_url = base_url

    async def handle(self, request: Request) -> Response:
        """Returns tokens or an error, and records either in the journal."""
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        token_request = TokenRequest(request.path_params["tenant"], {**form, **_basic(request)})
        correlation = correlation_id(request, form)
        headers = {
            "Cache-Control": "no-store, no-cache",
            "Pragma": "no-cache",
            "client-request-id": correlation,
        }
        try:
            answer = self._grant(token_request)
            self._observe(token_request, issued=decoded(str(answer["access_token"])))
            return JSONResponse(answer, headers=headers)
        except EntraError as refusal:
            self._observe(token_request, aadsts=refusal.code, why=str(refusal))
            self._authority.control.record("token_refused", aadsts=refusal.code, **token_request.facts())
            content = errors.body(refusal, base_url=self._base_url, correlation_id=correlation)
            return JSONResponse(content, refusal.status, headers)

    def _observe(self, request: TokenRequest, **outcome: object) -> None:
        """Observes what was presented, for which scopes, and what came of it."""
        presented = {name: decoded(request.form.get(name)) for name in ("assertion", "client_assertion")}
        scope = request.form.get("scope")
        self._authority.control.observe(
            "token_request", **request.facts(), scope=scope, **presented, **outcome
        )

    def _grant(self, request: TokenRequest) -> dict[str, object]:
        self._authority.check_tenant(request.tenant)
        if request.required("grant_type") not in GRANT_NAMES:
            raise EntraError(70003, f"The grant type '{request.grant}' is not supported.")
        application = self._authority.registrations.application(request.required("client_id"))
        if not application.public:
            self._authority.check_tenant(request.tenant, any_tenant=False)
        lacking = 7000216 if request.grant == "on_behalf_of" else 7000218
        proof = self._authority.credentials.authenticate(application, request.form, lacking=lacking)
        claims = claims_request.parse(request.form.get("claims"))
        match request.grant:
            case "authorization_code":
                grant, nonce = self._redeem_code(request, application)
            case "refresh_token":
                grant, nonce = self._refresh(request, application), None
            case _:
                grant, nonce = on_behalf_of.grant(self._authority, application, request), None
        request.user = grant.user.alias
        check_not_itself(application, grant.scopes)
        check_resource(request.form.get("resource"), grant.scopes)
        delegation = Delegation(
            grant.user, application, proof, grant.mfa, claims.capabilities, claims.not_before
        )
        return self._issue(request, delegation, grant, nonce)

    def _redeem_code(self, request: TokenRequest, application: Application) -> tuple[Grant, str | None]:
        redirect_uri = request.required("redirect_uri")
        grant = self._authority.grants.redeem(request.required("code"))
        request.user = grant.user.alias
        if grant.client_id != application.client_id:
            raise EntraError(70000, "The authorization code was issued to another application.")
        if grant.redirect_uri != redirect_uri:
            raise EntraError(500112, "The redirect_uri differs from that of the authorization request.")
        if grant.code_challenge is not None:
            verifier = request.form.get("code_verifier", "")
            challenge = base64url(hashlib.sha256(verifier.encode()).digest())
            # RFC 7636, 4.6
            if not hmac.compare_digest(challenge.encode(), grant.code_challenge.encode()):
                raise EntraError(501481, "The code_verifier does not match the code_challenge.")
        return grant, grant.nonce

    def _refresh(self, request: TokenRequest, application: Application) -> Grant:
        grant = self._authority.grants.refresh(request.required("refresh_token"))
        request.user = grant.user.alias
        if grant.client_id != application.client_id:
            raise EntraError(70000, "The refresh token was issued to another application.")
        if not request.form.get("scope"):
            return grant
        requested = scopes.parse(request.form["scope"], self._authority.registrations)
        # RFC 6749, 6: a refreshed token keeps what the grant had, offline access included.
        kept = replace(requested, openid=requested.openid | {"offline_access"})
        return replace(grant, scopes=kept)

    def _issue(
        self, request: TokenRequest, delegation: Delegation, grant: Grant, nonce: str | None
    ) -> dict[str, object]:
        authority, requested = self._authority, grant.scopes
        granted = authority.consents.require(grant.user, delegation.application, requested)
        # What the resource demands may have changed since the sign-in.
        resource = authority.registrations.resource(requested.resource.key)
        authority.conditional_access.require(grant.user, resource, mfa=grant.mfa)
        issued = authority.tokens.access_token(delegation, requested.resource, granted)
        authority.control.record(
            "token_issued",
            audience=issued.audience,
            scopes=list(granted),
            uti=issued.unique_id,
            **request.facts(),
        )
        answer: dict[str, object] = {
            "token_type": "Bearer",
            "scope": _granted_scope(requested, granted),
            "expires_in": issued.expires_in,
            "ext_expires_in": issued.expires_in,
            "access_token": issued.token,
        }
        if "offline_access" in requested.openid:
            answer["refresh_token"] = authority.grants.new_refresh_token(
                Grant(grant.client_id, grant.user, grant.mfa, requested)
            )
        if "openid" in requested.openid:
            answer["id_token"] = authority.tokens.id_token(delegation, nonce, requested.openid).token
        if request.form.get("client_info") == "1":
            account = {"uid": grant.user.object_id, "utid": organisation().tenant_id}
            answer["client_info"] = base64url(json.dumps(account).encode())
        return answer


def _granted_scope(requested: RequestedScopes, granted: tuple[str, ...]) -> str:
    openid = [name for name in ("openid", "profile", "email") if name in requested.openid]
    everything = [".default"] if requested.everything else []
    return " ".join([*openid, *(requested.prefix + name for name in (*granted, *everything))])


def _basic(request: Request) -> dict[str, str]:
    """Returns the client id and secret of a Basic authorization header (RFC 6749, 2.3.1)."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": unquote(client_id), "client_secret": unquote(secret)}
