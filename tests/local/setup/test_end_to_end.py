"""`python -m local setup` against a running local Entra, which goes by what it makes, and doctor after it.

The stand-in for the Azure CLI passes on to the local Entra what changes in its directory, and signs in there.
"""

import asyncio
import json
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.doctor.check_result import CannotCheckError
from local.doctor.local_sign_in import LocalSignIn
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import control
from tests.local.setup.conftest import Setup
from tests.local.setup.managed_directory import DEVOPS, GRAPH, ManagedDirectory
from tests.local.setup.stand_in_az import AzFailedError, StandInAz

ROOT = Path(__file__).resolve().parents[3]
APIS = {GRAPH: "graph", DEVOPS: "devops"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with Tenant(tmp_path_factory.mktemp("set-up")) as tenant:
        yield tenant


class PassedOn:
    """Makes the local Entra go by the one application of a directory, or by none."""

    def __init__(self, tenant: Tenant, directory: ManagedDirectory) -> None:
        self._layout = tenant.layout
        self._directory = directory
        self._consented: list[dict[str, Any]] = []
        for key in APIS.values():
            published = control(self._layout, "entra", "GET", "entra/directory")["oauth2PermissionGrants"]
            for scopes in [each["scope"].split() for each in published]:
                self._forget(key, scopes)
        self()

    def __call__(self) -> None:
        application = next(iter(self._directory.applications.values()), None)
        api = application["api"] if application else {}
        self._post(
            "registration",
            {
                "token_version": api.get("requestedAccessTokenVersion") or 1,
                "identifier_uris": application["identifierUris"] if application else [],
                "scopes": {
                    each["value"]: each["isEnabled"] for each in api.get("oauth2PermissionScopes", [])
                },
            },
        )
        clients = [each["appId"] for each in api.get("preAuthorizedApplications", [])]
        self._post("registration", {"pre_authorized": clients, "requested": self._requested(application)})
        for consent in self._consented:
            self._post("consent", {**consent, "granted": False})
        self._consented = [
            {
                "user": "ana" if grant["consentType"] == "Principal" else None,
                "resource": key,
                "scopes": grant["scope"].split(),
            }
            for grant in self._directory.grants.values()
            for app_id, key in APIS.items()
            if grant["resourceId"] == self._directory.principal_of(app_id)["id"]
        ]
        for consent in self._consented:
            self._post("consent", consent)

    def _requested(self, application: dict[str, Any] | None) -> dict[str, list[str]]:
        requested: dict[str, list[str]] = {key: [] for key in APIS.values()}
        for each in application["requiredResourceAccess"] if application else []:
            principal = self._directory.principal_of(each["resourceAppId"])
            names = {scope["id"]: scope["value"] for scope in principal["oauth2PermissionScopes"]}
            requested[APIS[each["resourceAppId"]]] = [
                names[access["id"]] for access in each["resourceAccess"]
            ]
        return requested

    def _forget(self, key: str, scopes: list[str]) -> None:
        for user in (None, *(user.alias for user in organisation().users)):
            self._post("consent", {"user": user, "resource": key, "scopes": scopes, "granted": False})

    def _post(self, name: str, body: dict[str, Any]) -> None:
        control(self._layout, "entra", "POST", f"entra/{name}", body)


@pytest.fixture
def passed_on(
    running: Tenant, directory: ManagedDirectory, az: StandInAz, file: Path, monkeypatch: pytest.MonkeyPatch
) -> PassedOn:
    layout = running.layout
    directory.new_app_id = lambda: organisation().server_client_id
    directory.new_secret = lambda: layout.secret("client_secret")
    az.cloud, az.authority, az.graph = "Larkspur", layout.entra, layout.graph

    async def token(words: list[str]) -> str:
        tls = ssl.create_default_context(cafile=str(layout.ca_file))
        async with httpx.AsyncClient(verify=tls, trust_env=False) as http:
            sign_in = LocalSignIn(layout, organisation().user("ana"), http)
            given = dict(zip(words[::2], words[1::2], strict=True))
            assert given["--tenant"] == organisation().tenant_id
            if given.get("--resource-type") == "ms-graph":
                return await sign_in.graph_token()
            return await sign_in.server_token(given["--scope"])

    def in_its_words(words: list[str]) -> str:
        try:
            return asyncio.run(token(words))
        except CannotCheckError as error:
            raise AzFailedError(str(error)) from error

    az.token = in_its_words
    monkeypatch.setenv("SSL_CERT_FILE", str(layout.ca_file))
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    file.write_text(json.dumps({"Values": {"SSL_CERT_FILE": str(layout.ca_file)}}))
    passed_on = PassedOn(running, directory)
    directory.after_change = passed_on
    return passed_on


def test_a_tenant_is_set_up_proved_and_examined(
    real_setup: Setup,
    directory: ManagedDirectory,
    passed_on: PassedOn,
    running: Tenant,
    values: Callable[[], dict[str, Any]],
):
    said = real_setup("--tools", "mail,calendar,work_items,profile")

    assert (0, "") == (said.status, said.err), said.out
    assert "was exchanged on behalf of ana.duarte@larkspur.example; Microsoft Graph takes it." in said.out
    assert "0 WRONG, 0 could not check" in said.out
    assert running.layout.secret("client_secret") not in said.out
    assert running.layout.entra == values()["AZURE_AUTHORITY_HOST"]

    before = len(directory.changes)
    again = real_setup()
    assert (0, []) == (again.status, directory.changes[before:])
    assert "Nothing to do" in again.out

    removed = real_setup("--remove")
    assert (0, "") == (removed.status, removed.err)
    assert not directory.applications
    assert "AZURE_CLIENT_SECRET" not in values()


def test_a_secret_that_entra_does_not_take_is_told_with_its_cure(
    real_setup: Setup, directory: ManagedDirectory, passed_on: PassedOn
):
    directory.new_secret = lambda: "Other.secret~than_the-one-entra-knows"

    said = real_setup("--tools", "profile")

    assert 1 == said.status
    assert "AADSTS7000215" in said.err
    assert "Mend: The secret is not the registration's" in said.err
    assert 1 == len(said.err.splitlines())


def test_a_client_that_entra_does_not_let_in_is_told_with_its_cure(
    real_setup: Setup, directory: ManagedDirectory, passed_on: PassedOn, running: Tenant
):
    def forgetful() -> None:
        passed_on()
        control(running.layout, "entra", "POST", "entra/registration", {"pre_authorized": []})

    directory.after_change = forgetful

    said = real_setup("--tools", "profile")

    assert 1 == said.status
    assert "AADSTS65001" in said.err
    assert "again in 0 s" in said.out


def test_without_the_azure_cli_among_the_clients_nothing_is_called_proved(
    real_setup: Setup, directory: ManagedDirectory, passed_on: PassedOn
):
    said = real_setup("--tools", "profile", "--clients", "vscode")

    assert "Not proved: the Azure CLI" in said.out
    assert "was exchanged" not in said.out


def test_a_token_of_somebody_else_is_no_proof(
    real_setup: Setup, directory: ManagedDirectory, passed_on: PassedOn
):
    directory.person_id = organisation().user("ben").object_id

    said = real_setup("--tools", "profile")

    assert 1 == said.status
    assert "a token of somebody else" in said.err


def test_an_interrupt_ends_the_command_and_the_azure_cli(az: StandInAz, file: Path):
    """As Ctrl-C does in a terminal, to which all of them belong."""
    reached, released = threading.Event(), threading.Event()

    def hang(_: list[str]) -> None:
        reached.set()
        released.wait(60)

    az.before = hang
    command = [sys.executable, "-m", "local", "setup", "--yes", "--settings", str(file)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        assert reached.wait(60)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=20)
        released.set()

    assert (130, "Stopped.") == (running.returncode, errors.strip()[:8])
    assert "Traceback" not in errors
    assert not file.exists()
