"""`python -m local doctor`, as a person types it: against a running tenant, a configuration, a deployment."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local import command_line
from local.doctor import command
from local.host.settings import app_settings
from local.organisation import organisation
from local.tenant import Tenant
from tests import tool_counts
from tests.journeys.steps import control, fail
from tests.local.doctor.doctor_setup import CHECKS, DoctorSetup
from tests.local.doctor.fake_az import FakeAz

ROOT = Path(__file__).resolve().parents[3]
USUAL = {
    "token_version": 2,
    "pre_authorized": [
        "aebc6443-996d-45c2-90f0-388ff96faa56",
        "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "b7e6a5d4-c3b2-4a19-8f07-6e5d4c3b2a10",
    ],
}
_PROXY = {
    "SIGN_IN_PROXY": "app",
    "SIGN_IN_CLIENT_ID": "7d6c5b4a-3f2e-4d1c-8b0a-9f8e7d6c5b4a",
    "SIGN_IN_ORIGIN": "https://mcp.test",
    "SIGN_IN_TABLE_URL": "https://larkspur.table.core.windows.net/signin",
}


@dataclass
class Examined:
    """How the command ended, and what it said."""

    status: int
    text: str

    @property
    def outcomes(self) -> dict[str, str]:
        return {each["check"]: each["outcome"] for each in json.loads(self.text)["findings"]}


type Doctor = Callable[..., Examined]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs the command in this process."""

    def run(*arguments: object) -> Examined:
        options = command_line._parser().parse_args(["doctor", *map(str, arguments)])
        status = options.command(options)
        said = capsys.readouterr()
        assert not said.err
        return Examined(status, said.out)

    return run


@pytest.fixture
def mended(running: Tenant) -> Iterator[Tenant]:
    """The running tenant, which is healthy again afterwards."""
    yield running
    fail(running.layout, "host")
    control(running.layout, "entra", "POST", "entra/registration", USUAL)


@pytest.fixture
def settings_file(running: Tenant, tmp_path: Path) -> Path:
    """A `local.settings.json` that points to the running tenant."""
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"IsEncrypted": False, "Values": app_settings(running.layout)}))
    return file


def test_a_healthy_local_tenant_is_all_green(running: Tenant):
    examined = subprocess.run(
        [sys.executable, "-m", "local", "doctor", "--folder", str(running.layout.folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (0, "") == (examined.returncode, examined.stderr), examined.stdout
    lines = [line for line in examined.stdout.splitlines() if line.startswith("  ")]
    assert {"ok"} == {line.split()[0] for line in lines}
    assert [name.replace("_", " ") for name in CHECKS] == [line[19:].partition(":")[0] for line in lines]
    assert examined.stdout.splitlines()[-1] == f"{len(CHECKS)} ok, 0 warning, 0 WRONG, 0 could not check"


def test_what_is_broken_in_a_local_tenant_is_told_with_its_cure_and_the_exit_status(
    doctor: Doctor, mended: Tenant
):
    control(mended.layout, "entra", "POST", "entra/registration", {"token_version": 1})
    fail(mended.layout, "host", {"path": "/api/health", "status": 503, "json": {"status": "unavailable"}})

    examined = doctor("--folder", mended.layout.folder, "--json", "--user", "dmitri")

    wrong = {name for name, outcome in examined.outcomes.items() if outcome == "wrong"}
    assert {"token_version", "health", "consent", "signed_in_get", "tools"} == wrong
    assert 1 == examined.status


def test_the_settings_examined_are_those_the_running_app_was_given(running: Tenant):
    file = running.layout.app_settings_file

    given = json.loads(file.read_text())

    assert {**app_settings(running.layout), **running.app_settings} == given
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)


def test_wrong_settings_of_a_running_app_are_told_in_its_words(doctor: Doctor, mended: Tenant):
    file = mended.layout.app_settings_file
    usual = file.read_text()
    file.write_text(json.dumps({**json.loads(usual), "TOOL_TIMEOUT_SECONDS": "0", "RATE_LIMIT": "often"}))

    examined = doctor("--folder", mended.layout.folder, "--json")

    file.write_text(usual)
    found = examined.outcomes
    assert ("wrong", 1) == (found["settings"], examined.status)
    assert all(f"{name} " in examined.text for name in ("TOOL_TIMEOUT_SECONDS", "RATE_LIMIT"))
    # The challenge says whose app it is, so the directory is examined all the same.
    assert {"ok"} == {found[name] for name in ("scope", "clients", "consent", "challenge", "metadata")}


def test_a_tenant_that_left_no_settings_is_to_be_started_again(doctor: Doctor, mended: Tenant):
    file = mended.layout.app_settings_file
    aside = file.rename(file.with_suffix(".aside"))

    examined = doctor("--folder", mended.layout.folder)

    aside.rename(file)
    assert 3 == examined.status
    assert "mend: Start it again: make run" in examined.text


def test_a_configuration_is_examined_with_the_operators_sign_in(
    doctor: Doctor, running: Tenant, settings_file: Path, az: FakeAz, monkeypatch: pytest.MonkeyPatch
):
    wanted = {"user": "ana", "resource": "graph", "scopes": ["Directory.Read.All"]}
    issued = control(running.layout, "entra", "POST", "entra/issue", wanted)
    az.answer("account get-access-token --resource-type ms-graph", {"accessToken": issued["access_token"]})
    monkeypatch.setenv("SSL_CERT_FILE", str(running.layout.ca_file))

    examined = doctor("--folder", az.folder, "--settings", settings_file, "--json")

    assert {name: "ok" for name, check in CHECKS.items() if check.area != "Server"} == examined.outcomes
    assert 0 == examined.status
    assert [["--tenant", organisation().tenant_id]] == [asked[4:6] for asked in az.asked]


@pytest.mark.parametrize(
    ("given", "tools"),
    [
        ({}, tool_counts.ALL),
        ({"WEBSITE_HOSTNAME": " "}, tool_counts.ALL),
        ({"WEBSITE_HOSTNAME": "127.0.0.1:7072"}, tool_counts.ALL),
        ({"WEBSITE_HOSTNAME": "app.azurewebsites.net"}, tool_counts.LEAN_READING),
    ],
)
def test_without_a_host_name_the_app_is_described_as_under_core_tools(
    doctor: Doctor, running: Tenant, tmp_path: Path, az: FakeAz, given: dict[str, str], tools: int
):
    values = app_settings(running.layout)
    del values["WEBSITE_HOSTNAME"], values["ENABLE_WRITE_TOOLS"]
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Host": {"LocalHttpPort": 7099}, "Values": {**values, **given}}))

    examined = doctor("--folder", az.folder, "--settings", file)

    assert f"offers {tools} tools" in examined.text


def test_a_configuration_without_a_login_is_not_called_healthy(
    doctor: Doctor, settings_file: Path, az: FakeAz
):
    az.answer("account", errors="ERROR: Please run 'az login' to setup account.", status=1)

    examined = doctor("--folder", az.folder, "--settings", settings_file)

    assert 3 == examined.status
    assert "mend: az login --tenant" in examined.text


def test_a_settings_file_that_cannot_be_read_is_the_finding(doctor: Doctor, tmp_path: Path):
    file = tmp_path / "local.settings.json"
    file.write_text("{")

    examined = doctor("--folder", tmp_path, "--settings", file)

    assert 3 == examined.status
    assert "cannot be read as JSON" in examined.text


def test_a_server_on_this_machine_is_examined_with_the_settings_file(
    doctor: Doctor, running: Tenant, settings_file: Path, az: FakeAz, monkeypatch: pytest.MonkeyPatch
):
    az.answer("account", errors="ERROR: Please run 'az login' to setup account.", status=1)

    examined = doctor(
        "--folder", az.folder, "--settings", settings_file, "--url", running.layout.host, "--json"
    )

    found = examined.outcomes
    assert {"ok"} == {
        found[name] for name in ("settings", "address", "health", "challenge", "spoofed_principal")
    }
    assert {"unknown"} == {found[name] for name in ("registration", "consent", "tools")}


def test_a_deployment_nobody_reaches_is_told_and_nothing_breaks(doctor: Doctor, tmp_path: Path, az: FakeAz):
    az.answer("functionapp list", [])

    examined = doctor("--folder", tmp_path, "--url", "https://mcp.invalid")

    assert 1 == examined.status
    assert "No host is called mcp.invalid." in examined.text
    assert "No function app of your subscription is called mcp.invalid." in examined.text


async def test_a_deployments_settings_are_those_azure_has(setup: DoctorSetup, az: FakeAz):
    settings = {
        **app_settings(setup.layout),
        **_PROXY,
        "TOOLS": "mail",
        "AZURE_CLIENT_ID": "",
        "SSL_CERT_FILE": "/there.pem",
    }
    # That is for the platform to add.
    del settings["WEBSITE_AUTH_CLIENT_ID"]
    registration = {"clientId": organisation().server_client_id}
    az.answer(
        "functionapp list", [{"id": "/mcp", "name": "mcp", "group": "rg", "host": "mcp.test", "hosts": None}]
    )
    az.answer(
        "functionapp config appsettings list",
        [{"name": name, "value": value} for name, value in settings.items()],
    )
    az.answer(
        "rest",
        {"properties": {"identityProviders": {"azureActiveDirectory": {"registration": registration}}}},
    )

    target = await command._deployment(setup.layout.mcp_url, setup.http)

    assert (None, ()) == (target.unknown_settings, target.app.problems)
    assert 0 < len(target.app.tools or ()) < tool_counts.LEAN_READING
    assert organisation().server_client_id == (await target.identity()).client_id
    assert "--name mcp --resource-group rg" == target.azure_app
    assert registration == command.easy_auth_registration(target.easy_auth or {})
    assert ("app", "https://mcp.test") == (target.proxy.mode, target.proxy.origin)


@pytest.mark.parametrize("with_url", [False, True])
def test_a_configuration_with_a_sign_in_proxy_is_examined_with_it(
    doctor: Doctor, running: Tenant, settings_file: Path, az: FakeAz, with_url: bool
):
    az.answer("account", errors="ERROR: Please run 'az login' to setup account.", status=1)
    document = json.loads(settings_file.read_text())
    document["Values"] |= {**_PROXY, "SIGN_IN_ORIGIN": running.layout.host}
    settings_file.write_text(json.dumps(document))
    address = ["--url", running.layout.host] if with_url else []

    found = doctor("--folder", az.folder, "--settings", settings_file, *address, "--json").outcomes

    assert ("ok", "unknown") == (found["sign_in_settings"], found["sign_in_registration"])
    assert with_url == ("sign_in_metadata" in found)


def test_a_local_tenant_with_a_sign_in_proxy_is_examined_with_it(doctor: Doctor, mended: Tenant):
    file = mended.layout.app_settings_file
    usual = file.read_text()
    origin = {**_PROXY, "SIGN_IN_ORIGIN": mended.layout.host}
    file.write_text(json.dumps({**json.loads(usual), **origin}))

    examined = doctor("--folder", mended.layout.folder, "--json")

    file.write_text(usual)
    # The app that runs was started without one.
    assert ("ok", "wrong") == (examined.outcomes["sign_in_settings"], examined.outcomes["sign_in_metadata"])


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        ("https://mcp.test", "https://mcp.test/runtime/webhooks/mcp"),
        ("https://mcp.test/", "https://mcp.test/runtime/webhooks/mcp"),
        ("https://mcp.test/runtime/webhooks/mcp/", "https://mcp.test/runtime/webhooks/mcp"),
        ("http://localhost:7072", "http://localhost:7072/runtime/webhooks/mcp"),
        ("https://gateway.test/mcp", "https://gateway.test/mcp"),
    ],
)
def test_a_server_is_named_by_its_address_or_by_that_of_its_mcp_endpoint(given: str, endpoint: str):
    assert endpoint == command._server_url(given)


@pytest.mark.parametrize(
    "given", ["mcp.test", "ftp://mcp.test", "https://", "https://x:y", "https://u@x", "https://x?y"]
)
def test_what_is_no_address_of_a_server_is_refused(given: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        command_line._parser().parse_args(["doctor", "--url", given])

    assert 2 == ended.value.code
    assert "not the URL of a server such as https://<host>" in capsys.readouterr().err
