"""Whether what the app asks of Graph and Azure DevOps is what the published descriptions know."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import jsonschema

SPECS = Path(__file__).resolve().parents[4] / "shared" / "reference" / "specs"

# Parts of a path that may hold slashes: a path inside a drive or a site.
_LONG_PARTS = ("item-path", "server-relative-path", "path")
# What every operation of Azure DevOps takes, and the one header the description calls by another name.
_ALWAYS_TAKEN = {"api-version", "$top", "$skip", "continuationToken"}
# Documented ("Get message", optional query parameters), but left out of the descriptions.
_ALSO_TAKEN = {"GET_me_messages_message_id": {"$expand"}}
_CREATED_BY_GRAPH = re.compile(r"\$skiptoken|\$skip|@microsoft\.graph\.\w+")
# What can be addressed by path too is described by id only (Addressing resources in a drive on OneDrive).
_BY_PATH = (
    (re.compile(r"^/sites/[^/:]+:/[^:]+:(?=/)"), "/sites/by-path"),
    (re.compile(r"^(/drives/[^/:]+)/(?:root|items/[^/:]+):/[^:]+(?::(?=/)|$)"), r"\1/items/by-path"),
)
# Documented, each on the page of its name in the Microsoft Graph reference, but left out of the descriptions.
_UNDESCRIBED = re.compile(
    r"POST /me/messages/[^/]+/(createReplyAll|createForward)"
    r"|POST /me/events/[^/]+/(decline|tentativelyAccept)"
    r"|GET /me/todo/lists/[^/]+/tasks/[^/]+"
    r"|GET (/me|/users/[^/]+)/directReports"
    r"|GET /users/[^/]+/manager"
    # "Pull Request Iterations" and "Pull Request Iteration Changes" in the Azure DevOps reference.
    r"|GET /[^/]+/[^/]+/_apis/git/repositories/[^/]+/pullRequests/[0-9]+/iterations(/[0-9]+/changes)?"
    # "Work Item Types Field - List" there.
    r"|GET /[^/]+/[^/]+/_apis/wit/workitemtypes/[^/]+/fields"
)


class RequestContract:
    """The operations of the published descriptions, to hold requests against."""

    def __init__(self) -> None:
        operations = json.loads((SPECS / "operations.json").read_text())["operations"]
        self._operations = [(_pattern(operation), operation) for operation in operations]

    def check(self, api: str, path: str, request: httpx.Request) -> None:
        """Raise AssertionError if no operation of the API is asked for so."""
        if _UNDESCRIBED.fullmatch(f"{request.method} {path}"):
            return
        for pattern, by_id in _BY_PATH if api == "graph" else ():
            path = pattern.sub(by_id, path)
        found = [
            operation
            for pattern, operation in self._operations
            if operation["api"] == api and operation["method"] == request.method and pattern.fullmatch(path)
        ]
        assert found, f"no published operation is {request.method} {path}"
        problems = [_problem(operation, request) for operation in found]
        assert None in problems, problems[0]


def _problem(operation: dict[str, Any], request: httpx.Request) -> str | None:
    """What is wrong with the request as one of this operation, if anything."""
    described = _described(operation)
    parameters = {_resolve(operation, each)["name"] for each in described.get("parameters", [])}
    unknown = {
        name
        for name in request.url.params
        if name not in parameters | _ALWAYS_TAKEN | _ALSO_TAKEN.get(operation["id"], set())
        and not _CREATED_BY_GRAPH.fullmatch(name)
    }
    if unknown and parameters:
        return f"{operation['id']} takes no {', '.join(sorted(unknown))}"
    schema = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is None or not request.content:
        return None
    whole = {**_nullable(schema), "components": _nullable(_spec(operation["spec"]).get("components", {}))}
    errors = list(jsonschema.Draft202012Validator(whole).iter_errors(json.loads(request.content)))
    return f"{operation['id']}: {errors[0].message}" if errors else None


def _described(operation: dict[str, Any]) -> dict[str, Any]:
    spec = _spec(operation["spec"])
    paths = {**spec["paths"], **spec.get("x-ms-paths", {})}
    by_id = (
        each[operation["method"].lower()]
        for path, each in paths.items()
        if operation["method"].lower() in each
        and path.partition("?")[0] == operation["path"].partition("?")[0]
    )
    exact = paths.get(operation["path"], {}).get(operation["method"].lower())
    return exact or next(by_id, {})


def _resolve(operation: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    resolved: Any = parameter
    if "$ref" in parameter:
        resolved = _spec(operation["spec"])
        for step in parameter["$ref"].removeprefix("#/").split("/"):
            resolved = resolved[step]
    return dict(resolved)


def _nullable(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {key: _nullable(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [converted, {"type": "null"}]} if schema.get("nullable") is True else converted


@cache
def _contract() -> RequestContract | None:
    return RequestContract() if SPECS.is_dir() else None


@cache
def _spec(name: str) -> dict[str, Any]:
    return dict(json.loads((SPECS / name).read_text()))


def _pattern(operation: dict[str, Any]) -> re.Pattern[str]:
    optional = set(operation.get("optionalPathSegments") or [])
    pattern = ""
    for step in re.split(r"(/?\{[^}]+\})", operation["path"].partition("?")[0]):
        name = step.strip("/{}")
        if not step.endswith("}"):
            pattern += re.escape(step)
        elif name in optional:
            pattern += rf"(?:{re.escape(step.partition('{')[0])}[^/]+)?"
        else:
            pattern += re.escape(step.partition("{")[0]) + (".+" if name in _LONG_PARTS else "[^/]+")
    return re.compile(pattern, re.IGNORECASE)


class CheckedTransport(httpx.AsyncBaseTransport):
    """Hands requests on to an app, after holding them against the published descriptions.

    Args:
        inner: Where requests go.
        api: `graph` or `devops`.
        version: What paths begin with that the descriptions leave out.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, api: str, version: str = "") -> None:
        self._inner = inner
        self._api = api
        self._version = version
        self._contract = _contract()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The app's answer."""
        # A slash that is quoted is part of its segment.
        path = unquote(request.url.raw_path.decode().partition("?")[0].replace("%2F", "%252F"))
        if self._contract and not path.startswith("/_control/"):
            self._contract.check(self._api, path.removeprefix(self._version), request)
        return await self._inner.handle_async_request(request)
