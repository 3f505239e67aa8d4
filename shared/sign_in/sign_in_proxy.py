"""Holds the sign-in proxy: what its endpoints share, and how their failures become responses."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Self

import azure.functions as func

from shared.entra.access_token import AccessTokenValidator
from shared.entra.app_credential import identity_token
from shared.entra.signing_keys import SigningKeys
from shared.errors import ToolError
from shared.http.deadline import deadline
from shared.http.http_client import Http, tls_context
from shared.http.public_documents import PublicDocuments, PublicFetch
from shared.http.shutdown import on_loop_shutdown
from shared.settings import Settings
from shared.settings.rate import Rate
from shared.settings.sign_in_settings import SignInSettings
from shared.sign_in import client_documents
from shared.sign_in.address_limits import AddressLimit
from shared.sign_in.authorize import Authorize
from shared.sign_in.callback import Callback
from shared.sign_in.client_documents import ClientDocuments
from shared.sign_in.clients import Clients
from shared.sign_in.consent import Consent
from shared.sign_in.contents import RegisteredClient
from shared.sign_in.entra_endpoints import EntraEndpoints
from shared.sign_in.entra_sign_in import EntraSignIn, MsalTokenRequests, TokenRequests
from shared.sign_in.http_form import (
    CORS,
    error_response,
    json_response,
    page_response,
    preflight,
    retry_headers,
)
from shared.sign_in.metadata_documents import facade_metadata, proxy_metadata, resource_metadata
from shared.sign_in.oauth_errors import OAuthError, unavailable
from shared.sign_in.redirect_uris import RedirectRules
from shared.sign_in.registration import Registration
from shared.sign_in.revocation import Revocation
from shared.sign_in.row_count import RowCount
from shared.sign_in.sealed_rows import SealedRows
from shared.sign_in.sign_in_audit import SignInRecord
from shared.sign_in.sign_in_pages import HEADERS, message_page
from shared.sign_in.token_endpoint import TokenEndpoint
from shared.storage.row_store import MemoryRows, RowStore

REGISTRATIONS = Rate(10, 60.0)
DOCUMENTS = Rate(30, 60.0)
AUTHORIZATIONS = Rate(300, 60.0)
"""How often one network address may register, have documents fetched, and begin to sign in."""
PURGE_SECONDS = 600.0
REQUEST_SECONDS = 60.0

_LOGGER = logging.getLogger(__name__)
_PAGES = frozenset({"authorize", "consent", "callback"})
_PREFIX = "oauth_"

type Handler = Callable[[func.HttpRequest, SignInRecord], Awaitable[func.HttpResponse]]


class SignInProxy:
    """Serves the functions that `routes` names.

    Args:
        settings: The app settings.
        sign_in: The proxy's settings.
        http: Sends requests to Entra's metadata.
        store: Where sign-ins are kept.
        fetch: Fetches clients' documents.
        requests: Sends token requests to Entra.
        clock: Returns seconds since the epoch.
        seconds: How long a request may take.
    """

    def __init__(
        self,
        settings: Settings,
        sign_in: SignInSettings,
        *,
        http: Http,
        store: RowStore,
        fetch: PublicFetch,
        requests: TokenRequests,
        clock: Callable[[], float] = time.time,
        seconds: float = REQUEST_SECONDS,
    ) -> None:
        issuer = f"{settings.authority_host}/{settings.tenant_id}/v2.0"
        keys = SigningKeys(http, issuer)
        self._sign_in = sign_in
        self._http = http
        self._clock = clock
        self._seconds = seconds
        self._rows = SealedRows(store, clock=clock)
        self._purge_at = clock()
        self._purging: asyncio.Task[None] | None = None
        self._endpoints = EntraEndpoints(http, issuer)
        self._entra = EntraSignIn(
            sign_in,
            issuer=issuer,
            endpoints=self._endpoints,
            keys=keys,
            validator=AccessTokenValidator(settings, {settings.tenant_id: keys}),
            requests=requests,
        )
        started = clock()

        def uptime() -> float:
            # Small numbers, as rates are too fine for those of the epoch.
            return clock() - started

        rules = RedirectRules(sign_in.origin, sign_in.redirects)
        documents = ClientDocuments(
            fetch,
            rules=rules,
            hosts=sign_in.clients,
            limit=AddressLimit("documents", DOCUMENTS, clock=uptime),
            clock=clock,
        )
        clients = Clients(self._rows, documents)
        authorize = Authorize(
            sign_in,
            self._rows,
            clients=clients,
            limit=AddressLimit("authorizations", AUTHORIZATIONS, clock=uptime),
            writes=settings.writes,
        )
        registration = Registration(
            self._rows,
            rules=rules,
            limit=AddressLimit("registrations", REGISTRATIONS, clock=uptime),
            count=RowCount(store, RegisteredClient.kind, clock=clock),
        )
        self._handlers: dict[str, Handler] = {
            "register": registration.handle,
            "authorize": authorize.handle,
            "consent": Consent(sign_in, self._rows, self._entra).handle,
            "callback": Callback(sign_in, self._rows, self._entra).handle,
            "token": TokenEndpoint(sign_in, self._rows, clients=clients, entra=self._entra).handle,
            "revoke": Revocation(self._rows).handle,
        }
        self._shutdown: AsyncGenerator[None] | None = None

    @classmethod
    def open(cls, settings: Settings, sign_in: SignInSettings) -> Self:
        """Opens a proxy with connections and threads of its own, closed when the event loop shuts down."""
        tls = tls_context(settings.ca_file)
        http = Http.open(tls)
        proxy = cls(
            settings,
            sign_in,
            http=http,
            store=row_store(settings, sign_in, http),
            fetch=PublicDocuments(
                tls,
                seconds=client_documents.FETCH_SECONDS,
                limit_bytes=client_documents.LIMIT_BYTES,
                media_type="application/json",
            ),
            requests=MsalTokenRequests(settings, sign_in, tls),
        )
        proxy._shutdown = on_loop_shutdown(proxy.close)
        return proxy

    async def respond(self, function: str, request: func.HttpRequest) -> func.HttpResponse:
        """Returns the response of a function that `routes` names; every failure is one too."""
        if request.method == "OPTIONS":
            return preflight()
        name = function.removeprefix(_PREFIX)
        if name not in self._handlers:
            return await self._metadata(name)
        record = SignInRecord(name)
        try:
            async with deadline(self._seconds):
                response = await self._handlers[name](request, record)
            record.succeeded()
            self._purge_in_background()
        except OAuthError as error:
            record.failed(error.code, error.reason)
            response = _failure(name, error)
        except ToolError as error:
            record.failed("temporarily_unavailable", error.reason)
            _LOGGER.warning("sign-in, %s: %s", name, error.reason)
            response = _failure(name, unavailable(_NOT_NOW, retry_after=error.retry_after))
        except TimeoutError:
            record.failed("temporarily_unavailable", "timeout")
            response = _failure(name, unavailable(_NOT_NOW))
        except Exception:
            record.failed("server_error")
            _LOGGER.exception("sign-in, %s: a mistake in the code", name)
            response = _failure(name, OAuthError("server_error", "This server failed.", status=500))
        finally:
            record.write()
        return response

    async def close(self) -> None:
        """Closes the connections and shuts the threads down."""
        self._entra.close()
        if self._purging is not None:
            self._purging.cancel()
        await self._http.close()

    async def _metadata(self, name: str) -> func.HttpResponse:
        sign_in = self._sign_in
        match name:
            case "protected_resource":
                document = resource_metadata(sign_in, sign_in.origin)
            case "protected_resource_mcp":
                document = resource_metadata(sign_in, sign_in.mcp_url)
            case _ if sign_in.is_proxy:
                document = proxy_metadata(sign_in)
            case _:
                try:
                    document = facade_metadata(sign_in, await self._endpoints.get())
                except (OAuthError, ToolError) as error:
                    away = unavailable(_NOT_NOW, retry_after=error.retry_after, reason=error.reason)
                    return error_response(away, CORS)
        return json_response(document, headers=CORS)

    def _purge_in_background(self) -> None:
        """Deletes expired rows now and then; nobody waits for it."""
        if self._clock() >= self._purge_at:
            self._purge_at = self._clock() + PURGE_SECONDS
            self._purging = asyncio.create_task(self._purge())

    async def _purge(self) -> None:
        try:
            await self._rows.store.purge()
        except ToolError as error:
            _LOGGER.warning("expired sign-ins could not be deleted: %s", error.reason)


_NOT_NOW = "Something that this server needs does not respond. Try again in a moment."


def _failure(name: str, error: OAuthError) -> func.HttpResponse:
    """Returns a failure as JSON, or as a page where a person looks at it."""
    if name in _PAGES:
        markup = message_page("You are not signed in", [error.description])
        return page_response(markup, error.status, {**HEADERS, **retry_headers(error)})
    headers = CORS if name != "revoke" else {}
    if error.status == 401:
        # RFC 9110, 15.5.2 and RFC 6749, 5.2.
        headers = {**headers, "WWW-Authenticate": f'Basic realm="{_PREFIX}{name}"'}
    return error_response(error, headers)


def row_store(settings: Settings, sign_in: SignInSettings, http: Http) -> RowStore:
    """Makes the store of sign-ins that the settings configure."""
    if sign_in.table_url is None:
        return MemoryRows()
    from shared.storage.table_requests import STORAGE_RESOURCE  # noqa: PLC0415
    from shared.storage.table_rows import TableRows  # noqa: PLC0415 - only where there is a table

    return TableRows(http, sign_in.table_url, token=identity_token(settings, STORAGE_RESOURCE))
