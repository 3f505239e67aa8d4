"""`main.parameters.json`: each azd variable is a parameter's, and each default is one that it takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from shared.errors import SettingsError
from tests.infra import type_check
from tests.infra.bicep.deployment import Deployment
from tests.infra.bicep.expression import Expression
from tests.infra.bicep.source import Declaration
from tests.infra.infrastructure import SCENARIOS, Infrastructure
from tests.infra.rules.app_settings import deployed_settings

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?:=([^}]*))?\}")
# Given by azd itself ("Azure Developer CLI environment variables").
_OF_AZD = {"AZURE_ENV_NAME": "work", "AZURE_LOCATION": "westeurope"}


def every_variable_is_a_parameters(infrastructure: Infrastructure) -> Iterator[str]:
    declared = {each.name for each in infrastructure.sources["main.bicep"].of("param")}
    seen: set[str] = set()
    for name, text in _given(infrastructure).items():
        found = _VARIABLE.fullmatch(text)
        if name not in declared:
            yield f"main.parameters.json: {name} is no parameter of main.bicep"
        if found is None:
            yield f"main.parameters.json: {name} is {text!r}, not a variable"
        elif found[1] in seen:
            yield f"main.parameters.json: {found[1]} is given to two parameters"
        else:
            seen.add(found[1])


def every_required_parameter_has_a_variable(infrastructure: Infrastructure) -> Iterator[str]:
    given = _given(infrastructure)
    for each in infrastructure.sources["main.bicep"].of("param"):
        if each.value is None and each.name not in given:
            yield f"main.parameters.json: the required parameter {each.name} is given nothing"


def defaults_are_what_the_parameters_take(infrastructure: Infrastructure) -> Iterator[str]:
    declared = {each.name: each for each in infrastructure.sources["main.bicep"].of("param")}
    choices: dict[str, Any] = {}
    for name, text in _given(infrastructure).items():
        found = _VARIABLE.fullmatch(text)
        default = (found[2] or _OF_AZD.get(found[1], "")) if found else text
        if default and name in declared:
            try:
                choices[name] = _converted(declared[name], default)
            except ValueError:
                yield f"main.parameters.json: {name} is {default!r}, not of the type {declared[name].type}"
    deployment = infrastructure.deploy(choices)
    yield from deployment.problems
    plain = infrastructure.deploy({})
    for name in choices:
        if declared[name].value is not None and deployment.value_of(name) != plain.value_of(name):
            yield f"main.parameters.json: {name} is {deployment.value_of(name)!r} there, not as in main.bicep"


def limits_are_within_those_of_the_app_and_of_azure(infrastructure: Infrastructure) -> Iterator[str]:
    """The least, the most and each choice of every parameter are tried, together with those of others."""
    possible = {
        each.name: _possible(each, infrastructure.deployments["as it comes"])
        for each in infrastructure.sources["main.bicep"].of("param")
    }
    for turn in range(max(map(len, possible.values()))):
        choices = {name: values[turn % len(values)] for name, values in possible.items() if values}
        deployment = infrastructure.deploy({**SCENARIOS["everything"], **choices})
        yield from (f"with {choices}: {problem}" for problem in deployment.problems)
        for resource in (each for each in deployment.resources if each.deployed):
            findings = type_check.findings(resource, infrastructure.table)
            yield from (f"with {choices}: {finding}" for finding in findings)
        try:
            deployed_settings(deployment)
        except SettingsError as error:
            yield f"with {choices}: {error}"


def the_region_is_asked_for(infrastructure: Infrastructure) -> Iterator[str]:
    location = next(
        each for each in infrastructure.sources["main.bicep"].of("param") if each.name == "location"
    )
    if "metadata" not in location.decorators:
        yield "main.bicep: azd does not know that location is a region"


def _possible(parameter: Declaration, deployment: Deployment) -> list[Any]:
    limits = {
        key: Expression(deployment, deployed=True).value(nodes[0])
        for key, nodes in parameter.decorators.items()
        if key in ("allowed", "minValue", "maxValue")
    }
    # The existing registration is a scenario of its own.
    if parameter.name == "entraMode":
        return []
    return list(limits.get("allowed", [limits[key] for key in ("minValue", "maxValue") if key in limits]))


def _converted(parameter: Declaration, text: str) -> Any:
    """A variable's text as azd hands it over: what is no string is read as JSON."""
    return text if parameter.type.rstrip("?") == "string" else json.loads(text)


def _given(infrastructure: Infrastructure) -> dict[str, str]:
    document = json.loads((infrastructure.folder / "main.parameters.json").read_text())
    return {name: str(each["value"]) for name, each in document["parameters"].items()}
