"""The smoke test that follows a deployment, against the running tenant: the real app behind its Easy Auth."""

import json
from pathlib import Path

from local.organisation import organisation
from local.tenant import Tenant
from tests.infra.fake_azure import FakeAzure, failures
from tests.journeys.steps import access_token


async def test_the_tenants_server_passes_as_a_deployed_one_must(tenant: Tenant, tmp_path: Path) -> None:
    azure = FakeAzure(tmp_path)
    azure.signs_in()
    token = await access_token(tenant.layout, "ana")
    azure.answers("az", "get-access-token", "--scope", value={"accessToken": token})
    server = organisation().document["server"]

    done = azure.run(
        "smoke",
        MCP_URL=tenant.layout.mcp_url,
        MCP_SCOPE=f"api://{organisation().server_client_id}/{server['scope']}",
        AZURE_TENANT_ID=organisation().tenant_id,
        # On loopback the app offers writing tools, too.
        ENABLE_WRITE_TOOLS="true",
        TOOLS='["all"]',
        SSL_CERT_FILE=str(tenant.layout.ca_file),
        SMOKE_SECONDS="0.1",
    )

    assert (0, [], "") == (done.returncode, failures(done), done.stderr)
    assert 9 == done.stdout.count("  ok "), json.dumps(done.stdout)
