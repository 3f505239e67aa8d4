"""Serves the authorization endpoint: `/{tenant}/oauth2/v2.0/authorize`, by GET or POST."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from local.entra import claims_request, conditional_access, errors, pages, scopes
from local.entra.authority import Authority
from local.entra.authorization_response import RESPONSE_MODES, respond
from local.entra.correlation import correlation_id
from local.entra.errors import EntraError, missing
from local.entra.grants import CodeGrant
from local.entra.registrations import Application
from local.entra.scopes import RequestedScopes, check_not_itself, check_resource
from local.organisation import User, organisation

# RFC 7636, 4.2: base64url of a SHA-256 digest.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_SIGN_IN_FIELDS = ("user", "mfa", "cancel")
_PROMPTS = ("none", "login", "consent", "select_account", "create")


@dataclass(frozen=True)
class _ValidRequest:
    """Holds a request whose client and redirect_uri are validated."""

    application: Application
    redirect_uri: str
    mode: str
    state: str | None
    parameters: Mapping[str, str]


class AuthorizationEndpoint:
    """Signs a user in, and issues an authorization code.

    Two ways need no page: `login_hint` with `prompt=none`, and a POST of the request with the
    fields `user` (and `mfa=on`) or `cancel`, which is what the page sends.
    """

    def __init__(self, authority: Authority, base_url: str) -> None:
        self._authority = authority
        self._base_url = base_url

    async def handle(self, request: Request) -> Response:
        """Returns the sign-in page, or the redirect with a code or an error."""
        posted = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        query = {name: value for name, value in request.query_params.items() if name not in _SIGN_IN_FIELDS}
        parameters = {**query, **posted}
        correlation = correlation_id(request, parameters)
        try:
            authorization = self._validated(request.path_params["tenant"], parameters)
        except EntraError as refusal:
            return self._refuse(refusal, correlation)
        try:
            return self._sign_in(authorization)
        except EntraError as refusal:
            return self._refuse(refusal, correlation, authorization)

    def _validated(self, tenant: str, parameters: Mapping[str, str]) -> _ValidRequest:
        """Validates the client and the redirect_uri before anything is sent there (RFC 6749, 4.1.2.1)."""
        self._authority.check_tenant(tenant)
        if not parameters.get("client_id"):
            raise missing("client_id")
        application = self._authority.registrations.application(parameters["client_id"])
        if not application.public:
            self._authority.check_tenant(tenant, any_tenant=False)
        redirect_uri = parameters.get("redirect_uri", "")
        if not application.allows(redirect_uri):
            raise EntraError(
                50011,
                f"The redirect URI '{redirect_uri}' is not one of those registered for the application "
                f"'{application.client_id}'.",
            )
        mode = parameters.get("response_mode", "query")
        known = mode if mode in RESPONSE_MODES else "query"
        return _ValidRequest(application, redirect_uri, known, parameters.get("state"), parameters)

    def _sign_in(self, authorization: _ValidRequest) -> Response:
        requested = self._requested(authorization)
        parameters = authorization.parameters
        claims = claims_request.parse(parameters.get("claims"))
        wants_mfa = claims.wants_mfa or bool(parameters.get("acr_values") or parameters.get("amr_values"))
        if "cancel" in parameters:
            raise EntraError(65004, "The user declined to sign in.")
        user = _find(parameters.get("user") or parameters.get("login_hint"))
        silent = parameters.get("prompt") == "none"
        if "user" not in parameters and not silent:
            query = {name: value for name, value in parameters.items() if name not in _SIGN_IN_FIELDS}
            return pages.sign_in(authorization.application, query, user, mfa=wants_mfa)
        if user is None:
            raise EntraError(50058, "Nobody is signed in, and the request allows no page to sign in with.")
        self._admit(user, requested)
        demanded = wants_mfa or self._authority.conditional_access.demands_mfa(user, requested.resource)
        # A person at the page can be asked for the second factor at once; a silent request cannot.
        if silent and demanded:
            raise conditional_access.challenge(user, requested.resource)
        mfa = demanded or parameters.get("mfa") == "on"
        return self._issue_code(authorization, requested, user, mfa=mfa)

    def _admit(self, user: User, requested: RequestedScopes) -> None:
        """Accepts a user who may have tokens for the resource.

        Entra tells the person about such a refusal on a page of its own, or the client by a redirect: both
        have been seen. A client that is ready for the redirect is ready for both.
        """
        try:
            self._authority.conditional_access.admit(user, requested.resource)
        except EntraError as refusal:
            refusal.error = "access_denied"
            raise

    def _requested(self, authorization: _ValidRequest) -> RequestedScopes:
        parameters = authorization.parameters
        if parameters.get("response_mode", "query") not in RESPONSE_MODES:
            raise EntraError(90023, "The response_mode is not supported.")
        if not parameters.get("response_type"):
            raise missing("response_type")
        if parameters["response_type"] != "code":
            raise EntraError(
                700051,
                f"The response_type '{parameters['response_type']}' is not enabled for the application.",
            )
        if not parameters.get("scope"):
            raise missing("scope")
        try:
            requested = scopes.parse(parameters["scope"], self._authority.registrations)
        except EntraError as refusal:
            # The authorization endpoint has its own code for a permission that does not exist.
            if refusal.code == 70011 and ".default" not in parameters["scope"]:
                raise EntraError(650053, refusal.message) from refusal
            raise
        if parameters.get("prompt", "none") not in _PROMPTS:
            raise EntraError(90023, "The prompt is not supported.")
        check_not_itself(authorization.application, requested)
        check_resource(parameters.get("resource"), requested)
        _check_challenge(parameters, required=authorization.application.public)
        return requested

    def _issue_code(
        self, authorization: _ValidRequest, requested: RequestedScopes, user: User, *, mfa: bool
    ) -> Response:
        try:
            self._authority.consents.require(user, authorization.application, requested)
        except EntraError as refusal:
            refusal.error = "consent_required"
            raise
        code = self._authority.grants.new_code(
            CodeGrant(
                authorization.application.client_id,
                user,
                mfa,
                requested,
                authorization.redirect_uri,
                authorization.parameters.get("code_challenge"),
                authorization.parameters.get("nonce"),
            )
        )
        self._authority.control.record(
            "signed_in", user=user.alias, client_id=authorization.application.client_id, mfa=mfa
        )
        response = {"code": code, "session_state": str(uuid.uuid4())}
        return self._respond(authorization, response)

    def _refuse(
        self, refusal: EntraError, correlation: str, authorization: _ValidRequest | None = None
    ) -> Response:
        self._authority.control.record("sign_in_refused", aadsts=refusal.code)
        content = errors.body(refusal, base_url=self._base_url, correlation_id=correlation)
        if authorization is None:
            return pages.notice("Sign-in is not possible", content["error_description"], refusal.status)
        named = ("error", "error_description", "error_uri", "suberror", "claims")
        return self._respond(authorization, {name: content[name] for name in named if name in content})

    def _respond(self, authorization: _ValidRequest, response: dict[str, str]) -> Response:
        if authorization.state is not None:
            response["state"] = authorization.state
        return respond(authorization.redirect_uri, response, authorization.mode)


def _check_challenge(parameters: Mapping[str, str], *, required: bool) -> None:
    method, challenge = parameters.get("code_challenge_method"), parameters.get("code_challenge")
    if not required and method is None and challenge is None:
        return
    if method == "S256" and _CHALLENGE.fullmatch(challenge or "") is not None:
        return
    if required:
        raise EntraError(9002325, "A public client must send a code_challenge of the method S256.")
    raise EntraError(501491, "The code_challenge is not one of the method S256.")


def _find(name: str | None) -> User | None:
    try:
        return organisation().user(name) if name else None
    except KeyError:
        return None
