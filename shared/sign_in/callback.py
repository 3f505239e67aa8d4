"""Receives browsers that come back from Entra, and hands the client its authorization code."""

from collections.abc import Sequence

import azure.functions as func

from shared.entra.access_token import RefusedTokenError
from shared.errors import ToolError
from shared.settings.sign_in_settings import SignInSettings
from shared.sign_in.browser_cookies import sign_in_cookie
from shared.sign_in.consent import not_this_browser
from shared.sign_in.contents import AuthorizationRequest, Code, Family, Grant, Transit
from shared.sign_in.entra_refusals import code_in, shown
from shared.sign_in.entra_sign_in import EntraRefusedError, EntraSignIn, EntraTokens
from shared.sign_in.http_form import (
    page_response,
    query_of,
    redirect,
    retry_headers,
    set_cookies,
    with_parameters,
)
from shared.sign_in.oauth_errors import OAuthCode, OAuthError, unavailable
from shared.sign_in.redirect_uris import host_of
from shared.sign_in.sealed_rows import SealedRows, derived_handle, new_handle
from shared.sign_in.sign_in_audit import SignInRecord
from shared.sign_in.sign_in_pages import HEADERS, message_page

_FAMILY = "family"
_AWAY = ("temporarily_unavailable", "server_error")
"""Errors by which an authorization server says that it is not the request's fault (RFC 6749, 4.1.2.1)."""


class Callback:
    """Serves the redirect address of the proxy's own registration.

    Args:
        sign_in: The proxy's settings.
        rows: Where the request in transit is, and the code will be.
        entra: Redeems Entra's code.
    """

    def __init__(self, sign_in: SignInSettings, rows: SealedRows, entra: EntraSignIn) -> None:
        self._sign_in = sign_in
        self._rows = rows
        self._entra = entra
        self._cookie = sign_in_cookie(sign_in.origin)

    async def handle(self, request: func.HttpRequest, record: SignInRecord) -> func.HttpResponse:
        """Returns the redirect with a code, or a page that says why there is none.

        Raises:
            OAuthError: It is not this browser that consented, or the sign-in was used.
        """
        parameters = query_of(request)
        opened = await self._rows.get(parameters.get("state", ""), Transit)
        if opened is None or not self._cookie.holds(request, opened.content.browser):
            raise not_this_browser("no_transit" if opened is None else "cookie")
        if not await self._rows.take(opened):
            raise not_this_browser("used")
        transit, client_request = opened.content, opened.content.request
        record.client = client_request.client_id
        record.redirect_host = host_of(client_request.redirect_uri)
        response = await self._answer(parameters, transit, record)
        set_cookies(response, self._cookie.removed(request, transit.browser))
        return response

    async def _answer(
        self, parameters: dict[str, str], transit: Transit, record: SignInRecord
    ) -> func.HttpResponse:
        client_request = transit.request
        if parameters.get("error") in _AWAY:
            record.failed("temporarily_unavailable", "entra_away")
            return self._not_now(client_request)
        if "error" in parameters or "code" not in parameters:
            code = code_in(parameters.get("error_description", ""))
            record.failed("access_denied", "entra_refused" if code is None else f"aadsts{code}")
            return self._page("You are not signed in", shown(code), client_request)
        try:
            tokens = await self._entra.redeem(
                parameters["code"], verifier=transit.verifier, nonce=transit.nonce
            )
            record.tenant, record.user = tokens.principal.tenant_id, tokens.principal.object_id
            code_handle = await self._keep(tokens, client_request)
        except EntraRefusedError as error:
            record.failed("access_denied", "entra_refused" if error.code is None else f"aadsts{error.code}")
            return self._page("You are not signed in", shown(error.code), client_request)
        except RefusedTokenError as error:
            record.failed("access_denied", error.reason)
            words = ["This server does not accept the token that Entra issued for you.", error.remedy]
            return self._page("You are not signed in", words, client_request)
        except (ToolError, OAuthError) as error:
            record.failed("temporarily_unavailable", error.reason)
            return self._not_now(client_request, error.retry_after)
        granted = {"code": code_handle, "state": client_request.state, "iss": self._sign_in.origin}
        return redirect(client_request.redirect_uri, granted)

    async def _keep(self, tokens: EntraTokens, client_request: AuthorizationRequest) -> str:
        """Stores what Entra granted under a new authorization code, and returns that."""
        handle, principal = new_handle(), tokens.principal
        family = family_of(handle)
        grant = None
        if client_request.refreshes and tokens.refresh_token is not None:
            grant = Grant(
                client_id=client_request.client_id,
                tenant_id=principal.tenant_id,
                object_id=principal.object_id,
                refresh_token=tokens.refresh_token,
                family=family,
            )
        code = Code(
            client_id=client_request.client_id,
            redirect_uri=client_request.redirect_uri,
            code_challenge=client_request.code_challenge,
            access_token=tokens.access_token,
            expires_at=principal.expires_at,
            grant=grant,
            tenant_id=principal.tenant_id,
            object_id=principal.object_id,
        )
        if grant is not None:
            # First, so that there is never a code whose replay could not end what came of it.
            await self._rows.put(family, Family())
        await self._rows.put(handle, code)
        return handle

    def _not_now(
        self, client_request: AuthorizationRequest, retry_after: float | None = None
    ) -> func.HttpResponse:
        words = ["Something that this server needs did not respond. Nothing was granted."]
        return self._page(
            "You are not signed in",
            [*words, "Start again in the program, in a moment."],
            client_request,
            unavailable("", retry_after=retry_after),
        )

    def _page(
        self,
        title: str,
        paragraphs: Sequence[str],
        client_request: AuthorizationRequest,
        away: OAuthError | None = None,
    ) -> func.HttpResponse:
        error: OAuthCode = "access_denied" if away is None else away.code
        refused = {"error": error, "state": client_request.state, "iss": self._sign_in.origin}
        link = with_parameters(client_request.redirect_uri, refused)
        headers = HEADERS if away is None else {**HEADERS, **retry_headers(away)}
        return page_response(
            message_page(title, paragraphs, link=link), 403 if away is None else away.status, headers
        )


def family_of(code: str) -> str:
    """Returns the handle of the family that an authorization code begins; a used code still leads to it."""
    return derived_handle(code, _FAMILY)
