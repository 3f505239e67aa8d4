"""What the pictures say that the code and the infrastructure decide: each from the place that decides it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from shared.entra.on_behalf_of import EXPIRY_MARGIN
from shared.settings import Settings
from shared.settings.clouds import DEVOPS_RESOURCE
from tests.infra.bicep.deployment import Deployment
from tests.infra.infrastructure import FOLDER, SCENARIOS, Infrastructure

ROOT = Path(__file__).parents[2]


@cache
def deployed(scenario: str = "as it comes") -> Deployment:
    """What the Bicep files deploy for one of the scenarios of the infrastructure's tests."""
    return Infrastructure(FOLDER).deploy(SCENARIOS[scenario])


@cache
def facts() -> Mapping[str, str]:
    """The facts by the names that `architecture.toml` and `token_path.toml` use."""
    deployment = deployed()
    path = str(deployment.value_of("mcpPath"))
    first = path.split("/")[1]
    return {
        "scope": _default("required_scope"),
        "path": path,
        "path_begin": f"/{first}/",
        "path_rest": path.removeprefix(f"/{first}/"),
        "assertion_audience": _default("token_exchange_audience"),
        "identity_setting": _setting("managed_identity_client_id"),
        "age_setting": _setting("max_token_age_hours"),
        "age_hours": _default("max_token_age_hours"),
        "graph_audience": _default("graph_resource"),
        "devops_audience": DEVOPS_RESOURCE,
        "graph_host": _default("graph_endpoint").removeprefix("https://"),
        "devops_host": _default("devops_endpoint").removeprefix("https://"),
        "sign_in_host": _default("authority_host").removeprefix("https://"),
        "margin_minutes": str(EXPIRY_MARGIN // 60),
        "log_rules": str(_number(deployment, "Microsoft.Insights/scheduledQueryRules")),
        "metric_rules": str(_number(deployment, "Microsoft.Insights/metricAlerts")),
        "retention_days": str(deployment.value_of("logRetentionDays")),
    }


def _default(field: str) -> str:
    return str(Settings.model_fields[field].default)


def _setting(field: str) -> str:
    """The first name of a setting's environment variable."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else str(getattr(alias, "choices", [""])[0])


def _number(deployment: Deployment, type_: str) -> int:
    return sum(each.type == type_ and each.deployed for each in deployment.resources)
