"""Sends the doctor's requests, and words what goes wrong with them."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

_LONGEST = 4 * 1024 * 1024
_TITLE = re.compile(r"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
_SHOWN = 120


class UnreachableError(Exception):
    """Raised when a server gives no response: the text says what happened, `cure` what to look at."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.cure = cure


class UnreadableError(Exception):
    """Raised when a response is not what it has to be; the text says what came instead."""


@dataclass(frozen=True)
class Response:
    """Holds a server's response, read as far as it is of any use."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def text(self) -> str:
        """Returns the body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def is_html(self) -> bool:
        """Tells whether it is a page for people."""
        begins_as_page = self.text.lstrip().lower().startswith(("<!doctype html", "<html"))
        return begins_as_page or "html" in self.headers.get("content-type", "")

    def document(self) -> dict[str, Any]:
        """Returns the JSON object of the body.

        Raises:
            UnreadableError: There is none.
        """
        try:
            document = json.loads(self.body)
        except ValueError as error:
            raise UnreadableError(self.described()) from error
        if not isinstance(document, dict):
            raise UnreadableError(f"{self.status} with JSON that is no object")
        return document

    def described(self) -> str:
        """Returns the response in a few words, as after "It answered"."""
        if 300 <= self.status < 400:
            return f"{self.status}, which sends the caller to {_place(self.headers.get('location', ''))}"
        if self.is_html:
            title = _TITLE.search(self.text)
            named = f' titled "{_clean(title[1])}"' if title else ""
            return f"{self.status} with an HTML page{named}"
        if not self.body:
            return f"{self.status} with an empty body"
        kind = self.headers.get("content-type", "no content type").partition(";")[0]
        return f"{self.status} with {kind}"


async def send(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
) -> Response:
    """Returns the response to a request; redirects are not followed.

    Raises:
        UnreachableError: There is none.
    """
    host = urlsplit(url).netloc
    try:
        async with http.stream(method, url, headers=headers, json=body, follow_redirects=False) as response:
            read = bytearray()
            async for part in response.aiter_bytes():
                read += part
                if len(read) > _LONGEST:
                    break
            return Response(response.status_code, response.headers, bytes(read))
    except httpx.TimeoutException as error:
        seconds = http.timeout.read
        raise UnreachableError(
            f"{host} did not answer within {seconds:g} seconds.",
            "Try again: a first call after a pause starts the app. If it stays so, look at the app's log "
            "stream (Azure portal, the function app, Log stream).",
        ) from error
    except httpx.InvalidURL as error:
        raise UnreachableError(
            f"{url} is no address: {error}.", "Give an address such as https://host."
        ) from error
    except httpx.HTTPError as error:
        raise _unreachable(host, error) from error


def split(url: str) -> SplitResult:
    """Returns the parts of an address somebody else wrote; none of what is no address."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _unreachable(host: str, error: httpx.HTTPError) -> UnreachableError:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UnreachableError(
                f"The certificate of {host} is not trusted: {cause.verify_message}.",
                "Look whether the name is the certificate's, or a proxy stands between: set SSL_CERT_FILE to "
                "a PEM file with its authority if that is meant to be so.",
            )
        if isinstance(cause, ssl.SSLError):
            return UnreachableError(
                f"{host} does not speak TLS as it should: {cause.reason or cause}.",
                "Look at the scheme and the port of the address, and at proxies in between.",
            )
        if isinstance(cause, socket.gaierror):
            return UnreachableError(
                f"No host is called {host}.",
                "Look at the spelling: `az functionapp list --query [].defaultHostName -o tsv` lists yours.",
            )
        if isinstance(cause, ConnectionRefusedError):
            return UnreachableError(
                f"Nobody listens at {host}.", "Start the server, or look at the port of the address."
            )
    return UnreachableError(
        f"The connection to {host} failed: {error or type(error).__name__}.",
        "Look at the network in between: a firewall, a proxy, or the app's access restrictions.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Returns the error and what it came of; of several that came at once, all."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _causes(each)
    if cause := error.__cause__ or error.__context__:
        yield from _causes(cause)


def _place(location: str) -> str:
    """Returns a redirect's target without its query, which may hold what is nobody's business."""
    parts = split(location)
    return _clean(f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.path or "nowhere")


def _clean(text: str) -> str:
    return "".join(each for each in " ".join(text.split()) if each.isprintable())[:_SHOWN]
