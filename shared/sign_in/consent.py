"""Takes the user's decision, and sends the browser on to Entra."""

import base64
import hashlib
from collections.abc import Mapping

import azure.functions as func

from shared.settings.sign_in_settings import SignInSettings
from shared.sign_in.browser_cookies import request_cookie, sign_in_cookie
from shared.sign_in.contents import AuthorizationRequest, Transit
from shared.sign_in.entra_sign_in import EntraSignIn
from shared.sign_in.http_form import form_of, page_response, with_parameters
from shared.sign_in.oauth_errors import OAuthError
from shared.sign_in.redirect_uris import host_of
from shared.sign_in.sealed_rows import SealedRows, hashed, new_handle
from shared.sign_in.sign_in_audit import SignInRecord
from shared.sign_in.sign_in_pages import HEADERS, REFUSED, TO_ENTRA, Onward, onward_page


class Consent:
    """Serves the form of the consent page.

    Args:
        sign_in: The proxy's settings.
        rows: Where the request waits.
        entra: Signs users in.
    """

    def __init__(self, sign_in: SignInSettings, rows: SealedRows, entra: EntraSignIn) -> None:
        self._sign_in = sign_in
        self._rows = rows
        self._entra = entra
        self._request_cookie = request_cookie(sign_in.origin)
        self._sign_in_cookie = sign_in_cookie(sign_in.origin)

    async def handle(self, request: func.HttpRequest, record: SignInRecord) -> func.HttpResponse:
        """Returns the page that leads on to Entra, or the redirect that tells the client of the refusal.

        Raises:
            OAuthError: The post is not that of the page which this browser was shown.
        """
        if not is_same_origin(request, self._sign_in.origin):
            raise not_this_browser("foreign_origin")
        form = form_of(request)
        decision = form.get("decision")
        opened = await self._rows.get(form.get("request", ""), AuthorizationRequest)
        if opened is None or not self._request_cookie.holds(request, opened.content.browser):
            raise not_this_browser("no_request" if opened is None else "cookie")
        waiting = opened.content
        record.client, record.redirect_host = waiting.client_id, host_of(waiting.redirect_uri)
        if decision not in ("allow", "refuse"):
            raise OAuthError("invalid_request", "Choose to allow or to refuse.")
        verifier, nonce, state = new_handle(), new_handle(), new_handle()
        address = ""
        if decision == "allow":
            # Before the request is used up: with Entra's metadata out of reach it can be sent again.
            address = await self._entra.authorization_url(
                state=state, nonce=nonce, challenge=challenge_of(verifier)
            )
        if not await self._rows.take(opened):
            raise not_this_browser("used")
        forgotten = self._request_cookie.removed(request, waiting.browser)
        if decision == "refuse":
            record.failed("access_denied", "refused")
            refused = {"error": "access_denied", "state": waiting.state, "iss": self._sign_in.origin}
            address = with_parameters(waiting.redirect_uri, refused)
            return _onward(REFUSED, address, forgotten)
        browser = new_handle()
        transit = Transit(request=waiting, verifier=verifier, nonce=nonce, browser=hashed(browser))
        await self._rows.put(state, transit)
        return _onward(TO_ENTRA, address, {**forgotten, **self._sign_in_cookie.added(request, browser)})


def _onward(page: Onward, address: str, cookies: Mapping[str, str]) -> func.HttpResponse:
    """Returns a page that leads on.

    Browsers hold `form-action` of the page before against every redirect after its form (CSP 3, 6.5.2), so it
    cannot be a redirect.
    """
    headers = {**HEADERS, "Refresh": f"0; url={address}"}
    return page_response(onward_page(page, address), 200, headers, cookies)


def is_same_origin(request: func.HttpRequest, origin: str) -> bool:
    """Tells whether a page of this server sent a form.

    Browsers write `null` as the origin of a form on a page with `Referrer-Policy: no-referrer` (Fetch,
    "append a request `Origin` header"), as other senders without an origin have it; then `Sec-Fetch-Site`
    decides, which no page can set.
    """
    given = request.headers.get("origin", "null")
    return bool(
        given == origin or (given == "null" and request.headers.get("sec-fetch-site") == "same-origin")
    )


def not_this_browser(reason: str) -> OAuthError:
    """Returns the refusal of a step that does not follow the one before in the same browser."""
    return OAuthError(
        "access_denied",
        "This page does not belong to a sign-in that this browser has under way, or that sign-in has ended. "
        "Start again in the program.",
        status=403,
        reason=reason,
    )


def challenge_of(verifier: str) -> str:
    """Returns the code challenge of a verifier by S256 (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
