"""The app is asked what it makes of some settings, and of nothing else."""

import pytest

from local.doctor.app_description import AppDescription, describe
from local.doctor.check_result import CannotCheckError
from local.organisation import organisation

CLIENT_ID = organisation().server_client_id


async def test_the_app_tells_what_others_have_to_agree_with(description: AppDescription):
    assert description.settings is not None
    assert (CLIENT_ID, "managed_identity", "https://entra.test", "https://graph.test") == (
        description.settings.client_id,
        description.settings.credential,
        description.settings.authority_host,
        description.settings.graph_endpoint,
    )
    # Chosen by name alone, and where `READ_MORE` or `CONFIRM_WRITES` is set.
    assert {
        "confirm_write",
        "devops_list_security_alerts",
        "devops_find_reads",
        "devops_read",
        "graph_find_reads",
        "graph_read",
    } == set(description.catalogue) - set(description.tools or ())


async def test_the_doctors_own_environment_is_none_of_the_apps_settings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT_ID)

    described = await describe({"AZURE_TENANT_ID": organisation().tenant_id})

    assert ["AZURE_CLIENT_ID"] == [problem.split()[0] for problem in described.problems]
    assert (None, None) == (described.settings, described.tools)


async def test_an_app_that_does_not_load_is_why_it_cannot_be_checked():
    with pytest.raises(CannotCheckError, match="The app's code does not load: ") as raised:
        await describe({"PYTHONHOME": "/nowhere"})

    assert "pip install -r requirements.txt" in raised.value.cure
