"""Lets no page but the trace page itself use what is served beside it, and tells browsers to be strict."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NAMES = ("localhost", "127.0.0.1", "[::1]")
_SAFE = ("GET", "HEAD")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # No text can become markup, whatever a script does with it (Trusted Types).
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class OwnPageOnly:
    """Refuses (403) requests that come from elsewhere than the page at this address.

    The `Host` must be of this machine and this port, as another one may be a name that a foreign site made
    resolve here (DNS rebinding). Where a request changes something, its `Origin` must be the page's own; any
    other request must not have another. A program without a browser says so by sending that origin.
    """

    def __init__(self, app: ASGIApp, url: str) -> None:
        port = urlsplit(url).port
        self._app = app
        self._hosts = {f"{name}:{port}" for name in _NAMES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or refuses it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        app = self._app if refusal is None else PlainTextResponse(f"Forbidden: {refusal}\n", 403)
        await app(scope, receive, strict)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self._hosts:
            return "the Host header names another machine or port."
        if origin is None and method not in _SAFE:
            return "a request that changes something says in its Origin header where it comes from."
        if origin is not None and origin != f"http://{host}":
            return "the Origin header names another page."
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return "another page asks."
        return None
