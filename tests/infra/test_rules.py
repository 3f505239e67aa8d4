import json
import shutil
import subprocess

import pytest

from tests.contract import published
from tests.infra.infrastructure import FOLDER, SCENARIOS, Infrastructure
from tests.infra.rules import RULES

BICEP = shutil.which("bicep")


@pytest.fixture(scope="module")
def infrastructure():
    return Infrastructure(FOLDER)


@pytest.mark.parametrize("sentence", RULES)
def test_the_infrastructure_keeps_the_rule(sentence, infrastructure):
    assert [] == [*dict.fromkeys(RULES[sentence](infrastructure))]


def test_permissions_have_the_ids_that_are_published():
    ids = published.permissions()
    scopes = json.loads((FOLDER / "permissions.json").read_text())["scopes"]

    assert {} == {each["name"]: each["id"] for each in scopes if ids[each["name"]] != each["id"]}


def test_scenarios_take_every_condition_both_ways(infrastructure):
    """What no scenario deploys no rule has looked at, and what all deploy has a condition for nothing."""
    conditional = {
        (source.path, each.name)
        for source in infrastructure.sources.values()
        for each in source.of("resource", "module")
        if each.condition() is not None
    }
    deployed, left_out = set(), set()
    for scenario in SCENARIOS:
        for module in infrastructure.deployments[scenario].modules:
            for name, part in module.named_parts:
                (deployed if part.deployed else left_out).add((module.path, name))

    assert set() == conditional - deployed
    assert set() == conditional - left_out


def test_everything_that_is_asked_for_is_deployed_in_some_scenario(infrastructure):
    types = {resource.type for _, resource in infrastructure.deployed()}

    assert types >= {
        "Microsoft.Resources/resourceGroups",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.Storage/storageAccounts",
        "Microsoft.OperationalInsights/workspaces",
        "Microsoft.Insights/components",
        "Microsoft.Authorization/roleAssignments",
        "Microsoft.Web/serverfarms",
        "Microsoft.Web/sites",
        "Microsoft.Graph/applications",
        "Microsoft.Graph/applications/federatedIdentityCredentials",
        "Microsoft.Graph/servicePrincipals",
        "Microsoft.Graph/groups",
        "Microsoft.Graph/oauth2PermissionGrants",
        "Microsoft.Insights/scheduledQueryRules",
        "Microsoft.Insights/metricAlerts",
        "Microsoft.Insights/actionGroups",
        "Microsoft.Insights/workbooks",
        "Microsoft.Network/virtualNetworks",
        "Microsoft.Network/privateEndpoints",
        "Microsoft.ApiManagement/service",
        "Microsoft.Consumption/budgets",
    }


@pytest.mark.skipif(BICEP is None, reason="The command bicep is not installed: its own checks are not run.")
@pytest.mark.parametrize("command", ["build", "lint"])
def test_the_compiler_has_nothing_to_say(command):
    options = ["--stdout"] if command == "build" else []
    done = subprocess.run(
        [str(BICEP), command, str(FOLDER / "main.bicep"), *options],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr.strip())
