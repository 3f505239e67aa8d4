"""What is watched: without keys, told to somebody, and paid for knowingly."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.infra.bicep.values import Resource
from tests.infra.infrastructure import Infrastructure
from tests.infra.rules.storage import differences

_FIRST_OF_A_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])-01(T00:00:00Z)?")
_RULES = ("Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/metricAlerts")


def monitoring_takes_no_key(infrastructure: Infrastructure) -> Iterator[str]:
    for _, component in infrastructure.deployed("Microsoft.Insights/components"):
        expected = {"properties.DisableLocalAuth": True, "properties.IngestionMode": "LogAnalytics"}
        yield from differences(component, expected)
    for _, workspace in infrastructure.deployed("Microsoft.OperationalInsights/workspaces"):
        yield from differences(workspace, {"properties.features.disableLocalAuth": True})


def records_are_kept_as_long_as_asked(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, workspace in infrastructure.deployed("Microsoft.OperationalInsights/workspaces"):
        expected = {"properties.retentionInDays": deployment.value_of("logRetentionDays")}
        yield from differences(workspace, expected)


def alerts_watch_what_is_deployed_and_tell_the_action_group(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, rule in infrastructure.deployed("Microsoft.Insights/"):
        if rule.type not in _RULES:
            continue
        ids = {str(each.id) for each in deployment.resources if each.deployed and not each.existing}
        watched = rule.property("properties.scopes") or []
        if not watched or not set(map(str, watched)) <= ids:
            yield f"{rule.place}: watches {watched}"
        told = _told(rule)
        if not told or not set(map(str, told)) <= ids:
            yield f"{rule.place}: tells {told}"


def alerts_are_deployed_exactly_when_asked_for(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        kinds = {each.type for each in deployment.resources if each.deployed}
        for kind in _RULES:
            if (kind in kinds) != deployment.value_of("enableAlerts"):
                yield f"with {name}: {kind} is deployed or not, against enableAlerts"


def alert_rules_differ_in_name(infrastructure: Infrastructure) -> Iterator[str]:
    for name, deployment in infrastructure.deployments.items():
        rules = [str(each.id) for each in deployment.resources if each.type in _RULES]
        if len(rules) != len(set(rules)):
            yield f"with {name}: two alert rules have one name: {sorted(rules)}"


def a_budget_begins_on_a_day_that_stays(infrastructure: Infrastructure) -> Iterator[str]:
    """Its first day cannot be changed once it is made."""
    for name, deployment in infrastructure.deployments.items():
        budgets = [
            each
            for each in deployment.resources
            if each.type == "Microsoft.Consumption/budgets" and each.deployed
        ]
        if bool(budgets) != (deployment.value_of("budgetAmount") > 0):
            yield f"with {name}: there are {len(budgets)} budgets"
        for each in budgets:
            start = str(each.property("properties.timePeriod.startDate"))
            if not start.startswith(
                deployment.value_of("budgetStartDate")
            ) or not _FIRST_OF_A_MONTH.fullmatch(start):
                yield f"{each.place}: startDate is {start}"
            notifications = each.property("properties.notifications") or {}
            if not any(each["contactEmails"] or each["contactGroups"] for each in notifications.values()):
                yield f"{each.place}: tells nobody"


def _told(rule: Resource) -> list[object]:
    actions = rule.property("properties.actions")
    if isinstance(actions, dict):
        return list(actions.get("actionGroups", []))
    return [each["actionGroupId"] for each in actions or []]
