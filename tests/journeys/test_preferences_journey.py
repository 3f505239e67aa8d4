"""Preferences in a real table service: Microsoft's emulator, with tokens of the managed identity."""

import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from local import tables
from local.organisation import organisation
from local.tenant import Tenant
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.storage.preference_store import Preferences
from shared.storage.table_preferences import TablePreferences
from shared.storage.table_requests import STORAGE_RESOURCE
from tests.journeys.conftest import started
from tests.journeys.steps import call, error_of

pytestmark = pytest.mark.skipif(not tables.installed(), reason="Azurite is not installed: make azurite")

HERE, ELSEWHERE = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
ONE, OTHER = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
NOTHING = Preferences().model_dump()


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant whose host and table service are stopped and started."""
    yield from started(tmp_path_factory, "keeping")


@pytest.fixture
async def connections(keeping: Tenant) -> AsyncIterator[Http]:
    http = Http.open(ssl.create_default_context(cafile=str(keeping.layout.ca_file)))
    yield http
    await http.close()


@pytest.fixture
def store(keeping: Tenant, connections: Http) -> TablePreferences:
    """The app's own store, over the running table service."""
    return TablePreferences(connections, tables.table_url(keeping.layout), token=lambda: token(keeping))


def token(tenant: Tenant, resource: str = STORAGE_RESOURCE) -> str:
    """The managed identity's token for a resource."""
    response = httpx.get(
        f"{tenant.layout.identity}/msi/token",
        params={
            "api-version": "2019-08-01",
            "resource": resource,
            "client_id": organisation().document["managed_identity"]["client_id"],
        },
        headers={"X-IDENTITY-HEADER": tenant.layout.secret("identity_header")},
        trust_env=False,
    )
    return str(response.json()["access_token"])


async def preferences(tenant: Tenant, alias: str) -> Any:
    return (await call(tenant.layout, alias, "get_preferences")).structured_content


async def test_preferences_outlive_the_host_and_are_one_users_alone(keeping: Tenant):
    """Set, set more, restart the host, clear."""
    await call(keeping.layout, "ana", "set_preferences", organization="larkspur", project="Tidewater")
    added = await call(keeping.layout, "ana", "set_preferences", time_zone="Europe/Lisbon", project="Quay")

    keeping.stop("host")
    keeping.start("host")
    afterwards = await preferences(keeping, "ana")
    of_another = await preferences(keeping, "ben")
    cleared = await call(keeping.layout, "ana", "set_preferences", clear=["project", "time_zone"])

    wanted = {**NOTHING, "organization": "larkspur", "project": "Quay", "time_zone": "Europe/Lisbon"}
    assert wanted == added.structured_content
    assert wanted == afterwards
    assert NOTHING == of_another
    assert {**NOTHING, "organization": "larkspur"} == cleared.structured_content
    assert cleared.structured_content == await preferences(keeping, "ana")


async def test_a_table_service_that_is_gone_is_named_and_forgiven(keeping: Tenant):
    keeping.stop("tables")
    gone = error_of(await call(keeping.layout, "chiara", "get_preferences"))
    keeping.start("tables")

    assert ("unavailable", "Azure Table Storage could not be reached.") == (gone["code"], gone["message"])
    assert NOTHING == await preferences(keeping, "chiara")


async def test_users_and_tenants_are_kept_apart(store: TablePreferences):
    await store.put(HERE, ONE, Preferences(project="one, here"))
    await store.put(HERE, OTHER, Preferences(project="other, here"))
    await store.put(ELSEWHERE, ONE, Preferences(project="one, elsewhere"))

    kept = [await store.get(*ids) for ids in ((HERE, ONE), (HERE, OTHER), (ELSEWHERE, ONE))]

    assert ["one, here", "other, here", "one, elsewhere"] == [each.project for each in kept]
    assert Preferences() == await store.get(ELSEWHERE, OTHER)


async def test_what_is_put_replaces_all_before(store: TablePreferences):
    await store.put(HERE, ONE, Preferences(project="Quay", team="Dockers", site="harbour"))
    await store.put(HERE, ONE, Preferences(team="Divers"))

    assert Preferences(team="Divers") == await store.get(HERE, ONE)


@pytest.mark.parametrize(
    "value",
    [
        "'\"<>&\\ {}; --",
        "å 日本語 😀 \u202e\u200b",
        "".join(map(chr, range(1, 32))) + "\x7f\x85\u2028\ufffe",
        " at both ends ",
        "2026-03-05T09:14:00Z",
        "12345678901234567890",
        "true",
        "null",
        '{"odata.type": "Edm.Int32"}',
        "%27%00",
        "x" * 400,
        "😀" * 400,
    ],
    ids=lambda value: value[:12].encode("unicode_escape").decode(),
)
async def test_every_text_comes_back_as_it_was(store: TablePreferences, value: str):
    await store.put(HERE, OTHER, Preferences(project=value, site=value))

    assert Preferences(project=value, site=value) == await store.get(HERE, OTHER)


async def test_a_table_that_is_not_there_is_created_for_the_first_preferences(
    keeping: Tenant, connections: Http
):
    absent = TablePreferences(
        connections, f"{tables.table_url(keeping.layout)}2", token=lambda: token(keeping)
    )

    before = await absent.get(HERE, ONE)
    await absent.put(HERE, ONE, Preferences(site="Quay"))

    assert Preferences() == before
    assert Preferences(site="Quay") == await absent.get(HERE, ONE)
    assert Preferences() == await absent.get(HERE, OTHER)


async def test_a_token_for_another_resource_is_refused(connections: Http, keeping: Tenant):
    url, elsewhere = tables.table_url(keeping.layout), "api://AzureADTokenExchange"
    wrong = TablePreferences(connections, url, token=lambda: token(keeping, elsewhere))

    with pytest.raises(ToolError) as raised:
        await wrong.get(HERE, ONE)

    assert "misconfigured" == raised.value.code
    assert "Storage Table Data Contributor" in raised.value.remedy
