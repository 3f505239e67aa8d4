"""Serves the token endpoint: redeems authorization codes and refresh tokens."""

import hmac
import logging
import re
from collections.abc import Mapping

import azure.functions as func

from shared.entra.access_token import RefusedTokenError
from shared.settings.sign_in_settings import SignInSettings
from shared.sign_in.authorization_request import check_resource, check_scope
from shared.sign_in.callback import family_of
from shared.sign_in.clients import Clients
from shared.sign_in.consent import challenge_of
from shared.sign_in.contents import Code, Family, Grant
from shared.sign_in.entra_sign_in import EntraRefusedError, EntraSignIn
from shared.sign_in.http_form import CORS, form_of, json_response
from shared.sign_in.oauth_errors import OAuthError, unavailable
from shared.sign_in.redirect_uris import host_of
from shared.sign_in.sealed_rows import Opened, SealedRows, new_handle
from shared.sign_in.sign_in_audit import SignInRecord

GRACE_SECONDS = 60.0
"""How long a refresh token still works after its use, as its answer may have been lost on the way."""

_LOGGER = logging.getLogger(__name__)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type")


class TokenEndpoint:
    """Serves the token endpoint.

    Args:
        sign_in: The proxy's settings.
        rows: Where codes and refresh tokens are.
        clients: Tells which clients are served.
        entra: Redeems Entra's refresh tokens.
    """

    def __init__(
        self, sign_in: SignInSettings, rows: SealedRows, *, clients: Clients, entra: EntraSignIn
    ) -> None:
        self._sign_in = sign_in
        self._rows = rows
        self._clients = clients
        self._entra = entra

    async def handle(self, request: func.HttpRequest, record: SignInRecord) -> func.HttpResponse:
        """Returns the access token that Entra issued, and a refresh token of the proxy's own.

        Raises:
            OAuthError: The request is not right, or the grant is not good.
            ToolError: Entra or the storage cannot be reached.
        """
        check_no_credential(request)
        form = form_of(request)
        check_no_secret(form)
        match form.get("grant_type"):
            case "authorization_code":
                answer = await self._redeem(form, record)
            case "refresh_token":
                answer = await self._refresh(form, record)
            case None:
                raise OAuthError("invalid_request", "grant_type is missing.")
            case _:
                raise OAuthError(
                    "unsupported_grant_type", "grant_type must be authorization_code or refresh_token."
                )
        return json_response(answer, headers=CORS)

    async def _redeem(self, form: Mapping[str, str], record: SignInRecord) -> dict[str, object]:
        client_id, handle = required(form, "client_id"), required(form, "code")
        redirect_uri, verifier = required(form, "redirect_uri"), required(form, "code_verifier")
        await self._clients.check(client_id)
        record.client = client_id
        opened = await self._rows.get(handle, Code)
        if opened is None:
            # A code seen twice ends what came of it (RFC 6749, 4.1.2). One that never was ends nothing.
            await self._rows.end(family_of(handle), Family)
            raise _invalid_grant("unknown_code")
        code = opened.content
        record.tenant, record.user = code.tenant_id, code.object_id
        if code.client_id != client_id:
            raise _invalid_grant("foreign_code")
        if code.redirect_uri != redirect_uri:
            raise _invalid_grant("redirect_uri")
        record.redirect_host = host_of(redirect_uri)
        check_resource(form, self._sign_in)
        if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(
            challenge_of(verifier), code.code_challenge
        ):
            raise _invalid_grant("code_verifier")
        refresh_token = None
        if code.grant is not None:
            # Before the code is used up: should the storage fail, the client can ask again.
            refresh_token = new_handle()
            await self._rows.put(refresh_token, code.grant)
        if not await self._rows.take(opened):
            await self._rows.end(family_of(handle), Family)
            raise _invalid_grant("used_code")
        return self._answer(code.access_token, code.expires_at, refresh_token)

    async def _refresh(self, form: Mapping[str, str], record: SignInRecord) -> dict[str, object]:
        client_id, handle = required(form, "client_id"), required(form, "refresh_token")
        await self._clients.check(client_id)
        record.client = client_id
        opened = await self._rows.get(handle, Grant)
        if opened is None:
            raise _invalid_grant("unknown_refresh_token")
        grant = opened.content
        record.tenant, record.user = grant.tenant_id, grant.object_id
        if grant.client_id != client_id:
            raise _invalid_grant("foreign_refresh_token")
        check_resource(form, self._sign_in)
        check_scope(form, self._sign_in)
        if grant.used_at is not None and self._rows.now() - grant.used_at > GRACE_SECONDS:
            await self._rows.end(grant.family, Family)
            raise _invalid_grant("used_refresh_token")
        # A family that has ended is gone; one that goes on lives for as long as its newest refresh token.
        if not await self._rows.replace(grant.family, Family()):
            raise _invalid_grant("ended")
        return await self._refreshed(handle, opened)

    async def _refreshed(self, handle: str, opened: Opened[Grant]) -> dict[str, object]:
        grant = opened.content
        try:
            tokens = await self._entra.refresh(grant.refresh_token)
        except EntraRefusedError as error:
            await self._rows.end(handle, Grant)
            raise _invalid_grant("entra_refused" if error.code is None else f"aadsts{error.code}") from error
        except RefusedTokenError as error:
            _LOGGER.warning("a refreshed access token was refused: %s", error.reason)
            raise unavailable("Entra's token is not accepted here.", reason=error.reason) from error
        if tokens.principal.object_id != grant.object_id:
            raise unavailable("Entra's token is not the user's.", reason="another_user")
        successor = new_handle()
        latest = tokens.refresh_token or grant.refresh_token
        await self._rows.put(successor, grant.model_copy(update={"refresh_token": latest, "used_at": None}))
        if grant.used_at is None:
            # Of two at the same time one marks it; the other is within the grace.
            used = grant.model_copy(update={"used_at": self._rows.now()})
            await self._rows.replace(handle, used, etag=opened.row.etag)
        return self._answer(tokens.access_token, tokens.principal.expires_at, successor)

    def _answer(self, access_token: str, expires_at: float, refresh_token: str | None) -> dict[str, object]:
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": max(0, int(expires_at - self._rows.now())),
            "scope": self._sign_in.scope_name,
            **({"refresh_token": refresh_token} if refresh_token else {}),
        }


def required(form: Mapping[str, str], name: str) -> str:
    """Returns the value of a parameter.

    Raises:
        OAuthError: `invalid_request`: it is missing.
    """
    value = form.get(name)
    if value is None:
        raise OAuthError("invalid_request", f"{name} is missing.")
    return value


def check_no_credential(request: func.HttpRequest) -> None:
    """Returns if a request has no `Authorization` header: clients have no credentials here.

    Raises:
        OAuthError: `invalid_client`, with status 401.
    """
    if request.headers.get("authorization"):
        raise _no_credentials()


def check_no_secret(form: Mapping[str, str]) -> None:
    """Returns if a form has no client credential; raises what `check_no_credential` does."""
    if any(name in form for name in _CREDENTIALS):
        raise _no_credentials()


def _no_credentials() -> OAuthError:
    return OAuthError(
        "invalid_client",
        "Clients do not authenticate here: send client_id alone.",
        status=401,
        reason="client_authentication",
    )


def _invalid_grant(reason: str) -> OAuthError:
    """Returns the one refusal of every grant that is not good; why is for the record."""
    return OAuthError(
        "invalid_grant", "The grant is not valid, has expired, or is not this client's.", reason=reason
    )
