"""Does at a page what a person does in a browser: opens it, reads it, and presses a button of its form.

It keeps cookies, says where a form comes from, and follows redirects and `Refresh`, as far as the pages
of a sign-in need. It runs no script.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2

_STEPS = 20
_CLIENT_OPENS_WITHIN = 30.0
"""Seconds a client may take to listen at its address."""
_BETWEEN_TRIES = 0.05


class BrowserError(Exception):
    """Raised when a page has no such button, or the pages have no end."""


@dataclass
class Form:
    """Holds a form: where it is sent and how, its hidden fields, and its buttons as (name, value)."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Browser:
    """Opens the pages of one sign-in.

    `left_for` is where it left them for the client, with the answer; `status`, `headers` and `words` are the
    last page's.

    Args:
        tls: The authorities to trust.
        delivers: Whether the client's address is opened too, as a browser does; without, the answer is for
            the caller to read.
    """

    def __init__(self, tls: ssl.SSLContext, *, delivers: bool = False) -> None:
        # Secure Contexts: this machine is trustworthy, so browsers send it `Secure` cookies over http, too.
        jar = CookieJar(DefaultCookiePolicy(secure_protocols=("https", "http")))
        self._http = httpx2.AsyncClient(verify=tls, trust_env=False, cookies=jar, timeout=30)
        self._delivers = delivers
        self._redirect_uri = ""
        self._at = ""
        self._forms: list[Form] = []
        self.words = ""
        self.left_for = ""
        self.status = 0
        self.headers = httpx2.Headers()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def sign_in(self, url: str, alias: str) -> str:
        """Opens an authorization request, allows the client, picks the user; returns the last markup."""
        await self.open(url)
        await self.press("decision", "allow")
        return await self.press("user", alias)

    async def open(self, url: str) -> str:
        """Opens an authorization request, and returns the markup of the page it leads to."""
        self._redirect_uri = parse_qs(urlsplit(url).query).get("redirect_uri", [""])[0]
        return await self._follow("GET", url)

    async def press(self, name: str, value: str) -> str:
        """Presses a button of the page, and returns the markup of the next one.

        Raises:
            BrowserError: The page has no such button.
        """
        for form in self._forms:
            if (name, value) in form.buttons:
                return await self._follow(form.method, form.action, {**form.fields, name: value})
        raise BrowserError(f"A page has no button {name}={value}. It says: {self.words}")

    async def _follow(self, method: str, url: str, fields: dict[str, str] | None = None) -> str:
        headers = {"Origin": _origin(self._at), "Sec-Fetch-Site": "same-origin"} if fields else {}
        for _ in range(_STEPS):
            response = await self._request(method, url, fields, headers)
            self._at, self.status, self.headers = url, response.status_code, response.headers
            onward = _onward(response)
            if not onward:
                page = _Page(url, response.text)
                self._forms, self.words = page.forms, " ".join(page.words)
                return response.text
            method, url, fields, headers = "GET", urljoin(url, onward), None, {}
            if self._is_clients(url):
                self.left_for = url
                if not self._delivers:
                    return ""
        raise BrowserError("The pages have no end.")

    async def _request(
        self, method: str, url: str, fields: dict[str, str] | None, headers: dict[str, str]
    ) -> httpx2.Response:
        # Some clients open the browser first and listen for its answer after that. People are slower than
        # that; this is not.
        ends = time.monotonic() + (_CLIENT_OPENS_WITHIN if self._is_clients(url) else 0)
        while True:
            try:
                return await self._http.request(method, url, data=fields, headers=headers)
            except httpx2.ConnectError:
                if time.monotonic() >= ends:
                    raise
            await asyncio.sleep(_BETWEEN_TRIES)

    def _is_clients(self, url: str) -> bool:
        return bool(self._redirect_uri) and _without_query(url) == _without_query(self._redirect_uri)


class _Page(HTMLParser):
    """Reads a page: its forms, and the words that people see."""

    def __init__(self, url: str, markup: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._url = url
        self._in = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes note of forms, hidden fields and buttons."""
        given = {name: value or "" for name, value in attrs}
        self._in = tag
        if tag == "form":
            action = urljoin(self._url, given.get("action") or self._url)
            self.forms.append(Form(action, given.get("method", "get").upper()))
        elif self.forms and tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields[given.get("name", "")] = given.get("value", "")
        elif self.forms and tag == "button":
            self.forms[-1].buttons.append((given.get("name", ""), given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """Takes note that a title, style or script ends."""
        if tag == self._in:
            self._in = ""

    def handle_data(self, data: str) -> None:
        """Takes note of words."""
        if self._in not in ("title", "style", "script"):
            self.words += data.split()


def _onward(response: httpx2.Response) -> str:
    """Returns where a response sends the browser; empty where it is a page to look at."""
    if response.is_redirect:
        return str(response.headers["location"])
    return str(response.headers.get("refresh", "")).partition("url=")[2]


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


def _without_query(url: str) -> str:
    return url.partition("?")[0]
