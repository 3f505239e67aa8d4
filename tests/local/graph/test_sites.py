import httpx
import pytest

from .conftest import Sandbox, code, everything

HARBOUR = "/sites/larkspur.sharepoint.com:/sites/harbour-ops"
INCIDENTS = f"{HARBOUR}:/lists/Incidents"
HONOR = {"Prefer": "HonorNonIndexedQueriesWarningMayFailRandomly"}


async def test_sites_are_found_by_words_if_one_may_enter(untouched: Sandbox, ana: httpx.AsyncClient):
    async with untouched.client("hugo") as hugo:
        his = (await hugo.get("/sites?search=budget")).json()["value"]

    assert ["Engineering"] == [
        site["displayName"] for site in (await ana.get("/sites?search=engine")).json()["value"]
    ]
    assert [] == (await ana.get("/sites?search=budget")).json()["value"]
    assert ["Finance"] == [site["displayName"] for site in his]


async def test_a_site_is_the_same_by_path_and_by_id(ana: httpx.AsyncClient):
    by_path = (await ana.get(HARBOUR)).json()
    by_id = (await ana.get(f"/sites/{by_path['id']}")).json()

    assert by_path == by_id
    assert 2 == by_path["id"].count(",")
    assert "Larkspur Ferries" == (await ana.get("/sites/root")).json()["displayName"]
    assert by_path["id"] == (await ana.get(f"{HARBOUR}:")).json()["id"]


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/sites/larkspur.sharepoint.com:/sites/finance", (403, "accessDenied")),
        ("/sites/larkspur.sharepoint.com:/sites/nowhere", (404, "itemNotFound")),
        ("/sites/northwind.sharepoint.com:/sites/finance", (400, "invalidRequest")),
        (f"{HARBOUR}:/lists/Nothing", (404, "itemNotFound")),
        (f"{INCIDENTS}/items/9999", (404, "itemNotFound")),
        ("/sites", (400, "invalidRequest")),
    ],
)
async def test_what_is_not_there_or_not_open_is_refused(
    ana: httpx.AsyncClient, path: str, refusal: tuple[int, str]
):
    assert refusal == code(await ana.get(path))


async def test_followed_sites_are_the_users_own(ana: httpx.AsyncClient):
    followed = (await ana.get("/me/followedSites")).json()["value"]

    assert ["Engineering", "Harbour Operations"] == [site["displayName"] for site in followed]


async def test_hidden_lists_show_only_with_system(ana: httpx.AsyncClient):
    path = "/sites/larkspur.sharepoint.com:/sites/engineering:/lists"
    plain = (await ana.get(path)).json()["value"]
    system = (await ana.get(f"{path}?$select=displayName,list,system")).json()["value"]

    assert ["Releases", "Service owners", "Documents"] == [each["displayName"] for each in plain]
    assert "AppCatalogCache" in [each["displayName"] for each in system]


async def test_columns_have_internal_names_and_choices(ana: httpx.AsyncClient):
    columns = {each["name"]: each for each in (await ana.get(f"{INCIDENTS}/columns")).json()["value"]}

    assert "Delay (minutes)" == columns["DelayMinutes"]["displayName"]
    assert ["Low", "Medium", "High", "Critical"] == columns["Severity"]["choice"]["choices"]
    assert (True, False) == (columns["Status"]["indexed"], columns["Severity"]["indexed"])


async def test_items_show_columns_only_when_expanded(ana: httpx.AsyncClient):
    plain = (await ana.get(f"{INCIDENTS}/items?$top=1")).json()["value"][0]
    chosen = (
        await ana.get(f"{INCIDENTS}/items?$top=1&$expand=fields($select=Title,Status)&$select=id")
    ).json()["value"][0]

    assert "fields" not in plain
    assert {"Title", "Status", "@odata.etag"} == set(chosen["fields"])
    assert "createdBy" not in chosen


async def test_there_are_120_incidents(ana: httpx.AsyncClient):
    items, sizes = await everything(ana, f"{INCIDENTS}/items?$expand=fields&$top=50")

    assert ([50, 0, 50, 20], 120) == (sizes, len({item["id"] for item in items}))


async def test_a_filter_on_an_indexed_column_is_free(ana: httpx.AsyncClient):
    params = {"$expand": "fields", "$filter": "fields/Status eq 'In progress'"}
    items = (await ana.get(f"{INCIDENTS}/items", params=params)).json()["value"]

    assert {"In progress"} == {item["fields"]["Status"] for item in items}


async def test_a_filter_on_another_column_is_at_the_clients_risk(ana: httpx.AsyncClient):
    params = {"$expand": "fields", "$filter": "fields/Severity eq 'Critical'"}
    refused = await ana.get(f"{INCIDENTS}/items", params=params)
    honoured = await ana.get(f"{INCIDENTS}/items", params=params, headers=HONOR)
    unknown = await ana.get(f"{INCIDENTS}/items", params={"$filter": "fields/Mood eq 'good'"}, headers=HONOR)

    assert (400, "invalidRequest") == code(refused)
    assert ["Manifest of the 05:30 sailing misses foot passengers"] == [
        item["fields"]["Title"] for item in honoured.json()["value"]
    ]
    assert "Mood" in unknown.json()["error"]["message"]


async def test_items_can_be_ordered_and_compared(ana: httpx.AsyncClient):
    params = {
        "$expand": "fields",
        "$filter": "fields/DelayMinutes gt 20 and fields/Vessel eq 'Skylark'",
        "$orderby": "fields/Opened desc",
    }
    items = (await ana.get(f"{INCIDENTS}/items", params=params, headers=HONOR)).json()["value"]
    opened = [item["fields"]["Opened"] for item in items]

    assert opened == sorted(opened, reverse=True)
    assert all(item["fields"]["DelayMinutes"] > 20 for item in items)
    assert items


async def test_an_item_is_made_and_changed_in_its_current_version(writer: httpx.AsyncClient):
    created = await writer.post(
        f"{INCIDENTS}/items", json={"fields": {"Title": "Gate 1 stuck", "Severity": "Low", "Status": "Open"}}
    )
    item = created.json()
    path = f"{INCIDENTS}/items/{item['id']}/fields"
    changed = await writer.patch(path, json={"Status": "Closed"}, headers={"If-Match": item["@odata.etag"]})
    stale = await writer.patch(path, json={"Status": "Open"}, headers={"If-Match": item["eTag"]})

    assert (201, "Gate 1 stuck", "Ana Duarte") == (
        created.status_code,
        item["fields"]["Title"],
        item["createdBy"]["user"]["displayName"],
    )
    assert (200, "Closed", "Gate 1 stuck") == (
        changed.status_code,
        changed.json()["Status"],
        changed.json()["Title"],
    )
    assert (412, "resourceModified") == code(stale)
    assert "entityTagDoesNotMatch" == stale.json()["error"]["innerError"]["code"]


@pytest.mark.parametrize(
    "fields",
    [
        {"Mood": "good", "Title": "x"},
        {"Severity": "Huge", "Title": "x"},
        {"DelayMinutes": "five", "Title": "x"},
        {"Status": "Open"},
        {"Title": None},
        None,
    ],
)
async def test_a_bad_item_is_refused(writer: httpx.AsyncClient, fields: object):
    assert (400, "invalidRequest") == code(await writer.post(f"{INCIDENTS}/items", json={"fields": fields}))


async def test_an_item_can_be_deleted(writer: httpx.AsyncClient):
    stale = await writer.delete(f"{INCIDENTS}/items/1", headers={"If-Match": '"old,1"'})
    deleted = await writer.delete(f"{INCIDENTS}/items/1")

    assert (412, 204) == (stale.status_code, deleted.status_code)
    assert 404 == (await writer.get(f"{INCIDENTS}/items/1")).status_code


async def test_the_items_of_a_library_are_its_files(ana: httpx.AsyncClient):
    items = f"{HARBOUR}:/lists/Documents/items"
    params = {"$expand": "fields", "$filter": "fields/FileLeafRef eq 'gate-log.csv'"}
    [found] = (await ana.get(items, params=params)).json()["value"]
    again = (await ana.get(f"{items}/{found['id']}?$expand=fields")).json()

    assert ("Document", "gate-log.csv") == (found["contentType"]["name"], again["fields"]["FileLeafRef"])
    assert (404, "itemNotFound") == code(await ana.get(f"{items}/9999"))


async def test_reading_permissions_do_not_write(sandbox: Sandbox):
    async with sandbox.client("chiara", scopes="Sites.Read.All") as client:
        assert (403, "accessDenied") == code(
            await client.post(f"{INCIDENTS}/items", json={"fields": {"Title": "x"}})
        )


@pytest.mark.parametrize("given", ["*", "O'Brien", "finance 2026"])
async def test_odata_search_of_sites_is_a_syntax_error(ana: httpx.AsyncClient, given: str):
    assert (400, "BadRequest") == code(await ana.get("/sites", params={"$search": given}))


async def test_odata_search_of_sites_finds_nothing(ana: httpx.AsyncClient):
    assert [] == (await ana.get("/sites", params={"$search": "harbour"})).json()["value"]
