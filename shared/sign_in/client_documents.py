"""Fetches and keeps client id metadata documents (draft-ietf-oauth-client-id-metadata-document-00)."""

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.bounded_cache import BoundedCache
from shared.http.public_documents import Fetched, NotFetchedError, PublicFetch
from shared.sign_in.address_limits import AddressLimit
from shared.sign_in.client_metadata import check_metadata, clean_name, is_public_client
from shared.sign_in.oauth_errors import OAuthError, unavailable
from shared.sign_in.redirect_uris import RedirectRules

FETCH_SECONDS = 3.0
LIMIT_BYTES = 5 * 1024
LIMIT_CHARACTERS = 512
LIMIT_DOCUMENTS = 500
SHORTEST, LONGEST = 5 * 60.0, 24 * 3600.0
"""How long a document is kept, whatever its Cache-Control says."""
FAILURE_SECONDS = 60.0
WAIT_SECONDS = 2 * FETCH_SECONDS
"""How long a request waits for its turn at a host, of which there is one at a time."""

_ADDRESS = re.compile(
    r"https://(?=[a-z0-9.-]{4,253}[:/])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?"
    r"(?::443)?(/[A-Za-z0-9._~:/@!$&'()*+,;=%-]+)(?:\?[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*)?"
)
_DOT_SEGMENT = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})(?![0-9])")


@dataclass(frozen=True, slots=True)
class ClientDocument:
    """Holds what a client's document says of it."""

    name: str
    redirect_uris: tuple[str, ...]
    refreshes: bool


class _Turn:
    """Lets one request after the other fetch from a host."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


class ClientDocuments:
    """Keeps the documents of clients, and fetches those it does not have.

    A failure is kept for a minute. One document of a host is fetched at a time, and an address can make this
    server fetch only so many.

    Args:
        fetch: Fetches a document from a public host.
        rules: Which redirect addresses are accepted.
        hosts: The hosts whose documents are accepted; none means any public one.
        limit: Limits the fetches that one address causes.
        clock: Returns seconds.
    """

    def __init__(
        self,
        fetch: PublicFetch,
        *,
        rules: RedirectRules,
        hosts: Collection[str],
        limit: AddressLimit,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._fetch = fetch
        self._rules = rules
        self._hosts = hosts
        self._limit = limit
        self._clock = clock
        self._kept: BoundedCache[str, ClientDocument | OAuthError] = BoundedCache(
            max_entries=LIMIT_DOCUMENTS, max_bytes=LIMIT_DOCUMENTS * LIMIT_BYTES, clock=clock
        )
        self._turns: defaultdict[str, _Turn] = defaultdict(_Turn)

    def check_host(self, client_id: str) -> None:
        """Returns if documents of this client id's host are accepted.

        Raises:
            OAuthError: `invalid_client`: they are not.
        """
        if self._hosts and urlsplit(client_id).hostname not in self._hosts:
            raise OAuthError(
                "invalid_client", "This server does not accept clients of that host.", status=401
            )

    async def get(self, client_id: str, *, address: str) -> ClientDocument:
        """Returns the document at a client id.

        Raises:
            OAuthError: `invalid_client`: it is not accepted or not right. `temporarily_unavailable`: it
                cannot be had now, or this address asked for too many.
        """
        self.check_host(client_id)
        found = self._kept.get(client_id) or await self._in_turn(client_id, address)
        if isinstance(found, OAuthError):
            raise found.with_traceback(None)
        return found

    async def _in_turn(self, client_id: str, address: str) -> ClientDocument | OAuthError:
        host = str(urlsplit(client_id).hostname)
        turn = self._turns[host]
        turn.users += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS), turn.lock:
                return self._kept.get(client_id) or await self._fetched(client_id, address)
        except TimeoutError:
            return _not_had("busy")
        finally:
            turn.users -= 1
            if not turn.users:
                del self._turns[host]

    async def _fetched(self, client_id: str, address: str) -> ClientDocument | OAuthError:
        await self._limit.check(address)
        found: ClientDocument | OAuthError
        ends_at = self._clock() + FAILURE_SECONDS
        try:
            fetched = await self._fetch(client_id)
            found = parse_document(client_id, fetched.body, self._rules)
            ends_at = self._clock() + _lifetime(fetched)
        except NotFetchedError as error:
            found = _not_had(str(error))
        except OAuthError as error:
            found = OAuthError("invalid_client", error.description, reason=error.code)
        self._kept.put(client_id, found, ends_at=ends_at, size=LIMIT_BYTES)
        return found


def is_document_address(client_id: str) -> bool:
    """Tells whether a client id is an address at which a client's document may be.

    It is https on port 443 of a name, with a path, without user, fragment or dot segments.
    """
    form = _ADDRESS.fullmatch(client_id) if len(client_id) <= LIMIT_CHARACTERS else None
    return form is not None and not _DOT_SEGMENT.search(form[1])


def parse_document(client_id: str, body: bytes, rules: RedirectRules) -> ClientDocument:
    """Parses a client's document.

    Raises:
        OAuthError: It is no document of this client, or of a client that cannot be served here.
    """
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise OAuthError("invalid_client_metadata", "The client's document is no JSON object.")
    if document.get("client_id") != client_id:
        raise OAuthError("invalid_client_metadata", "The client's document names another client id.")
    if not is_public_client(document) or document.get("client_secret") is not None:
        raise OAuthError("invalid_client_metadata", "The client's document demands client authentication.")
    return ClientDocument(
        name=clean_name(document.get("client_name")),
        redirect_uris=tuple(rules.acceptable(document.get("redirect_uris"))),
        refreshes=check_metadata(document),
    )


def _lifetime(fetched: Fetched) -> float:
    said = fetched.headers.get("cache-control", "").casefold()
    age = _MAX_AGE.search(said)
    if age is None or "no-store" in said or "no-cache" in said:
        return SHORTEST
    return min(max(float(age[1]), SHORTEST), LONGEST)


def _not_had(why: str) -> OAuthError:
    return unavailable(
        "The client's document cannot be had at the moment.",
        retry_after=FAILURE_SECONDS,
        reason=f"document_{why}",
    )
