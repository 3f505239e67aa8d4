"""What a deployment would ask Azure for: every file evaluated with its arguments, from `main.bicep` down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from tests.infra.bicep.declared import LIMITS, is_within, type_refusals
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
        values = [(symbol, self._evaluated(partial(self.value_of, symbol))) for symbol in symbols]
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
        given: dict[str, Any] = {}
        for each in self.source.of("output"):
            given[each.name] = self._evaluated(partial(self._expression.value, _required(each)))
            self._note(each, type_refusals(each.type, given[each.name]))
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
        raise KeyError(name)

    def _file(self, path: str) -> Path:
        found = self.folder / PurePosixPath(self.path).parent / path
        if not found.is_file():
            raise BicepError(f"{self.path}: {path} is not there")
        return found

    def _evaluated(self, evaluate: Callable[[], Any]) -> Any:
        """What a part of the file gives; None where it cannot be right, which is noted."""
        try:
            return evaluate()
        except BicepError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))
            return None

    @property
    def _expression(self) -> Expression:
        return Expression(self, deployed=self.deployed)

    def _value(self, declaration: Declaration) -> Any:
        match declaration.kind:
            case "param":
                return self._argument(declaration)
            case "var":
                return self._expression.value(_required(declaration))
        value = _required(declaration)
        if value.type != "for_statement":
            return self._one(declaration, self._expression)
        return [self._one(declaration, turn) for turn in self._expression.each(value)]

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
            value = self._expression.value(declaration.value)
        elif declaration.type.endswith("?"):
            value = None
        else:
            raise BicepError(f"{self.path}:{declaration.line}: {name} is given nothing")
        self._note(declaration, type_refusals(declaration.type, value) or self._excesses(declaration, value))
        return value

    def _note(self, declaration: Declaration, refusals: list[str]) -> None:
        # Azure looks at what is deployed alone.
        if self.deployed:
            where = f"{self.path}:{declaration.line}: {declaration.name}"
            self.problems += [f"{where} {each}" for each in refusals]

    def _excesses(self, declaration: Declaration, value: Any) -> list[str]:
        if value is None or isinstance(value, Runtime):
            return []
        limits = {
            key: self._expression.value(nodes[0])
            for key, nodes in declaration.decorators.items()
            if key in LIMITS
        }
        return [
            f"is {value!r}, against its @{key}({limit!r})"
            for key, limit in limits.items()
            if not is_within(key, limit, value)
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
        if type_.startswith("Microsoft.Graph/"):
            identity: str | Runtime = Runtime(f"{type_} {name} id")
        elif isinstance(parent, Resource):
            identity = f"{parent.id}/{type_.rpartition('/')[2]}/{name}"
        else:
            identity = _id(scope_id, type_, name)
        return Resource(
            place=f"{self.path} {declaration.name}",
            type=type_,
            version=version,
            existing=declaration.existing,
            deployed=deployed,
            scope=parent.scope if isinstance(parent, Resource) else scope_id,
            id=identity,
            body=body,
            shape=self.table.shape(type_, version) if self.table else None,
            waits_for=beyond.get("dependsOn", frozenset()),
            parent=parent,
        )

    def _module(self, declaration: Declaration, expression: Expression, deployed: bool) -> Deployment:
        body, beyond = self._body(declaration, expression)
        path = str(PurePosixPath(self.path).parent / declaration.type)
        if path not in self.sources:
            raise BicepError(f"{self.path}:{declaration.line}: the module {declaration.type} is not there")
        return Deployment(
            self.folder,
            self.sources,
            path,
            arguments=body.get("params", {}),
            scope=self._scope_of(beyond),
            deployed=deployed,
            table=self.table,
            waits_for=beyond.get("dependsOn", frozenset()),
            problems=self.problems,
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


def _required(declaration: Declaration) -> Any:
    assert declaration.value is not None, declaration.name
    return declaration.value


def _id(scope: str, type_: str, name: str) -> str:
    if type_ == "Microsoft.Resources/resourceGroups":
        return f"{scope}/resourceGroups/{name}"
    provider, *kinds = type_.split("/")
    segments = "".join(f"/{kind}/{part}" for kind, part in zip(kinds, name.split("/"), strict=False))
    return f"{scope}/providers/{provider}{segments}"
