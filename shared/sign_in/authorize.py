"""Serves the authorization endpoint: checks the request, and asks the user for consent, each time."""

from urllib.parse import urlsplit

import azure.functions as func

from shared.settings.sign_in_settings import SignInSettings
from shared.sign_in.address_limits import AddressLimit
from shared.sign_in.authorization_request import check_request, state_of
from shared.sign_in.browser_cookies import request_cookie
from shared.sign_in.clients import Client, Clients
from shared.sign_in.contents import AuthorizationRequest
from shared.sign_in.http_form import client_address, page_response, query_of, redirect
from shared.sign_in.oauth_errors import OAuthError
from shared.sign_in.redirect_uris import host_of, is_loopback
from shared.sign_in.sealed_rows import SealedRows, hashed, new_handle
from shared.sign_in.sign_in_audit import SignInRecord
from shared.sign_in.sign_in_pages import HEADERS, Asker, consent_page


class Authorize:
    """Serves the authorization endpoint.

    Args:
        sign_in: The proxy's settings.
        rows: Where the request waits.
        clients: Finds the client.
        limit: Limits the requests of one address.
        writes: Whether tools that change things are offered.
    """

    def __init__(
        self,
        sign_in: SignInSettings,
        rows: SealedRows,
        *,
        clients: Clients,
        limit: AddressLimit,
        writes: bool,
    ) -> None:
        self._sign_in = sign_in
        self._rows = rows
        self._clients = clients
        self._limit = limit
        self._writes = writes
        self._cookie = request_cookie(sign_in.origin)

    async def handle(self, request: func.HttpRequest, record: SignInRecord) -> func.HttpResponse:
        """Returns the consent page, or the redirect with an error.

        Raises:
            OAuthError: The client or the redirect address is not known good, so nothing may be sent there.
        """
        address = client_address(request)
        await self._limit.check(address)
        parameters = query_of(request)
        client = await self._client(parameters.get("client_id", ""), address)
        redirect_uri = parameters.get("redirect_uri", "")
        record.client = client.client_id
        if not client.allows(redirect_uri):
            raise OAuthError(
                "invalid_request",
                "The program asks to be answered at an address that is not one of its own.",
                reason="redirect_uri",
            )
        record.redirect_host = host_of(redirect_uri)
        state = state_of(parameters)
        try:
            challenge = check_request(parameters, self._sign_in)
        except OAuthError as error:
            record.failed(error.code)
            return redirect(
                redirect_uri,
                {
                    "error": error.code,
                    "error_description": error.description,
                    "state": state,
                    "iss": self._sign_in.origin,
                },
            )
        return await self._ask(request, client, redirect_uri, state, challenge)

    async def _client(self, client_id: str, address: str) -> Client:
        try:
            return await self._clients.find(client_id, address=address)
        except OAuthError as error:
            # A page for a person: the 401 is the token endpoint's.
            status = 400 if error.status == 401 else error.status
            raise OAuthError(
                error.code,
                error.description,
                status=status,
                retry_after=error.retry_after,
                reason=error.reason,
            ) from error

    async def _ask(
        self, request: func.HttpRequest, client: Client, redirect_uri: str, state: str | None, challenge: str
    ) -> func.HttpResponse:
        handle, browser = new_handle(), new_handle()
        waiting = AuthorizationRequest(
            client_id=client.client_id,
            client_name=client.name,
            redirect_uri=redirect_uri,
            state=state,
            code_challenge=challenge,
            refreshes=client.refreshes,
            browser=hashed(browser),
        )
        await self._rows.put(handle, waiting)
        asker = Asker(client.name, client.host, host_of(redirect_uri), is_loopback(redirect_uri))
        server_host = urlsplit(self._sign_in.origin).netloc
        markup = consent_page(asker, server_host=server_host, handle=handle, writes=self._writes)
        return page_response(markup, 200, HEADERS, self._cookie.added(request, browser))
