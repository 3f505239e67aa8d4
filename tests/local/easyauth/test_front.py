"""The front as a process of its own: the local tenant signs in, and an app without Easy Auth is behind."""

import asyncio
import contextlib
import dataclasses
import json
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import certifi
import httpx
import pytest

from local.demo import text
from local.easyauth.errors import FrontError
from local.easyauth.front import listeners
from local.mcp_client import CLIENT_ID, connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.local.easyauth.serving import served

ROOT = Path(__file__).resolve().parents[3]
LIMIT = 30
MCP = "/runtime/webhooks/mcp"
VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
NOT_ALLOWED = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


class Front:
    """`python -m local easyauth` with these options; it stands when its constructor returns."""

    def __init__(self, *options):
        command = [sys.executable, "-m", "local", "easyauth", *map(str, options)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        self.url = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Easy Auth stands at "):
                self.url = line.split()[4]
            if "Ctrl-C ends it." in line:
                return
        raise AssertionError(f"the front does not stand:\n{self.said}{self.process.stderr.read()}")

    def interrupt(self):
        """Press Ctrl-C; returns the exit status and what it wrote since it stood."""
        self.process.send_signal(signal.SIGINT)
        said, complained = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, said, complained

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture(scope="module")
def tenant(tmp_path_factory):
    with Tenant(tmp_path_factory.mktemp("tenant")) as tenant:
        # Clients sign in for the host's address, so that is where the front will stand.
        tenant.stop("host")
        yield tenant


@pytest.fixture(scope="module")
def settings_file(tenant):
    file = tenant.layout.folder / "local.settings.json"
    values = {
        "AZURE_TENANT_ID": organisation().tenant_id,
        "AZURE_CLIENT_ID": organisation().server_client_id,
        "AZURE_AUTHORITY_HOST": tenant.layout.entra,
        "ALLOWED_CLIENT_IDS": f"{CLIENT_ID},{VS_CODE}",
        "SSL_CERT_FILE": str(tenant.layout.ca_file),
    }
    file.write_text(json.dumps({"IsEncrypted": False, "Values": values}))
    return file


@pytest.fixture(scope="module")
def stand(settings_file):
    """Starts a front with the tenant's settings, before the server at a URL."""
    with contextlib.ExitStack() as stack:

        def start(upstream, *options):
            front = Front("--settings", settings_file, "--upstream", upstream, *options)
            stack.callback(front.close)
            return front

        yield start


@pytest.fixture(scope="module")
def front(tenant, stand):
    """The front at the address of the tenant's host, before a function app that has nothing in front."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.local.easyauth.bare_host", str(tenant.layout.folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as host:
        port = host.stdout.readline().strip()
        yield stand(f"http://localhost:{port}", "--port", tenant.layout.host.rpartition(":")[2])
        host.terminate()


@pytest.fixture(scope="module")
async def http(tenant):
    tls = ssl.create_default_context(cafile=str(tenant.layout.ca_file))
    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=LIMIT) as http:
        yield http


@pytest.fixture
def bearer(tenant, http):
    """Makes the header of a token that the tenant's Entra signs."""

    async def make(**wanted):
        issued = await http.post(f"{tenant.layout.entra}/_control/entra/issue", json=wanted)
        token = issued.raise_for_status().json()["access_token"]
        return {"Authorization": f"Bearer {token}", "Accept": "*/*"}

    return make


async def test_a_client_signs_in_by_the_challenge_and_calls_a_tool(tenant, front):
    async with (
        asyncio.timeout(LIMIT),
        connected(dataclasses.replace(tenant.layout, host=front.url), organisation().user("ana")) as (
            client,
            journey,
        ),
    ):
        result = await client.call_tool("get_user_context", {})

    assert not result.is_error
    assert "display name: Ana Duarte" in text(result)
    assert f"api://{organisation().server_client_id}/access_as_user" == journey.tokens.scope


async def test_who_has_no_token_is_sent_to_the_issuer(tenant, front, http):
    refused = await http.post(
        f"{front.url}{MCP}", headers={"X-MS-CLIENT-PRINCIPAL-ID": "somebody"}, json=PING
    )
    metadata = await http.get(refused.headers["www-authenticate"].split('resource_metadata="')[1].rstrip('"'))

    assert (401, b"") == (refused.status_code, refused.content)
    assert {
        "resource": f"{front.url}{MCP}",
        "authorization_servers": [f"{tenant.layout.entra}/{organisation().tenant_id}/v2.0"],
        "scopes_supported": [f"api://{organisation().server_client_id}/access_as_user"],
    } == metadata.json()


async def test_a_client_outside_the_list_is_forbidden(front, http, bearer):
    let_in = await http.post(f"{front.url}{MCP}", headers=await bearer(client_id=VS_CODE), json=PING)
    refused = await http.post(f"{front.url}{MCP}", headers=await bearer(client_id=NOT_ALLOWED), json=PING)

    assert (200, 403) == (let_in.status_code, refused.status_code)


async def test_health_is_anonymous(front, http):
    answered = await http.get(f"{front.url}/api/health")

    assert (200, {"status": "ok"}) == (answered.status_code, answered.json())


async def test_a_new_signing_key_is_fetched(tenant, front, http, bearer):
    await http.post(f"{tenant.layout.entra}/_control/entra/rotate-keys")

    answered = await http.post(f"{front.url}{MCP}", headers=await bearer(), json=PING)

    assert 200 == answered.status_code


async def test_an_option_goes_before_the_setting(stand, http, bearer):
    front = stand("http://localhost:1", "--port", "0", "--allowed-clients", NOT_ALLOWED, "--scope", "use")

    refused = await http.get(f"{front.url}/x", headers=await bearer(client_id=VS_CODE))
    let_in = await http.get(f"{front.url}/x", headers=await bearer(client_id=NOT_ALLOWED))

    assert 403 == refused.status_code
    assert (502, True) == (let_in.status_code, "func start" in let_in.text)
    status, said, _ = front.interrupt()
    assert 130 == status
    assert f"api://{organisation().server_client_id}/use" in front.said
    assert "allowedApplications: the client app the token was issued to is not in ALLOWED_CLIENT_IDS" in said
    assert "upstream  /x  ConnectError" in said


async def test_ctrl_c_ends_it_in_the_middle_of_a_stream(stand, http, bearer):
    left = asyncio.Event()

    async def endless(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        assert "http.disconnect" == (await receive())["type"]
        left.set()

    async with asyncio.timeout(LIMIT), served(endless) as upstream:
        front = stand(upstream, "--port", "0")
        async with http.stream("POST", f"{front.url}/x", headers=await bearer()) as answered:
            assert b"data: 1\n\n" == await anext(answered.aiter_raw())
            status, _, complained = await asyncio.to_thread(front.interrupt)
            await left.wait()

    assert 130 == status
    assert "Traceback" not in complained


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tenant", "<directory (tenant) id>"], "AZURE_TENANT_ID still has the placeholder"),
        (["--client-id", "my app"], "AZURE_CLIENT_ID must be a GUID"),
        (["--tenant", "0badc0de-1111-4222-8333-444455556666"], "Check AZURE_TENANT_ID"),
        (["--ca-file", certifi.where()], "CERTIFICATE_VERIFY_FAILED"),
    ],
)
def test_what_cannot_work_is_said_before_any_client_comes(settings_file, options, said):
    refused = subprocess.run(
        [sys.executable, "-m", "local", "easyauth", "--port", "0", "--settings", settings_file, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )

    assert 1 == refused.returncode
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(FrontError, match=f"Port {port} of localhost .* choose another with --port"):
            listeners(port)
