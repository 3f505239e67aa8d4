"""The JSON a tool's function is given: the call, its session and the headers of its request."""

from __future__ import annotations

import json
from typing import Any

from starlette.datastructures import Headers

# Headers ASP.NET Core knows arrive in its spelling; the server below has lower-cased all of them.
_KNOWN = """
    Accept Accept-Charset Accept-Encoding Accept-Language Access-Control-Request-Headers
    Access-Control-Request-Method Authorization Cache-Control Connection Content-Encoding
    Content-Language Content-Length Content-Location Content-MD5 Content-Range Content-Type Cookie
    Correlation-Context Date Expect From Grpc-Accept-Encoding Grpc-Encoding Grpc-Timeout Host If-Match
    If-Modified-Since If-None-Match If-Range If-Unmodified-Since Keep-Alive Max-Forwards Origin Pragma
    Proxy-Authorization Range Referer Request-Id TE Trailer Transfer-Encoding Translate Upgrade
    Upgrade-Insecure-Requests User-Agent Via Warning X-Requested-With
"""

# Not known to ASP.NET Core, but this is how the platform and clients write them.
_AS_SENT = """
    Mcp-Session-Id X-Forwarded-For X-Forwarded-Proto X-MS-CLIENT-PRINCIPAL X-MS-CLIENT-PRINCIPAL-ID
    X-MS-CLIENT-PRINCIPAL-IDP X-MS-CLIENT-PRINCIPAL-NAME
"""
_SPELLING = {name.lower(): name for name in (_KNOWN + _AS_SENT).split()}


def render(name: str, arguments: dict[str, Any] | None, headers: Headers) -> str:
    """The invocation context of one tool call, with the extension's mixed spelling of keys."""
    session_id = headers.get("mcp-session-id")
    context: dict[str, Any] = {"name": name}
    if arguments is not None:
        context["arguments"] = arguments
    transport: dict[str, Any] = {"name": "http-streamable"}
    if session_id is not None:
        context["sessionid"] = session_id
        transport["sessionId"] = session_id
    transport["properties"] = {"headers": _plain(headers)}
    context["transport"] = transport
    return json.dumps(context)


def _plain(headers: Headers) -> dict[str, str]:
    """One text per header; several values are joined with a comma."""
    return {
        _SPELLING.get(name, name): ",".join(headers.getlist(name)) for name in dict.fromkeys(headers.keys())
    }
