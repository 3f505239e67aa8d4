"""Serves JSON batches: up to twenty requests in one, their responses in no particular order."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import httpx
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from local.graph.denials import DIRECTORY
from local.graph.errors import bad_request
from local.graph.odata import Resource
from local.graph.operations import Area, Call

_MOST = 20
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_PASSED_ON = ("content-type", "retry-after", "location", "etag", "preference-applied", "www-authenticate")
_FAILED = 400


class Batch:
    """Serves the `$batch` operation of one app, which also answers the requests inside."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        self.area = Area(DIRECTORY)
        self.area.operation("POST", "/$batch", permissions=())(self._run)

    async def _run(self, call: Call) -> Response:
        """Returns the answers to all requests, those that depend on others after them."""
        requests = _checked((await call.document()).get("requests"))
        if self.app is None:
            raise RuntimeError("a batch needs the app it is part of")
        token = call.header("authorization") or ""
        answers: dict[str, Resource] = {}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=call.base_url, headers={"Authorization": token}
        ) as client:
            waiting = dict(requests)
            while waiting:
                ready = [each for each in waiting.values() if set(_dependencies(each)) <= answers.keys()]
                if not ready:
                    raise bad_request("The dependencies of the requests form a circle.")
                found = await asyncio.gather(*(_answer(client, each, answers) for each in ready))
                for request, answer in zip(ready, found, strict=True):
                    answers[request["id"].casefold()] = answer
                    del waiting[request["id"].casefold()]
        return JSONResponse({"responses": list(answers.values())[::-1]})


def _dependencies(request: Resource) -> list[str]:
    return [str(each).casefold() for each in request.get("dependsOn") or []]


def _checked(requests: Any) -> dict[str, Resource]:
    """Returns the requests by id, which is matched without case.

    Raises:
        GraphError: The envelope is not what `$batch` takes.
    """
    if not isinstance(requests, list) or not requests:
        raise bad_request("Write request id : 0 does not contain requests.")
    if len(requests) > _MOST:
        raise bad_request(
            f"Number of batch request steps exceeds the maximum value of {_MOST}.", "MaximumValueExceeded"
        )
    by_id: dict[str, Resource] = {}
    for each in requests:
        if not isinstance(each, dict) or not all(isinstance(each.get(name), str) for name in ("id", "url")):
            raise bad_request("Every request of a batch needs an id, a method and a url.")
        if str(each.get("method")).upper() not in _METHODS or each["id"].casefold() in by_id:
            raise bad_request(f"The method or the id of request '{each['id']}' is not valid.")
        if "://" in each["url"] or each["url"].lstrip("/").casefold().startswith("$batch"):
            raise bad_request("The url of a request in a batch is relative, and not that of a batch.")
        headers, dependencies = each.get("headers") or {}, each.get("dependsOn") or []
        if not isinstance(headers, dict) or not isinstance(dependencies, list):
            raise bad_request(f"The headers or dependencies of request '{each['id']}' are not valid.")
        names = {name.casefold() for name in headers}
        if each.get("body") is not None and "content-type" not in names:
            raise bad_request(f"The body of request '{each['id']}' needs a Content-Type header.")
        by_id[each["id"].casefold()] = each
    for each in by_id.values():
        if not set(_dependencies(each)) <= by_id.keys():
            raise bad_request(f"Request '{each['id']}' depends on one that is not in the batch.")
    return by_id


async def _answer(client: httpx.AsyncClient, request: Resource, answers: dict[str, Resource]) -> Resource:
    if any(answers[each]["status"] >= _FAILED for each in _dependencies(request)):
        error = {"code": "FailedDependency", "message": "The request depends on a request that failed."}
        return {"id": request["id"], "status": 424, "body": {"error": error}}
    headers = {name: str(value) for name, value in (request.get("headers") or {}).items()}
    headers.pop("Authorization", None)
    response = await client.request(
        request["method"].upper(),
        "/v1.0/" + request["url"].lstrip("/"),
        headers=headers,
        content=_content(request.get("body")),
    )
    kept = {_title(name): response.headers[name] for name in _PASSED_ON if name in response.headers}
    answer: Resource = {"id": request["id"], "status": response.status_code, "headers": kept}
    if response.content:
        is_json = "json" in response.headers.get("content-type", "")
        answer["body"] = response.json() if is_json else base64.b64encode(response.content).decode()
    return answer


def _content(body: Any) -> bytes | None:
    if body is None:
        return None
    return base64.b64decode(body) if isinstance(body, str) else json.dumps(body).encode()


def _title(name: str) -> str:
    return "ETag" if name == "etag" else "-".join(part.capitalize() for part in name.split("-"))
