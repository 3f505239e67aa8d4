"""`main.parameters.json`: every azd variable is a parameter's, and what stands there by default is one it takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.infra.bicep.source import Declaration
from tests.infra.infrastructure import Infrastructure

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
            yield f"main.parameters.json: {name} is {deployment.value_of(name)!r} by default, unlike main.bicep"


def the_region_is_asked_for(infrastructure: Infrastructure) -> Iterator[str]:
    location = next(
        each for each in infrastructure.sources["main.bicep"].of("param") if each.name == "location"
    )
    if "metadata" not in location.decorators:
        yield "main.bicep: azd does not know that location is a region"


def _converted(parameter: Declaration, text: str) -> Any:
    """A variable's text as azd hands it over: what is no string is read as JSON."""
    return text if parameter.type.rstrip("?") == "string" else json.loads(text)


def _given(infrastructure: Infrastructure) -> dict[str, str]:
    document = json.loads((infrastructure.folder / "main.parameters.json").read_text())
    return {name: str(each["value"]) for name, each in document["parameters"].items()}
