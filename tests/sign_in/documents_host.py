"""Runs the tenant's Functions host with one client's document in place of the internet.

    python -m tests.sign_in.documents_host FOLDER

Clients' documents are at public addresses alone, and here is none: so a name resolves to a public address,
and what answers there is this module. All else is the app and the host as they are.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from functools import cache
from pathlib import Path

import httpx

from local import serving
from local.host.settings import apply
from local.layout import Layout
from shared.http.http_client import Http, tls_context
from shared.http.public_documents import PublicDocuments
from shared.settings.sign_in_settings import read
from shared.sign_in.client_documents import FETCH_SECONDS, LIMIT_BYTES
from shared.sign_in.entra_sign_in import MsalTokenRequests
from shared.sign_in.sign_in_proxy import SignInProxy
from shared.storage.row_store import MemoryRows

CLIENT_ID = "https://client.example/mcp/metadata.json"
DOCUMENT = {
    "client_id": CLIENT_ID,
    "client_name": "A client with a document",
    "redirect_uris": ["http://localhost/callback", "http://localhost/oauth/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "none",
}


async def resolved(name: str, port: int) -> list[str]:
    """The address of the client's host, and of no other."""
    return ["93.184.215.14"] if name == "client.example" else []


def answer(request: httpx.Request) -> httpx.Response:
    """What the client's host answers."""
    if request.headers["host"] != "client.example" or request.url.path != "/mcp/metadata.json":
        return httpx.Response(404)
    body = json.dumps(DOCUMENT).encode()
    return httpx.Response(200, headers={"Content-Type": "application/json"}, stream=httpx.ByteStream(body))


@cache
def proxy() -> SignInProxy:
    """The sign-in proxy of these settings."""
    settings, sign_in = read(os.environ)
    tls = tls_context(settings.ca_file)
    return SignInProxy(
        settings,
        sign_in,
        http=Http.open(tls),
        store=MemoryRows(),
        fetch=PublicDocuments(
            tls,
            seconds=FETCH_SECONDS,
            limit_bytes=LIMIT_BYTES,
            media_type="application/json",
            resolve=resolved,
            transport=httpx.MockTransport(answer),
        ),
        requests=MsalTokenRequests(settings, sign_in, tls),
    )


def main() -> None:
    """Serves until a signal comes."""
    layout = Layout.load(Path(sys.argv[1]))
    apply(layout)
    import function_app  # noqa: PLC0415 - reads its settings from the environment

    function_app.sign_in_proxy = proxy
    asyncio.run(serving.serve("host", layout))


if __name__ == "__main__":
    main()
