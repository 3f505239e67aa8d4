import httpx
import pytest

from .conftest import Conforms, Sandbox, code


def request(kinds: list[str], query: str, **more: object) -> dict[str, object]:
    return {"requests": [{"entityTypes": kinds, "query": {"queryString": query}, **more}]}


async def container(client: httpx.AsyncClient, body: dict[str, object]) -> dict[str, object]:
    return (
        (await client.post("/search/query", json=body))
        .raise_for_status()
        .json()["value"][0]["hitsContainers"][0]
    )


@pytest.mark.parametrize(
    ("kind", "query", "expected"),
    [
        ("message", "subject:red from:ben", "booking-api build is red"),
        ("event", "build 4711", "Read the log of build 4711"),
        ("driveItem", "snet-data-02 filetype:xlsx", "network-plan.xlsx"),
        ("site", "berths", "Harbour Operations"),
        ("list", "incidents", "Incidents"),
        ("listItem", "O'Shea", "Passenger O'Shea could not check in"),
    ],
)
async def test_each_kind_is_found(
    ana: httpx.AsyncClient, conforms: Conforms, kind: str, query: str, expected: str
):
    response = await ana.post("/search/query", json=request([kind], query))
    resource = response.json()["value"][0]["hitsContainers"][0]["hits"][0]["resource"]
    title = resource.get("subject") or resource.get("name") or resource.get("displayName")

    assert f"#microsoft.graph.{kind}" == resource["@odata.type"]
    assert expected in (title, resource.get("displayName"), resource.get("fields", {}).get("title"))
    conforms(response, "POST /search/query")


async def test_a_hit_shows_its_words_marked(ana: httpx.AsyncClient):
    found = await container(ana, request(["message"], '"connection refused"', size=1))

    assert "<c0>connection</c0> <c0>refused</c0>" in found["hits"][0]["summary"].casefold()


async def test_no_hits_are_no_member(ana: httpx.AsyncClient):
    assert {"total": 0, "moreResultsAvailable": False} == await container(
        ana, request(["driveItem"], "zeppelin")
    )


async def test_pages_go_on_from_where_they_stopped(ana: httpx.AsyncClient):
    first = await container(ana, request(["message"], "build", size=25))
    second = await container(ana, request(["message"], "build", size=25, **{"from": 25}))
    last = await container(ana, request(["message"], "build", size=25, **{"from": first["total"] - 1}))
    ids = [hit["hitId"] for hit in first["hits"] + second["hits"]]

    assert (50, 26) == (len(set(ids)), second["hits"][0]["rank"])
    assert (True, False, 1) == (
        first["moreResultsAvailable"],
        last["moreResultsAvailable"],
        len(last["hits"]),
    )


async def test_files_sites_and_lists_combine_and_mail_does_not(ana: httpx.AsyncClient):
    both = await container(ana, request(["driveItem", "site", "listItem"], "cache"))
    refused = await ana.post("/search/query", json=request(["message", "driveItem"], "cache"))

    assert {"#microsoft.graph.driveItem", "#microsoft.graph.listItem"} <= {
        hit["resource"]["@odata.type"] for hit in both["hits"]
    }
    assert (400, "BadRequest") == code(refused)


@pytest.mark.parametrize(
    "body",
    [
        {"requests": []},
        {"requests": [request(["site"], "x")["requests"][0]] * 2},
        request(["planet"], "x"),
        request([], "x"),
        request(["message"], "x", size=26),
        request(["site"], "x", **{"from": -1}),
        request(["site"], '"open'),
        {"requests": [{"entityTypes": ["site"]}]},
    ],
)
async def test_a_bad_search_is_refused(ana: httpx.AsyncClient, body: dict[str, object]):
    assert 400 == (await ana.post("/search/query", json=body)).status_code


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("message", "Mail.Read"),
        ("event", "Calendars.Read"),
        ("driveItem", "Files.Read.All"),
        ("site", "Sites.Read.All"),
    ],
)
async def test_each_kind_has_its_permission(untouched: Sandbox, kind: str, least: str):
    async with untouched.client(scopes=least) as client:
        allowed = await client.post("/search/query", json=request([kind], "x"))
    async with untouched.client(scopes="User.Read Files.Read") as client:
        refused = await client.post("/search/query", json=request([kind], "x"))

    assert 200 == allowed.status_code
    assert (403, "accessDenied") == code(refused)


async def test_nobody_finds_what_is_not_theirs(untouched: Sandbox, ana: httpx.AsyncClient):
    async with untouched.client("ben") as ben:
        his = await container(ben, request(["driveItem"], "salaries"))

    assert (1, 0) == (his["total"], (await container(ana, request(["driveItem"], "salaries")))["total"])
    assert 0 == (await container(ana, request(["listItem"], "2217")))["total"]
