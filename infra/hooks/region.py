"""Checks that the region can run the app: Flex Consumption, its Python, the quota, the providers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from choices import Choices
from clouds import signed_in_to
from commands import az, pages
from report import Finding

_PROVIDERS = (
    "Microsoft.Web",
    "Microsoft.Storage",
    "Microsoft.ManagedIdentity",
    "Microsoft.OperationalInsights",
    "Microsoft.Insights",
)


def providers(choices: Choices) -> list[Finding]:
    """Returns the resource providers that the subscription is not registered for yet.

    Raises:
        CommandError: They cannot be listed.
    """
    wanted = set(_PROVIDERS)
    if choices.network:
        # "Integrate Azure Functions with a virtual network", Flex Consumption: the subnet is delegated to it.
        wanted |= {"Microsoft.App", "Microsoft.Network"}
    if choices.gateway:
        wanted.add("Microsoft.ApiManagement")
    if choices.budget:
        wanted.add("Microsoft.Consumption")
    query = "[?registrationState=='Registered'].namespace"
    registered = {name.casefold() for name in az("provider", "list", "--query", query)}
    return [
        Finding(
            f"the resource provider {name} is not registered",
            f"az provider register --wait --namespace {name}",
        )
        for name in sorted(wanted)
        if name.casefold() not in registered
    ]


def plan(choices: Choices) -> list[Finding]:
    """Returns the reasons why the region cannot run the app on Flex Consumption.

    Raises:
        CommandError: Regions or runtimes cannot be listed.
    """
    if not choices.location:
        cure = "azd env set AZURE_LOCATION swedencentral   (or call azd up, which asks)"
        return [Finding("no region is chosen (AZURE_LOCATION)", cure)]
    regions = {_plain(each["name"]) for each in az("functionapp", "list-flexconsumption-locations")}
    if _plain(choices.location) not in regions:
        cure = f"azd env set AZURE_LOCATION <region>, one of: {', '.join(sorted(regions))}"
        return [Finding(f"the region {choices.location} does not offer Flex Consumption", cure)]
    offered = az(
        "functionapp", "list-flexconsumption-runtimes", "--location", choices.location, "--runtime", "python"
    )
    versions = sorted({str(each["version"]) for each in offered})
    wanted = python_version()
    if wanted not in versions:
        problem = f"Flex Consumption in {choices.location} offers Python {', '.join(versions)}, not {wanted}"
        return [Finding(problem, "azd env set AZURE_LOCATION <another region>")]
    return []


def quota(choices: Choices) -> list[Finding] | None:
    """Returns the reasons why the app's first instances would not start; None where Azure does not tell.

    Raises:
        CommandError: The usage of the region cannot be read.
    """
    if not choices.location:
        return None
    usages = pages(
        f"{signed_in_to().resource_manager}/subscriptions/{choices.subscription}"
        f"/providers/Microsoft.Web/locations/{_plain(choices.location)}/usages",
        **{"api-version": "2024-11-01"},
    )
    flex = [usage for usage in usages if "flex" in str(usage["name"]["value"]).casefold()]
    if not flex:
        return None
    needed = max(choices.always_ready, 1) * choices.cores_per_instance
    return [
        Finding(
            f"{_left(usage):g} of {usage['limit']:g} Flex Consumption cores are left in {choices.location}; "
            f"the app needs {needed:g}",
            "azd env set AZURE_LOCATION <another region>, or ask for more (portal, Quotas)",
        )
        for usage in flex
        if _left(usage) < needed
    ]


def python_version() -> str:
    """Returns the version of Python that the app runs on."""
    return (Path(__file__).parents[2] / ".python-version").read_text(encoding="utf-8").strip()


def _left(usage: dict[str, Any]) -> float:
    return float(usage["limit"]) - float(usage["currentValue"])


def _plain(region: str) -> str:
    return region.replace(" ", "").casefold()
