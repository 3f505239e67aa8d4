"""What is watched: without keys, told to somebody, and paid for knowingly."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.infra.bicep.deployment import Deployment
from tests.infra.bicep.values import Resource, Runtime
from tests.infra.infrastructure import Infrastructure
from tests.infra.rules.storage import differences

_FIRST_OF_A_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])-01(T00:00:00Z)?")
# "Supported log categories for Azure Monitor"; a category that a service has not fails the deployment.
_CATEGORIES = ("AllMetrics", "StorageWrite", "StorageDelete", "GatewayLogs")
# Steps that both kinds of alert rules know.
_MINUTES = {
    "PT1M": 1,
    "PT5M": 5,
    "PT15M": 15,
    "PT30M": 30,
    "PT1H": 60,
    "PT6H": 360,
    "PT12H": 720,
    "P1D": 1440,
}
_ACTION_GROUP = "Microsoft.Insights/actionGroups"
_RULES = ("Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/metricAlerts")


def monitoring_takes_no_key(infrastructure: Infrastructure) -> Iterator[str]:
    for _, component in infrastructure.deployed("Microsoft.Insights/components"):
        yield from differences(component, {"properties.DisableLocalAuth": True})
    for _, workspace in infrastructure.deployed("Microsoft.OperationalInsights/workspaces"):
        yield from differences(workspace, {"properties.features.disableLocalAuth": True})


def application_insights_keeps_its_records_in_the_workspace(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, component in infrastructure.deployed("Microsoft.Insights/components"):
        yield from differences(component, {"properties.IngestionMode": "LogAnalytics"})
        if [component.property("properties.WorkspaceResourceId")] != _workspaces(deployment):
            yield f"{component.place}: is on {component.property('properties.WorkspaceResourceId')}"


def what_services_log_goes_to_the_workspace(infrastructure: Infrastructure) -> Iterator[str]:
    """Each setting is of one resource, which it names as its scope, and switches something on."""
    for deployment, setting in infrastructure.deployed("Microsoft.Insights/diagnosticSettings"):
        workspaces = _workspaces(deployment)
        if [setting.property("properties.workspaceId")] != workspaces or "/providers/" not in setting.scope:
            yield f"{setting.place}: is of {setting.scope}, to {setting.property('properties.workspaceId')}"
        categories = [
            *(setting.property("properties.logs") or []),
            *(setting.property("properties.metrics") or []),
        ]
        wrong = [
            each for each in categories if each.get("category") not in _CATEGORIES or not each["enabled"]
        ]
        if not categories or wrong:
            yield f"{setting.place}: switches on {categories}"


def records_are_kept_as_long_as_asked(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, workspace in infrastructure.deployed("Microsoft.OperationalInsights/workspaces"):
        expected = {
            "properties.retentionInDays": deployment.value_of("logRetentionDays"),
            "properties.workspaceCapping.dailyQuotaGb": deployment.value_of("dailyLogQuotaGb"),
            # Paid by the gigabyte; readers of one resource see its records alone.
            "properties.sku.name": "PerGB2018",
            "properties.features.enableLogAccessUsingOnlyResourcePermissions": True,
        }
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


def alert_rules_are_whole_and_on(infrastructure: Infrastructure) -> Iterator[str]:
    """Much of this is no required property, and a rule without it is refused, or never fires."""
    for _, rule in infrastructure.deployed("Microsoft.Insights/"):
        if rule.type not in _RULES:
            continue
        yield from differences(rule, {"properties.enabled": True, "properties.autoMitigate": True})
        often, far = (rule.property(f"properties.{key}") for key in ("evaluationFrequency", "windowSize"))
        if often not in _MINUTES or far not in _MINUTES or _MINUTES[often] > _MINUTES[far]:
            yield f"{rule.place}: asks each {often} for the last {far}"
        if rule.property("properties.severity") not in range(5) or not rule.property(
            "properties.description"
        ):
            yield f"{rule.place}: says neither what it is about nor how bad that is"
        for criterion in rule.property("properties.criteria.allOf"):
            if criterion.get("operator") != "GreaterThan" or not isinstance(criterion.get("threshold"), int):
                yield f"{rule.place}: compares by {criterion.get('operator')} {criterion.get('threshold')}"


def alert_rules_are_taken_before_there_are_records(infrastructure: Infrastructure) -> Iterator[str]:
    """The tables come into being with the first record, and the metrics with the first request."""
    for _, rule in infrastructure.deployed("Microsoft.Insights/scheduledQueryRules"):
        yield from differences(rule, {"kind": "LogAlert", "properties.skipQueryValidation": True})
    for _, rule in infrastructure.deployed("Microsoft.Insights/metricAlerts"):
        for criterion in rule.property("properties.criteria.allOf"):
            if criterion.get("skipMetricValidation") is not True:
                yield f"{rule.place}: wants the metric {criterion.get('metricName')} to be there already"


def the_action_group_tells_who_was_named(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, group in infrastructure.deployed("Microsoft.Insights/actionGroups"):
        yield from differences(group, {"properties.enabled": True})
        told = [each["emailAddress"] for each in group.property("properties.emailReceivers") or []]
        if told != deployment.value_of("alertEmails"):
            yield f"{group.place}: tells {told}"


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


def a_budget_tells_before_and_when_it_is_spent(infrastructure: Infrastructure) -> Iterator[str]:
    for deployment, budget in infrastructure.deployed("Microsoft.Consumption/budgets"):
        yield from differences(budget, {"properties.amount": deployment.value_of("budgetAmount")})
        notifications = list((budget.property("properties.notifications") or {}).values())
        steps = {(each["threshold"], each.get("thresholdType")) for each in notifications if each["enabled"]}
        if steps != {(80, "Actual"), (100, "Forecasted")}:
            yield f"{budget.place}: tells at {sorted(steps, key=str)}"
        groups = [each.id for each in deployment.resources if each.type == _ACTION_GROUP and each.deployed]
        for each in notifications:
            told = (each.get("contactEmails"), each.get("contactGroups"), each.get("contactRoles"))
            if told != (deployment.value_of("alertEmails"), groups, ["Owner"]):
                yield f"{budget.place}: tells {told}"


def _workspaces(deployment: Deployment) -> list[str | Runtime]:
    type_ = "Microsoft.OperationalInsights/workspaces"
    return [each.id for each in deployment.resources if each.type == type_ and not each.existing]


def _told(rule: Resource) -> list[object]:
    actions = rule.property("properties.actions")
    if isinstance(actions, dict):
        return list(actions.get("actionGroups", []))
    return [each["actionGroupId"] for each in actions or []]
