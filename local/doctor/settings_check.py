"""Whether the app starts with its settings."""

from __future__ import annotations

from local.doctor.patient import Patient
from local.doctor.verdict import Verdict, ok, wrong


async def settings(patient: Patient) -> Verdict:
    """Whether the settings are right, in the app's own words."""
    if patient.unknown_settings:
        raise patient.unknown_settings
    if patient.app.problems:
        return wrong(
            "\n".join(patient.app.problems),
            "Change them in local.settings.json or the environment and start again; in Azure: az functionapp "
            f"config appsettings set {patient.azure_app} --settings NAME=value",
        )
    tools = patient.app.tools or ()
    return ok(f"The app starts with them and offers {len(tools)} tools.")
