"""Finds the client that a client id names: one with a metadata document, or one that registered itself."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.sign_in import redirect_uris
from shared.sign_in.client_documents import ClientDocuments, is_document_address
from shared.sign_in.contents import RegisteredClient
from shared.sign_in.oauth_errors import OAuthError
from shared.sign_in.sealed_rows import Opened, SealedRows, is_handle

REGISTERED = "dcr_"
"""How the client ids of registered clients begin; a handle follows."""
_DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Client:
    """Describes a client.

    Attributes:
        client_id: Its id, which is the address of its document or names its registration.
        name: What it calls itself; empty if it does not say.
        host: The host that vouches for it; empty for a registered one, for which nobody does.
        redirect_uris: Where codes may be sent.
        refreshes: Whether it may get refresh tokens.
    """

    client_id: str
    name: str
    host: str
    redirect_uris: tuple[str, ...]
    refreshes: bool

    def allows(self, redirect_uri: str) -> bool:
        """Tells whether a redirect address is one of its own."""
        return redirect_uris.matches(redirect_uri, self.redirect_uris)


class Clients:
    """Finds clients.

    Args:
        rows: The registrations.
        documents: The client id metadata documents.
    """

    def __init__(self, rows: SealedRows, documents: ClientDocuments) -> None:
        self._rows = rows
        self._documents = documents

    async def find(self, client_id: str, *, address: str) -> Client:
        """Returns the client of this id; its document is fetched if it is not known.

        Raises:
            OAuthError: `invalid_client`: there is none. `temporarily_unavailable`: its document cannot be had
                now, or this address asked for too many documents.
            ToolError: The registrations cannot be read.
        """
        if is_document_address(client_id):
            document = await self._documents.get(client_id, address=address)
            return Client(
                client_id,
                document.name,
                urlsplit(client_id).netloc,
                document.redirect_uris,
                document.refreshes,
            )
        registration = await self._registration(client_id)
        if registration is None:
            raise unknown_client()
        content = registration.content
        return Client(client_id, content.name, "", content.redirect_uris, content.refreshes)

    async def check(self, client_id: str) -> None:
        """Returns if the client of this id may still be served; nothing is fetched.

        Raises:
            OAuthError: `invalid_client`: it is not accepted, or its registration has ended.
            ToolError: The registrations cannot be read.
        """
        if is_document_address(client_id):
            self._documents.check_host(client_id)
        elif await self._registration(client_id) is None:
            raise unknown_client()

    async def _registration(self, client_id: str) -> Opened[RegisteredClient] | None:
        handle = client_id.removeprefix(REGISTERED)
        if not client_id.startswith(REGISTERED) or not is_handle(handle):
            return None
        opened = await self._rows.get(handle, RegisteredClient)
        if opened is not None and self._rows.now() - opened.content.used_at > _DAY:
            # A registration lives for 90 days from its last use, which is noted once a day.
            used = opened.content.model_copy(update={"used_at": self._rows.now()})
            await self._rows.replace(handle, used)
        return opened


def unknown_client() -> OAuthError:
    """Returns the refusal of a client id that names no client."""
    return OAuthError(
        "invalid_client",
        "This server knows no such client. If it has signed in here before, let it register again.",
        status=401,
        reason="unknown_client",
    )
