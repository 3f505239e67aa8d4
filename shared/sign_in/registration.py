"""Registers clients that ask for it (RFC 7591). Nothing that a client names is fetched."""

import azure.functions as func

from shared.sign_in.address_limits import AddressLimit
from shared.sign_in.client_metadata import CODE_GRANT, REFRESH_GRANT, check_metadata, clean_name
from shared.sign_in.clients import REGISTERED
from shared.sign_in.contents import RegisteredClient
from shared.sign_in.http_form import CORS, client_address, json_of, json_response
from shared.sign_in.oauth_errors import OAuthError
from shared.sign_in.redirect_uris import RedirectRules, host_of
from shared.sign_in.row_count import RowCount
from shared.sign_in.sealed_rows import SealedRows, new_handle
from shared.sign_in.sign_in_audit import SignInRecord

LIMIT_CLIENTS = 10_000


class Registration:
    """Serves the registration endpoint.

    Args:
        rows: Where registrations are kept.
        rules: Which redirect addresses are accepted.
        limit: Limits the registrations of one address.
        count: Counts those there are.
    """

    def __init__(
        self, rows: SealedRows, *, rules: RedirectRules, limit: AddressLimit, count: RowCount
    ) -> None:
        self._rows = rows
        self._rules = rules
        self._limit = limit
        self._count = count

    async def handle(self, request: func.HttpRequest, record: SignInRecord) -> func.HttpResponse:
        """Returns the registered metadata with the client's id, status 201."""
        await self._limit.check(client_address(request))
        metadata = json_of(request)
        redirect_uris = self._rules.registered(metadata.get("redirect_uris"))
        if metadata.get("token_endpoint_auth_method") not in (None, "none"):
            raise OAuthError("invalid_client_metadata", "token_endpoint_auth_method must be none.")
        refreshes = check_metadata(metadata)
        if await self._count.reaches(LIMIT_CLIENTS):
            raise OAuthError(
                "temporarily_unavailable",
                "This server holds as many registrations as it can.",
                status=429,
                retry_after=3600,
                reason="too_many_clients",
            )
        handle, now = new_handle(), self._rows.now()
        client = RegisteredClient(
            name=clean_name(metadata.get("client_name")),
            redirect_uris=tuple(redirect_uris),
            refreshes=refreshes,
            used_at=now,
        )
        await self._rows.put(handle, client)
        self._count.add()
        record.client, record.redirect_host = REGISTERED + handle, host_of(redirect_uris[0])
        registered = {
            "client_id": REGISTERED + handle,
            "client_id_issued_at": int(now),
            "redirect_uris": redirect_uris,
            "token_endpoint_auth_method": "none",
            "grant_types": [CODE_GRANT, *([REFRESH_GRANT] if refreshes else [])],
            "response_types": ["code"],
            **({"client_name": client.name} if client.name else {}),
        }
        return json_response(registered, 201, CORS)
