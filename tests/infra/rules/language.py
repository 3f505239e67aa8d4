"""What the compiler would say, and the part of the language that every parser takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.infra import type_check
from tests.infra.bicep import modules, names
from tests.infra.infrastructure import Infrastructure

_ORDER = {"param": 0, "var": 1, "resource": 2, "module": 2, "output": 3}
_TYPES = re.compile(r"(string|int|bool|object|array)(\[\])?\??")
_NOT_REPEATABLE = re.compile(r"\b(utcNow|newGuid)\s*\(")
_NAME_OF_AN_OUTPUT = re.compile(r"^\s+(name|\w+Name): [^\n]*\.outputs\.", re.MULTILINE)
_OF_ENTRA = {"modules/entra.bicep", "modules/sign-in-client.bicep"}
GRAPH_EXTENSION = "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0"


def files_are_bicep_that_every_parser_takes(infrastructure: Infrastructure) -> Iterator[str]:
    for source in infrastructure.sources.values():
        yield from source.problems


def names_are_declared_and_used(infrastructure: Infrastructure) -> Iterator[str]:
    for source in infrastructure.sources.values():
        yield from names.findings(source)


def modules_are_given_what_they_ask_for(infrastructure: Infrastructure) -> Iterator[str]:
    yield from modules.findings(infrastructure.sources)


def modules_are_files_of_this_folder(infrastructure: Infrastructure) -> Iterator[str]:
    for source in infrastructure.sources.values():
        for module in source.of("module"):
            if not module.type.endswith(".bicep"):
                yield f"{source.path}:{module.line}: {module.type} is of a registry: no check looks into it"


def expressions_can_be_evaluated(infrastructure: Infrastructure) -> Iterator[str]:
    for scenario, deployment in infrastructure.deployments.items():
        for problem in deployment.problems:
            yield f"{problem} (with {scenario})"


def resources_are_as_published(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment in infrastructure.deployments.values():
        for resource in (each for each in deployment.resources if each.deployed):
            yield from type_check.findings(resource, infrastructure.table)


def modules_are_deployed_where_they_belong(infrastructure: Infrastructure) -> Iterator[str]:
    """BCP134: only `main.bicep` is for the subscription, and all others for a resource group."""
    for deployment in infrastructure.deployments.values():
        for module in deployment.modules:
            is_group = "/resourceGroups/" in module.scope
            if (module.source.target_scope == "resourceGroup") != is_group:
                yield f"{module.path}: is for a {module.source.target_scope}, and deployed to {module.scope}"


def names_have_a_part_for_each_part_of_the_type(infrastructure: Infrastructure) -> Iterator[str]:
    """The parents' names come from `parent`, or stand in the name before slashes."""
    for _, resource in infrastructure.deployed():
        if resource.type.startswith("Microsoft.Graph/"):
            continue
        kinds = resource.type.split("/")[1:]
        named = str(resource.name).count("/") + 1
        if resource.parent is not None:
            if resource.parent.type.split("/")[1:] != kinds[:-1]:
                yield f"{resource.place}: is no part of {resource.parent.place}"
            named += len(kinds) - 1
        if named != len(kinds):
            yield f"{resource.place}: the name {resource.name} is not as long as {resource.type}"


def parameters_are_described_and_of_a_plain_type(infrastructure: Infrastructure) -> Iterator[str]:
    for source in infrastructure.sources.values():
        for each in source.of("param"):
            if "description" not in each.decorators:
                yield f"{source.path}:{each.line}: {each.name} has no @description"
            if not _TYPES.fullmatch(each.type):
                yield f"{source.path}:{each.line}: {each.name} is of the type {each.type}"


def declarations_stand_in_one_order(infrastructure: Infrastructure) -> Iterator[str]:
    """Parameters, variables, resources and modules, outputs."""
    for source in infrastructure.sources.values():
        places = [_ORDER[each.kind] for each in source.declarations]
        if places != sorted(places):
            wrong = next(
                each
                for each, here, there in zip(source.declarations[1:], places, places[1:], strict=False)
                if there < here
            )
            yield f"{source.path}:{wrong.line}: the {wrong.kind} {wrong.name} stands too late"


def modules_are_told_names_that_a_preview_knows(infrastructure: Infrastructure) -> Iterator[str]:
    """A preview (what-if) knows no outputs: it leaves out a module whose resources it cannot name."""
    for source in infrastructure.sources.values():
        for found in _NAME_OF_AN_OUTPUT.finditer(source.text):
            yield f"{source.path}: {found[1]} is an output of a module"


def a_deployment_can_be_repeated(infrastructure: Infrastructure) -> Iterator[str]:
    """What depends on the time or on chance is another one each time; the start of a budget cannot change."""
    for source in infrastructure.sources.values():
        for found in _NOT_REPEATABLE.finditer(source.text):
            yield f"{source.path}: {found[1]} gives another value each time"


def only_the_modules_of_entra_need_the_graph_extension(infrastructure: Infrastructure) -> Iterator[str]:
    for source in infrastructure.sources.values():
        if bool(source.extensions) != (source.path in _OF_ENTRA):
            yield f"{source.path}: asks for the extensions {source.extensions}"
    asked = json.loads((infrastructure.folder / "bicepconfig.json").read_text())["extensions"]
    if asked != {"microsoftGraphV1": GRAPH_EXTENSION}:
        yield f"bicepconfig.json: has the extensions {asked}"
