"""Sends authorization responses to the client through the browser (RFC 6749, 4.1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from local.entra import pages

RESPONSE_MODES = ("query", "fragment", "form_post")


def respond(redirect_uri: str, parameters: Mapping[str, str], mode: str = "query") -> Response:
    """Returns the redirect, or the page that posts, with these parameters."""
    if mode == "form_post":
        return pages.form_post(redirect_uri, parameters)
    joint = "#" if mode == "fragment" else "&" if "?" in redirect_uri else "?"
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(f"{redirect_uri}{joint}{urlencode(parameters)}", 302, headers)
