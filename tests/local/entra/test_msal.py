"""The client libraries the app uses, against the processes as they really run."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path

import httpx
import msal
import pytest
import requests
from azure.identity import ManagedIdentityCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from local import certificates
from local.layout import Layout
from local.organisation import organisation
from tests.local.entra.entra_client import DEVOPS, GRAPH, claims

ROOT = Path(__file__).parents[3]
TENANT = organisation().tenant_id
SERVER = organisation().server_client_id
IDENTITY = organisation().document["managed_identity"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Layout]:
    names = [field.name for field in fields(Layout) if field.name not in ("folder", "entra")]
    urls = {name: f"http://localhost:{free_port()}" for name in names}
    folder = tmp_path_factory.mktemp("running")
    layout = Layout(folder=folder, entra=f"https://localhost:{free_port()}", **urls)
    certificates.prepare(layout)
    layout.save()
    with contextlib.ExitStack() as stack:
        for service in ("entra", "identity"):
            stack.enter_context(process(service, folder))
        for address in (layout.entra_http, layout.identity):
            wait_for(f"{address}/_control/journal")
        yield layout


@contextlib.contextmanager
def process(service: str, folder) -> Iterator[None]:
    started = subprocess.Popen([sys.executable, "-m", "local.serving", service, str(folder)], cwd=ROOT)
    try:
        yield
    finally:
        started.terminate()
        started.wait(10)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx.get(url, trust_env=False).raise_for_status()
            return
        except httpx.ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class PostedForm(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        if tag == "input":
            self.fields[dict(attrs)["name"]] = dict(attrs)["value"]


@pytest.fixture(scope="module")
def http(running) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.ca_file)
        yield session


@pytest.fixture
def client(running, http):
    def make(credential, **options) -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(
            SERVER,
            client_credential=credential,
            authority=f"{running.entra}/{TENANT}",
            instance_discovery=False,
            http_client=http,
            **options,
        )

    return make


@pytest.fixture(scope="module")
def issue(running):
    def issued(**wanted) -> str:
        response = httpx.post(f"{running.entra_http}/_control/entra/issue", json=wanted, trust_env=False)
        return str(response.raise_for_status().json()["access_token"])

    return issued


@pytest.fixture
def managed_identity(running, monkeypatch) -> Iterator[ManagedIdentityCredential]:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{running.identity}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", running.secret("identity_header"))
    monkeypatch.setenv("NO_PROXY", "localhost")
    with ManagedIdentityCredential(client_id=IDENTITY["client_id"]) as credential:
        yield credential


@pytest.fixture(params=["secret", "thumbprint", "certificate", "managed identity"])
def credential(request, running, managed_identity):
    """Every way in which the app can prove itself to Entra."""
    pem = running.app_certificate.read_text()
    fingerprint = x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex()
    return {
        "secret": running.secret("client_secret"),
        "thumbprint": {"private_key": pem, "thumbprint": fingerprint},
        "certificate": {"private_key": pem, "public_certificate": pem},
        "managed identity": {
            "client_assertion": lambda: (
                managed_identity.get_token("api://AzureADTokenExchange/.default").token
            )
        },
    }[request.param]


def test_msal_exchanges_with_every_kind_of_credential(client, credential, issue):
    result = client(credential).acquire_token_on_behalf_of(issue(user="ana"), [f"{GRAPH}/User.Read"])

    assert GRAPH == claims(result["access_token"])["aud"], result
    assert organisation().user("ana").object_id == result["id_token_claims"]["oid"]


def test_msal_declares_its_capabilities(client, running, issue):
    capable = client(running.secret("client_secret"), client_capabilities=["CP1"])
    result = capable.acquire_token_on_behalf_of(issue(user="ana"), [f"{DEVOPS}/.default"])

    assert ["CP1"] == claims(result["access_token"])["xms_cc"]


@pytest.mark.parametrize(
    ("issued", "scope", "error", "aadsts", "suberror"),
    [
        ({"user": "dmitri"}, f"{GRAPH}/User.Read", "invalid_grant", 65001, "consent_required"),
        ({"user": "farid"}, f"{GRAPH}/User.Read", "interaction_required", 50076, "basic_action"),
        ({"lifetime": -600}, f"{GRAPH}/User.Read", "invalid_grant", 500133, None),
        ({"claims": {"aud": "x"}}, f"{GRAPH}/User.Read", "invalid_grant", 500131, None),
        ({}, f"{GRAPH}/Nothing.Read", "invalid_scope", 70011, None),
    ],
)
def test_msal_reports_a_refused_exchange(client, running, issue, issued, scope, error, aadsts, suberror):
    result = client(running.secret("client_secret")).acquire_token_on_behalf_of(issue(**issued), [scope])

    assert (error, [aadsts], suberror) == (result["error"], result["error_codes"], result.get("suberror"))
    assert ("claims" in result) == (aadsts == 50076)


def test_msal_reports_a_wrong_secret(client, issue):
    result = client("wrong").acquire_token_on_behalf_of(issue(user="ana"), [f"{GRAPH}/User.Read"])

    assert ("invalid_client", [7000215]) == (result["error"], result["error_codes"])


def test_msal_reports_a_wrong_assertion(client, issue):
    app_token = issue(claims={"sub": "someone"})
    result = client({"client_assertion": lambda: app_token}).acquire_token_on_behalf_of(
        issue(user="ana"), [f"{GRAPH}/User.Read"]
    )

    assert ("invalid_client", [700213]) == (result["error"], result["error_codes"])


def test_msal_signs_a_public_client_in(running, http):
    client = msal.PublicClientApplication(
        "b7e6a5d4-c3b2-4a19-8f07-6e5d4c3b2a10",
        authority=f"{running.entra}/{TENANT}",
        instance_discovery=False,
        http_client=http,
    )
    scope = f"{running.mcp_url}/access_as_user"
    flow = client.initiate_auth_code_flow(
        [scope],
        redirect_uri="http://localhost:5000",
        login_hint="hugo",
        prompt="none",
        response_mode="form_post",
    )
    form = PostedForm(http.get(flow["auth_uri"]).text)
    result = client.acquire_token_by_auth_code_flow(flow, form.fields)

    assert SERVER == claims(result["access_token"])["aud"], result
    silent = client.acquire_token_silent([scope], client.get_accounts()[0], force_refresh=True)
    assert "Hugo Meier" == claims(silent["access_token"])["name"]


def test_the_journal_of_the_processes_holds_no_token(running, client, issue, managed_identity):
    secret = running.secret("client_secret")
    assertion = issue(user="ana")
    result = client(secret).acquire_token_on_behalf_of(assertion, [f"{GRAPH}/User.Read"])
    handed_out = managed_identity.get_token("api://AzureADTokenExchange/.default").token

    journals = [
        httpx.get(f"{address}/_control/journal", trust_env=False).json()
        for address in (running.entra_http, running.identity)
    ]
    assert all(journals)
    for secret_text in (secret, assertion, result["access_token"], handed_out):
        assert secret_text not in json.dumps(journals)
