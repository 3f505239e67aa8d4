"""What a deployment would ask Azure for: every file evaluated with its arguments, from `main.bicep` down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from tests.infra.bicep.expression import Expression
from tests.infra.bicep.source import Declaration, Source, named, text
from tests.infra.bicep.values import BicepError, Resource, Runtime, Shape

SUBSCRIPTION = "/subscriptions/11111111-2222-4333-8444-555555555555"
TENANT = "5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41"
# What `environment()` gives in the public cloud ("Deployment functions for Bicep").
ENVIRONMENT = {
    "name": "AzureCloud",
    "authentication": {"loginEndpoint": "https://login.microsoftonline.com/", "tenant": "common"},
    "graph": "https://graph.windows.net/",
    "portal": "https://portal.azure.com",
    "resourceManager": "https://management.azure.com/",
    "suffixes": {"storage": "core.windows.net", "keyvaultDns": ".vault.azure.net"},
}
_TYPES = {"string": str, "int": int, "bool": bool, "object": dict, "array": list}


class Table(Protocol):
    """What is known of resource types."""

    def shape(self, type_: str, version: str) -> Shape | None:
        """The shape of a resource; None where the type is not known."""


@dataclass
class Deployment:
    """A file with its arguments.

    Attributes:
        sources: Every file by its path.
        path: The file deployed.
        arguments: What its parameters are given.
        scope: The id of what it is deployed to.
        deployed: Whether the module, and those around it, are deployed at all.
        table: The resource types; None where they are not at hand.
        waits_for: The symbols a module names in `dependsOn`.
        problems: What cannot be right, found while it was evaluated.
    """

    folder: Path
    sources: Mapping[str, Source]
    path: str
    arguments: Mapping[str, Any]
    scope: str = SUBSCRIPTION
    deployed: bool = True
    table: Table | None = None
    waits_for: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)
    _known: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """The file itself."""
        return self.sources[self.path]

    @cached_property
    def named_parts(self) -> list[tuple[str, Resource | Deployment]]:
        """The file's own resources and modules with their symbols; each turn of a loop is one."""
        symbols = [declaration.name for declaration in self.source.of("resource", "module")]
        values = [(symbol, self._evaluated(symbol)) for symbol in symbols]
        return [
            (symbol, part)
            for symbol, value in values
            for part in (value if isinstance(value, list) else [value])
            if part
        ]

    @property
    def parts(self) -> list[Resource | Deployment]:
        """The same without their symbols."""
        return [part for _, part in self.named_parts]

    @cached_property
    def resources(self) -> list[Resource]:
        """All that is deployed or referred to, modules' included, in the files' order."""
        return [
            resource
            for part in self.parts
            for resource in (part.resources if isinstance(part, Deployment) else [part])
        ]

    @property
    def modules(self) -> list[Deployment]:
        """This file and all that it deploys."""
        return [
            self,
            *(module for part in self.parts if isinstance(part, Deployment) for module in part.modules),
        ]

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """What the file gives back."""
        given = {each.name: self._evaluated(each.name, each) for each in self.source.of("output")}
        for each in self.source.of("output"):
            self._note(each, _type_refusals(each.type, given[each.name]))
        return given

    def value_of(self, name: str) -> Any:
        """What a symbol of the file stands for.

        Raises:
            KeyError: Nothing of that name is declared.
            BicepError: Its expression cannot be right.
        """
        if name not in self._known:
            declaration = next(
                (each for each in self.source.of("param", "var", "resource", "module") if each.name == name),
                None,
            )
            if declaration is None:
                raise KeyError(name)
            self._known[name] = self._value(declaration)
        return self._known[name]

    def call(self, name: str, arguments: list[Any]) -> Any:
        """What a function gives that needs to know where it is deployed.

        Raises:
            KeyError: There is no such function, or none that may be used here.
        """
        match name, arguments:
            case "loadJsonContent", [path]:
                return json.loads(self._file(path).read_text())
            case "loadTextContent", [path]:
                return self._file(path).read_text()
            case "subscription", []:
                return {
                    "id": SUBSCRIPTION,
                    "subscriptionId": SUBSCRIPTION.rpartition("/")[2],
                    "tenantId": TENANT,
                    "displayName": "Work",
                }
            case "resourceGroup", [] if "/resourceGroups/" in self.scope:
                return {
                    "id": self.scope,
                    "name": self.scope.rpartition("/")[2],
                    "location": "westeurope",
                    "tags": {},
                }
            case "resourceGroup", [name]:
                return {"id": f"{SUBSCRIPTION}/resourceGroups/{name}", "name": name}
            case "tenant", []:
                return {"tenantId": TENANT}
            case "environment", []:
                return ENVIRONMENT
            case "deployment", []:
                return {"name": "deployment", "location": "westeurope"}
            case "deployer", []:
                return {"objectId": TENANT, "tenantId": TENANT, "userPrincipalName": "ana@larkspur.example"}
            case "subscriptionResourceId", [type_, *segments]:
                return _id(SUBSCRIPTION, type_, "/".join(segments))
            case "resourceId", [type_, *segments]:
                return _id(self.scope, type_, "/".join(segments))
            case "toLogicalZones" | "pickZones", _:
                return []
        raise KeyError(name)

    def _file(self, path: str) -> Path:
        found = self.folder / PurePosixPath(self.path).parent / path
        if not found.is_file():
            raise BicepError(f"{self.path}: {path} is not there")
        return found

    def _evaluated(self, name: str, output: Declaration | None = None) -> Any:
        try:
            return (
                self.value_of(name)
                if output is None
                else Expression(self, deployed=self.deployed).value(_required(output))
            )
        except BicepError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))
            return None

    def _value(self, declaration: Declaration) -> Any:
        match declaration.kind:
            case "param":
                return self._argument(declaration)
            case "var":
                return Expression(self, deployed=self.deployed).value(_required(declaration))
        value = _required(declaration)
        if value.type != "for_statement":
            return self._one(declaration, Expression(self, deployed=self.deployed))
        return [self._one(declaration, turn) for turn in Expression(self, deployed=self.deployed).each(value)]

    def _one(self, declaration: Declaration, expression: Expression) -> Resource | Deployment:
        condition = declaration.condition()
        holds = self.deployed and (condition is None or expression.value(condition) is True)
        expression = expression.belonging(deployed=holds)
        return (self._resource if declaration.kind == "resource" else self._module)(
            declaration, expression, holds
        )

    def _argument(self, declaration: Declaration) -> Any:
        name = declaration.name
        if name in self.arguments and (self.arguments[name] is not None or declaration.type.endswith("?")):
            value = self.arguments[name]
        elif declaration.value is not None:
            value = Expression(self, deployed=self.deployed).value(declaration.value)
        elif declaration.type.endswith("?"):
            value = None
        else:
            raise BicepError(f"{self.path}:{declaration.line}: {name} is given nothing")
        self._note(declaration, _type_refusals(declaration.type, value) or self._refusals(declaration, value))
        return value

    def _note(self, declaration: Declaration, refusals: list[str]) -> None:
        # Azure looks at what is deployed alone.
        if self.deployed:
            where = f"{self.path}:{declaration.line}: {declaration.name}"
            self.problems += [f"{where} {each}" for each in refusals]

    def _refusals(self, declaration: Declaration, value: Any) -> list[str]:
        if value is None or isinstance(value, Runtime):
            return []
        limits = {
            key: Expression(self, deployed=self.deployed).value(nodes[0])
            for key, nodes in declaration.decorators.items()
            if key in ("allowed", "minLength", "maxLength", "minValue", "maxValue")
        }
        return [
            f"is {value!r}, against its @{key}({limit!r})"
            for key, limit in limits.items()
            if not _within(key, limit, value)
        ]

    def _resource(self, declaration: Declaration, expression: Expression, deployed: bool) -> Resource:
        type_, _, version = declaration.type.partition("@")
        body, beyond = self._body(declaration, expression)
        parent = beyond.get("parent")
        if declaration.parent:
            parent = self.value_of(declaration.parent)
            type_, version = f"{parent.type}/{type_}", version or parent.version
        scope_id = self._scope_of(beyond)
        name = str(body.get("name", body.get("uniqueName", body.get("appId", ""))))
        shape = self.table.shape(type_, version) if self.table else None
        waits_for = beyond.get("dependsOn", frozenset())
        place = f"{self.path} {declaration.name}"
        if type_.startswith("Microsoft.Graph/"):
            key = Runtime(f"{type_} {name} id")
            return Resource(
                place, type_, version, declaration.existing, deployed, scope_id, key, body, shape, waits_for
            )
        if isinstance(parent, Resource):
            identity = f"{parent.id}/{type_.rpartition('/')[2]}/{name}"
            scope_id = parent.scope
        else:
            identity = _id(scope_id, type_, name)
        return Resource(
            place, type_, version, declaration.existing, deployed, scope_id, identity, body, shape, waits_for
        )

    def _module(self, declaration: Declaration, expression: Expression, deployed: bool) -> Deployment:
        body, beyond = self._body(declaration, expression)
        path = str(PurePosixPath(self.path).parent / declaration.type)
        if path not in self.sources:
            raise BicepError(f"{self.path}:{declaration.line}: the module {declaration.type} is not there")
        scope_id = self._scope_of(beyond)
        return Deployment(
            self.folder,
            self.sources,
            path,
            body.get("params", {}),
            scope_id,
            deployed,
            self.table,
            beyond.get("dependsOn", frozenset()),
            self.problems,
        )

    def _scope_of(self, beyond: Mapping[str, Any]) -> str:
        scope = beyond.get("scope", {"id": self.scope})
        return str(scope.id if isinstance(scope, Resource) else scope["id"])

    def _body(
        self, declaration: Declaration, expression: Expression
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        node = declaration.body()
        if node is None or node.type != "object":
            raise BicepError(f"{self.path}:{declaration.line}: {declaration.name} has no body")
        beyond: dict[str, Any] = {}
        for item in named(node):
            key = text(named(item)[0])
            if key in ("scope", "parent"):
                value = expression.value(named(item)[-1])
                # A grant of Microsoft Graph has a property of that name, which is a text.
                if not isinstance(value, str):
                    beyond[key] = value
            elif key == "dependsOn":
                # What it names must be there.
                expression.value(named(item)[-1])
                beyond[key] = frozenset(text(each) for each in named(named(item)[-1]))
        taken = {*beyond, "dependsOn"}
        body = {key: value for key, value in expression.value(node).items() if key not in taken}
        return body, beyond


def _type_refusals(declared: str, value: Any) -> list[str]:
    base = declared.rstrip("?")
    if isinstance(value, Runtime) or (value is None and declared.endswith("?")):
        return []
    if base.endswith("[]"):
        if not isinstance(value, list):
            return [f"is {value!r}, which is no {base}"]
        return [refusal for each in value for refusal in _type_refusals(base.removesuffix("[]"), each)]
    expected = _TYPES.get(base, object)
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        return [f"is {value!r}, which is no {base}"]
    return []


def _required(declaration: Declaration) -> Any:
    assert declaration.value is not None, declaration.name
    return declaration.value


def _within(key: str, limit: Any, value: Any) -> bool:
    match key:
        case "allowed":
            return all(each in limit for each in value) if isinstance(value, list) else value in limit
        case "minLength":
            return len(value) >= limit
        case "maxLength":
            return len(value) <= limit
        case "minValue":
            return bool(value >= limit)
        case _:
            return bool(value <= limit)


def _id(scope: str, type_: str, name: str) -> str:
    if type_ == "Microsoft.Resources/resourceGroups":
        return f"{scope}/resourceGroups/{name}"
    provider, *kinds = type_.split("/")
    segments = "".join(f"/{kind}/{part}" for kind, part in zip(kinds, name.split("/"), strict=False))
    return f"{scope}/providers/{provider}{segments}"
