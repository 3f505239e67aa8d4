"""Every listener of a running tenant refuses what a page of another site makes a browser send."""

import httpx
import pytest

from local.tenant import LISTENERS, Tenant

OWN = [
    name
    for service, names in LISTENERS.items()
    # Azurite is not ours; the trace page has stricter rules, and tests of its own.
    if service not in ("tables", "trace")
    for name in names
]


@pytest.mark.parametrize("name", OWN)
async def test_a_listener_serves_its_own_machine_alone(tenant: Tenant, http: httpx.AsyncClient, name: str):
    url = getattr(tenant.layout, name)
    foreign = [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]

    # The journal too, as it is the most a stranger could want of it.
    for path in ("/", "/_control/journal", "/runtime/webhooks/mcp"):
        own = await http.get(url + path)
        refused = [await http.get(url + path, headers=headers) for headers in foreign]

        assert 403 != own.status_code or "this listener" not in own.text
        assert [403] * 3 == [response.status_code for response in refused]
        assert all("this listener serves its own machine alone" in response.text for response in refused)
