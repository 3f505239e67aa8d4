import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local import certificates
from local.doctor.app_description import AppDescription, describe
from local.entra.keys import SigningKeys
from local.host.settings import app_settings
from local.layout import Layout
from local.tenant import Tenant
from tests.local.doctor.doctor_setup import DoctorSetup, layout_at
from tests.local.doctor.fake_az import FakeAz


@pytest.fixture(scope="session")
def doctors_layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = layout_at(tmp_path_factory.mktemp("setup"))
    certificates.prepare(layout)
    return layout


@pytest.fixture(scope="session")
def doctors_keys() -> SigningKeys:
    return SigningKeys()


@pytest.fixture(scope="session")
async def description(doctors_layout: Layout) -> AppDescription:
    """What the app says of itself with the setup's settings; it is asked as the doctor asks it."""
    return await describe({**app_settings(doctors_layout), "TOOLS": "all"})


@pytest.fixture
async def setup(
    doctors_layout: Layout, doctors_keys: SigningKeys, description: AppDescription
) -> AsyncIterator[DoctorSetup]:
    setup = DoctorSetup(doctors_layout, doctors_keys, description)
    async with contextlib.aclosing(setup.http):
        yield setup


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant of real processes; whoever breaks something in it mends it again."""
    with Tenant(tmp_path_factory.mktemp("doctor"), app_settings={"RATE_LIMIT": "5000/minute"}) as tenant:
        yield tenant


@pytest.fixture
def unregistered(description: AppDescription) -> AppDescription:
    """An app whose client id is not in the directory."""
    assert description.settings is not None
    client_id = "0badc0de-0000-4000-8000-000000000000"
    return replace(description, settings=replace(description.settings, client_id=client_id))


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAz:
    """An Azure CLI whose answers the test writes."""
    az = FakeAz(tmp_path)
    monkeypatch.setenv("PATH", az.path)
    return az


@pytest.fixture(scope="session")
async def broken(doctors_layout: Layout) -> AppDescription:
    """What the app says of settings of which three are wrong."""
    wrong = {"AZURE_CLIENT_ID": "<application id>", "TOOL_TIMEOUT_SECONDS": "0", "RATE_LIMIT": "often"}
    return await describe(
        {**app_settings(doctors_layout), "TOOLS": "all", "WEBSITE_AUTH_CLIENT_ID": "", **wrong}
    )
