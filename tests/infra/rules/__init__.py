"""What the infrastructure owes: a function for each rule, which yields a line for all that breaks it."""

import inspect
from collections.abc import Callable, Iterator, Mapping

from tests.infra.infrastructure import Infrastructure
from tests.infra.rules import (
    app_settings,
    authentication,
    compiler,
    entra,
    gateway,
    language,
    monitoring,
    network,
    parameters,
    permissions,
    queries,
    roles,
    secrets,
    sign_in,
    site,
    storage,
    tags,
)

type Rule = Callable[[Infrastructure], Iterator[str]]

_MODULES = (
    language,
    compiler,
    secrets,
    storage,
    network,
    roles,
    site,
    authentication,
    entra,
    permissions,
    app_settings,
    parameters,
    monitoring,
    queries,
    gateway,
    sign_in,
    tags,
)

RULES: Mapping[str, Rule] = {
    f"{module.__name__.rpartition('.')[2]}: {name.replace('_', ' ')}": rule
    for module in _MODULES
    for name, rule in inspect.getmembers(module, inspect.isfunction)
    if rule.__module__ == module.__name__ and [*inspect.signature(rule).parameters] == ["infrastructure"]
    if not name.startswith("_")
}
"""Every rule by its sentence: the public functions of these modules that take the infrastructure."""
