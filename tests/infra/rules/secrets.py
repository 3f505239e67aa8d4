"""No key, password or secret: not read, not set, not given back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.infra.bicep.source import line, text, walk
from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import Infrastructure

_READS_A_KEY = re.compile(r"(^|\.)(list[A-Z]\w*|getSecret)$")
_SECRET = re.compile(
    r"connectionstring|instrumentationkey|accountkey|sharedaccess|secret|password|primarykey", re.I
)
_KEY_VAULT = re.compile(r"@Microsoft\.KeyVault\(SecretUri=https://[^)]+\)")
_FROM_THE_COMPONENT = "APPLICATIONINSIGHTS_CONNECTION_STRING"
_MAY_BE_NAMED_SO = {_FROM_THE_COMPONENT, "RATE_LIMIT_REDIS_URL"}


def no_key_is_read(infrastructure: Infrastructure) -> Iterator[str]:
    for source in infrastructure.sources.values():
        for node in walk(source.root):
            function = node.child_by_field_name("function") if node.type == "call_expression" else None
            if function is not None and _READS_A_KEY.search(text(function)):
                yield f"{source.path}:{line(node)}: {text(function)} reads a key"


def no_parameter_takes_a_secret(infrastructure: Infrastructure) -> Iterator[str]:
    for source in infrastructure.sources.values():
        for each in source.declarations:
            if "secure" in each.decorators:
                yield f"{source.path}:{each.line}: {each.name} is a secret"


def no_output_holds_a_secret(infrastructure: Infrastructure) -> Iterator[str]:
    """An output stays in the history of deployments, and those of `main.bicep` in azd's files."""
    for deployment in infrastructure.deployments.values():
        for module in deployment.modules:
            if not module.deployed:
                continue
            for name, value in module.outputs.items():
                if _SECRET.search(name.replace("_", "")) or any(map(_SECRET.search, _texts(value))):
                    yield f"{module.path}: the output {name} gives a secret away"


def modules_hand_no_secret_on(infrastructure: Infrastructure) -> Iterator[str]:
    """Parameters of a module stay in the history of deployments too."""
    for deployment in infrastructure.deployments.values():
        for module in deployment.modules:
            for name, value in module.arguments.items():
                if name != "rateLimitRedisVaultUri" and any(map(_SECRET.search, _texts(value))):
                    yield f"{module.path}: the parameter {name} is given a secret"


def no_setting_holds_a_secret(infrastructure: Infrastructure) -> Iterator[str]:
    for _, resource in infrastructure.deployed("Microsoft.Web/sites/config"):
        if resource.name == "appsettings":
            yield from (f"{resource.place}: {problem}" for problem in _of_settings(resource))


def _of_settings(resource: Resource) -> Iterator[str]:
    settings = resource.body["properties"]
    if "AzureWebJobsStorage" in settings:
        yield "AzureWebJobsStorage is a connection string; the settings that begin with it name an identity"
    for name, value in settings.items():
        if re.search(r"secret|password|_key$", name, re.I):
            yield f"{name} is a secret by its name"
        if name not in _MAY_BE_NAMED_SO and any(map(_SECRET.search, _texts(value))):
            yield f"{name} holds a secret"
    from_the_component = str(settings.get(_FROM_THE_COMPONENT, ""))
    if "Microsoft.Insights/components" not in from_the_component:
        yield f"{_FROM_THE_COMPONENT} is {from_the_component!r}, not of the component"
    redis = settings.get("RATE_LIMIT_REDIS_URL", "")
    if redis and not _KEY_VAULT.fullmatch(redis):
        yield "RATE_LIMIT_REDIS_URL holds an access key; it must be a reference to Key Vault"


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for each in value.values() for found in _texts(each)]
    if isinstance(value, list):
        return [found for each in value for found in _texts(each)]
    return [str(value)]
