"""The JSON that a tool, a resource or a prompt is given: the call, its session and its request's headers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers

from local.host import dotnet_json

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


@dataclass(frozen=True)
class Origin:
    """Where a call comes from: the headers of its request, its transport and its session.

    Over the older transport, `http-sse`, the headers are those of the request that opened the stream,
    whoever sent the message.
    """

    headers: Headers
    transport: str = "http-streamable"
    session_id: str | None = None


def render(call: dict[str, Any], origin: Origin) -> str:
    """Renders the context of a call, with the extension's mixed spelling of keys and without what is None."""
    context = {key: value for key, value in call.items() if value is not None}
    transport: dict[str, Any] = {"name": origin.transport}
    if origin.session_id is not None:
        context["sessionid"] = origin.session_id
        transport["sessionId"] = origin.session_id
    transport["properties"] = {"headers": _plain(origin.headers)}
    context["transport"] = transport
    return dotnet_json.render(context)


def _plain(headers: Headers) -> dict[str, str]:
    """Returns one text per header; several values are joined with a comma."""
    return {
        _SPELLING.get(name, name): ",".join(headers.getlist(name)) for name in dict.fromkeys(headers.keys())
    }
