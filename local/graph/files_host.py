"""Serves and takes bytes on a host of its own, for whoever has a pre-authenticated address.

An `Authorization` header is an error here: a client that sends its Graph token to another host leaks it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.control import Control
from local.graph.errors import GraphError
from local.graph.mailbox import utc
from local.graph.store import Tenant
from local.graph.uploads import Monitor, Session

_FRAGMENT_UNIT_BYTES = 327_680
_FRAGMENT_LIMIT_BYTES = 60 * 1024 * 1024
_ATTACHMENT_RANGE_LIMIT_BYTES = 4 * 1024 * 1024
_CONTENT_RANGE = re.compile(r"bytes (?P<first>\d+)-(?P<last>\d+)/(?P<total>\d+)")
_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")


type Endpoint = Callable[[Request], Awaitable[Response]]


class FilesHost:
    """Downloads with ranges, and upload sessions with their fragment rules."""

    def __init__(self, control: Control, tenant: Callable[[], Tenant]) -> None:
        self._control = control
        self._tenant = tenant
        self.app = Starlette(
            routes=[
                Route("/download/{secret}", self._guarded(self._download), methods=["GET"]),
                Route("/monitor/{secret}", self._guarded(self._watch), methods=["GET"]),
                Route("/upload/{secret}", self._guarded(self._upload), methods=["GET", "PUT", "DELETE"]),
                Route("/attachment/{secret}", self._guarded(self._attach), methods=["GET", "PUT", "DELETE"]),
            ]
        )

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            kind = request.url.path.split("/")[1]
            try:
                _refuse_token(request)
                response = await endpoint(request)
            except GraphError as error:
                response = JSONResponse(error.body("", ""), error.status, error.headers)
            # The address itself is a secret, so only its kind is noted.
            self._control.record(kind, method=request.method, status=response.status_code)
            return response

        return guarded

    async def _download(self, request: Request) -> Response:
        tenant = self._tenant()
        found = tenant.uploads.downloads.get(request.path_params["secret"])
        if found is None or found.expires <= tenant.clock() or found.item.id not in found.drive.items:
            raise GraphError(404, "itemNotFound", "The address is not or no longer valid.")
        if found.converted is not None:
            return Response(found.converted, media_type="application/pdf")
        content = (found.item.content if found.earlier is None else found.earlier) or b""
        headers = {
            "Accept-Ranges": "bytes",
            "ETag": found.item.etag,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.item.name)}",
        }
        match = _RANGE.fullmatch(request.headers.get("range", ""))
        if match is None or not (match["first"] or match["last"]):
            return Response(content, media_type=found.item.mime_type, headers=headers)
        if match["first"]:
            first = int(match["first"])
            last = min(int(match["last"] or len(content) - 1), len(content) - 1)
        else:
            first, last = max(0, len(content) - int(match["last"])), len(content) - 1
        if first > last:
            outside = {"Content-Range": f"bytes */{len(content)}"}
            raise GraphError(416, "invalidRange", "The range is outside the file.", headers=outside)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        return Response(content[first : last + 1], 206, headers, found.item.mime_type)

    async def _watch(self, request: Request) -> Response:
        """Serves how a copy goes: 202 while it is under way, and then what it is, or why there is none."""
        monitor = self._tenant().uploads.monitors.get(request.path_params["secret"])
        if monitor is None:
            raise GraphError(404, "itemNotFound", "The operation was not found.")
        monitor.looks += 1
        if monitor.looks == 1:
            return JSONResponse(
                {"operation": "ItemCopy", "percentageComplete": 27.8, "status": "inProgress"}, 202
            )
        if monitor.outcome is None:
            monitor.outcome = _carried_out(monitor)
        return JSONResponse(monitor.outcome)

    async def _upload(self, request: Request) -> Response:
        """Serves a request of a file's session, by the rules of the driveItem upload session."""
        sessions = self._tenant().uploads.files
        session = self._session(sessions, request)
        if request.method == "GET":
            return JSONResponse(_progress(session))
        if request.method == "DELETE":
            del sessions[request.path_params["secret"]]
            return Response(status_code=204)
        fragment = await self._fragment(request, session, _FRAGMENT_LIMIT_BYTES)
        total = session.size or 0
        if len(fragment) % _FRAGMENT_UNIT_BYTES and len(session.received) + len(fragment) < total:
            raise GraphError(
                400, "invalidRequest", "A fragment must be a multiple of 320 KiB, except the last."
            )
        session.received += fragment
        if len(session.received) < total:
            return JSONResponse(_progress(session), 202)
        del sessions[request.path_params["secret"]]
        body, status = session.commit(bytes(session.received))
        return JSONResponse(body, status)

    async def _attach(self, request: Request) -> Response:
        """Returns one request of an attachment's session: other codes and spellings than a file's."""
        sessions = self._tenant().uploads.attachments
        session = self._session(sessions, request)
        progress = {
            "ExpirationDateTime": utc(session.expires),
            "NextExpectedRanges": [str(len(session.received))],
        }
        if request.method == "GET":
            return JSONResponse(progress)
        if request.method == "DELETE":
            del sessions[request.path_params["secret"]]
            return Response(status_code=204)
        session.received += await self._fragment(request, session, _ATTACHMENT_RANGE_LIMIT_BYTES + 1)
        if len(session.received) < (session.size or 0):
            return JSONResponse(progress | {"NextExpectedRanges": [str(len(session.received))]})
        del sessions[request.path_params["secret"]]
        return Response(status_code=201, headers={"Location": session.commit(bytes(session.received))})

    def _session(self, sessions: dict[str, Session], request: Request) -> Session:
        session = sessions.get(request.path_params["secret"])
        if session is None or session.expires <= self._tenant().clock():
            raise GraphError(404, "itemNotFound", "The upload session was not found.")
        return session

    async def _fragment(self, request: Request, session: Session, limit_bytes: int) -> bytes:
        """Returns the bytes of the next range.

        Raises:
            GraphError: It is not the next one, too big, or not as long as it says.
        """
        match = _CONTENT_RANGE.fullmatch(request.headers.get("content-range", ""))
        if match is None:
            raise GraphError(400, "invalidRequest", "A Content-Range of bytes first-last/total is expected.")
        first, last, total = (int(match[name]) for name in ("first", "last", "total"))
        if int(request.headers.get("content-length", "0")) >= limit_bytes or last - first + 1 >= limit_bytes:
            raise GraphError(413, "invalidRequest", "The fragment is too large.")
        if session.size not in (None, total) or last >= total:
            raise GraphError(400, "invalidRequest", "The total length differs from the one declared.")
        if first != len(session.received):
            raise GraphError(416, "invalidRange", "The fragment is not the next one expected.")
        fragment = await request.body()
        if len(fragment) != last - first + 1:
            raise GraphError(400, "invalidRequest", "The Content-Range does not fit the length of the body.")
        session.size = total
        return fragment


def _refuse_token(request: Request) -> None:
    if "authorization" in request.headers:
        raise GraphError(401, "unauthenticated", "This address takes no Authorization header.")


def _carried_out(monitor: Monitor) -> dict[str, Any]:
    try:
        made = monitor.carry_out()
    except GraphError as error:
        failure = {"code": error.code, "message": error.message}
        return {"operation": "ItemCopy", "percentageComplete": 0, "status": "failed", "error": failure}
    return {"percentageComplete": 100.0, "resourceId": made, "status": "completed"}


def _progress(session: Session) -> dict[str, object]:
    ranges = [f"{len(session.received)}-"]
    return {"expirationDateTime": utc(session.expires), "nextExpectedRanges": ranges}
