"""The operations that Microsoft describes: which requests they take, and what they answer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import jsonschema

from tests.contract.schemas import closed_types, problems, validator

HERE = Path(__file__).parent
# Parts of a path that may hold slashes: a path inside a drive, a site or a project.
_LONG_PARTS = ("item-path", "server-relative-path", "path")
# What can be addressed by path too is described by id only (Addressing resources in a drive on OneDrive).
_BY_PATH = (
    (re.compile(r"^/sites/[^/:]+:/[^:]+:(?=/)"), "/sites/by-path"),
    (re.compile(r"^(/drives/[^/:]+)/(?:root|items/[^/:]+):/[^:]+(?::(?=/)|$)"), r"\1/items/by-path"),
)
# Put into the addresses of next pages by Graph itself.
_OF_NEXT_PAGES = re.compile(r"\$skiptoken|\$skip|\$deltatoken|@microsoft\.graph\.\w+")


@dataclass(frozen=True)
class Area:
    """One file of descriptions."""

    api: str
    name: str
    types: Mapping[str, Any]

    @cached_property
    def asked(self) -> Mapping[str, Any]:
        """The types as they stand in requests."""
        return closed_types(self.types, api=self.api)

    @cached_property
    def answered(self) -> Mapping[str, Any]:
        """The types as they stand in answers, where Azure DevOps gives null for anything."""
        return closed_types(self.types, api=self.api, nulls=True) if self.api == "devops" else self.asked


class Operation:
    """One operation.

    Args:
        area: The file it stands in.
        facts: What the file says of it.
    """

    def __init__(self, area: Area, facts: Mapping[str, Any]) -> None:
        self.area = area
        self.facts = facts
        self.id: str = facts["id"]
        self.method: str = facts["method"]
        self.path: str = facts["path"].partition("?")[0]
        self.version: str | None = facts.get("version")
        self.permissions: frozenset[str] = frozenset(facts["permissions"])

    def __repr__(self) -> str:
        return f"{self.id} ({self.method} {self.path})"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression for its paths."""
        optional = {*self.facts.get("optional", ())}
        pattern = ""
        for step in re.split(r"(/?\{[^}]+\})", self.path):
            name = step.strip("/{}")
            before = re.escape(step.partition("{")[0])
            value = _segment(name, self.facts.get("segments", {}).get(name, {}))
            if not step.endswith("}"):
                pattern += re.escape(step)
            elif name in optional:
                pattern += f"(?:{before}{value})?"
            else:
                pattern += before + value
        return re.compile(pattern, re.IGNORECASE)

    def request_problems(self, request: httpx.Request) -> list[str]:
        """What is wrong with a request as one for this operation."""
        query: Mapping[str, Any] = self.facts.get("query", {})
        given = request.url.params
        found = [
            f"there is no parameter {name}"
            for name in given
            if name not in query and not (self.area.api == "graph" and _OF_NEXT_PAGES.fullmatch(name))
        ]
        found += [
            f"{name} is missing"
            for name in self.facts.get("required", ())
            if name not in (given if name in query else request.headers)
            # The address of a next page holds what it needs.
            and not any(_OF_NEXT_PAGES.fullmatch(each) for each in given)
        ]
        found += [
            f"{name}={value}: {problem}"
            for name, value in given.multi_items()
            if name in query
            for problem in _value_problems(query[name], value)
        ]
        # What is released answers to its preview versions too; what is in preview answers to nothing else.
        if self.version and not re.fullmatch(
            re.escape(self.version) + r"(-preview(\.[0-9]+)?)?", given.get("api-version", "")
        ):
            found.append(f"api-version is {given.get('api-version')}, not {self.version}")
        return [*found, *self._body_problems(request)]

    def _body_problems(self, request: httpx.Request) -> list[str]:
        kind = request.headers.get("content-type", "").partition(";")[0]
        described: Mapping[str, Any] = self.facts.get("body", {})
        if not request.content:
            return []
        # A file has a type of its own.
        if kind not in described and "application/octet-stream" not in described:
            return [f"there is no body of type {kind}"]
        if kind not in described or not kind.endswith("json"):
            return []
        body = json.loads(request.content)
        schema = described[kind]
        if self.area.api == "graph" and isinstance(body, dict) and "$ref" not in schema:
            # The parameters of an action have the names of the metadata, and are found in any case.
            spelt = {name.casefold(): name for name in schema.get("properties", {})}
            body = {spelt.get(name.casefold(), name): value for name, value in body.items()}
        return problems(self.check("body", kind), body)

    def answer_problems(self, response: httpx.Response) -> list[str]:
        """What is wrong with an answer of success as one of this operation."""
        answers: Mapping[str, Any] = self.facts["answers"]
        status = str(response.status_code)
        if status not in answers:
            return [f"{status} is none of {', '.join(answers)}"]
        kind = response.headers.get("content-type", "").partition(";")[0]
        if not response.content or not kind.endswith("json"):
            return []
        if kind not in answers[status]:
            return [f"{status} has no body of type {kind}"]
        return problems(self.check(status, kind), response.json())

    def check(self, part: str, kind: str) -> jsonschema.Draft202012Validator:
        return _check(self, part, kind)


@cache
def _check(operation: Operation, part: str, kind: str) -> jsonschema.Draft202012Validator:
    if part == "body":
        return validator(operation.facts["body"][kind], operation.area.asked)
    nulls = operation.area.api == "devops"
    return validator(operation.facts["answers"][part][kind], operation.area.answered, nulls=nulls)


def _segment(name: str, schema: Mapping[str, Any]) -> str:
    """The expression for a part of a path."""
    if "enum" in schema:
        return f"(?:{'|'.join(map(re.escape, schema['enum']))})"
    return "-?[0-9]+" if schema.get("type") == "integer" else ".+" if name in _LONG_PARTS else "[^/]+"


def _value_problems(schema: Mapping[str, Any], value: str) -> list[str]:
    """What is wrong with a query parameter, which comes as text."""
    if "enum" in schema and value.casefold() not in {str(each).casefold() for each in schema["enum"]}:
        return [f"is none of {', '.join(map(str, schema['enum']))}"]
    expected = {"integer": "-?[0-9]+", "boolean": "(?i:true|false)"}.get(str(schema.get("type")), "(?s:.*)")
    return [] if re.fullmatch(expected, value) else [f"is no {schema['type']}"]


@cache
def operations(api: str) -> tuple[Operation, ...]:
    """Every operation of `graph` or `devops`."""
    found: list[Operation] = []
    paths = sorted((HERE / api).glob("*.json"))
    for path in paths:
        described = json.loads(path.read_text(encoding="utf-8"))
        area = Area(api, path.stem, described["types"])
        found += [Operation(area, facts) for facts in described["operations"]]
    if not found:
        raise FileNotFoundError(f"there are no descriptions in {HERE / api}")
    return tuple(found)


def matching(api: str, method: str, path: str) -> list[Operation]:
    """The operations that a method and a path may be for; several, where parameters choose among them."""
    paths = [path]
    for pattern, by_id in _BY_PATH if api == "graph" else ():
        paths.append(pattern.sub(by_id, paths[-1]))
    return [
        each
        for each in operations(api)
        if each.method == method and any(each.pattern.fullmatch(way) for way in paths)
    ]


def path_of(request: httpx.Request, version: str = "") -> str:
    """The path as descriptions have it; a slash that is quoted is part of its segment."""
    path = request.url.raw_path.decode().partition("?")[0].replace("%2F", "%252F").replace("%2f", "%252F")
    return unquote(path).removeprefix(version)


def permissions() -> dict[str, str]:
    """The ids of delegated permissions by their names."""
    document = json.loads((HERE / "permissions.json").read_text(encoding="utf-8"))
    return {each["name"]: each["id"] for resource in document["resources"] for each in resource["scopes"]}
