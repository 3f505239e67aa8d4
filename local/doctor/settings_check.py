"""Checks whether the app starts with its settings."""

from __future__ import annotations

from local.doctor.check_result import CheckResult, ok, wrong
from local.doctor.target import Target


async def settings(target: Target) -> CheckResult:
    """Checks whether the settings are right, in the app's own words."""
    if target.unknown_settings:
        raise target.unknown_settings
    if target.app.problems:
        return wrong(
            "\n".join(target.app.problems),
            "Change them in local.settings.json or the environment and start again; in Azure: az functionapp "
            f"config appsettings set {target.azure_app} --settings NAME=value",
        )
    tools = target.app.tools or ()
    return ok(f"The app starts with them and offers {len(tools)} tools.")
