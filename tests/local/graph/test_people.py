import httpx
import pytest

from local.graph.mailbox_owners import shared_mailboxes

from .conftest import Sandbox, code

EVENTUAL = {"ConsistencyLevel": "eventual"}


async def test_a_department_must_be_asked_for(ana: httpx.AsyncClient):
    plain = (await ana.get("/me")).json()
    chosen = (await ana.get("/me?$select=department")).json()

    assert "department" not in plain
    assert "Engineering" == chosen["department"]
    assert "id" not in chosen


async def test_an_unknown_property_is_refused(ana: httpx.AsyncClient):
    response = await ana.get("/me?$select=shoeSize")

    assert (400, "RequestBroker--ParseUri") == code(response)
    assert "shoeSize" in response.json()["error"]["message"]


async def test_who_reports_to_nobody_has_no_manager(untouched: Sandbox):
    async with untouched.client("hugo") as client:
        response = await client.get("/me/manager")

    assert (404, "Request_ResourceNotFound") == code(response)


async def test_a_manager_and_reports_are_users(untouched: Sandbox, ana: httpx.AsyncClient):
    manager = (await ana.get("/me/manager?$select=displayName")).json()
    async with untouched.client("ben") as client:
        reports = (await client.get("/me/directReports")).json()["value"]

    assert ("#microsoft.graph.user", "Ben Osei") == (manager["@odata.type"], manager["displayName"])
    assert ["Ana Duarte", "Dmitri Volkov"] == [each["displayName"] for each in reports]


async def test_reports_are_ids_alone_without_a_permission_to_read_users(untouched: Sandbox):
    async with untouched.client("ben", scopes="User.Read") as client:
        reports = (await client.get("/me/directReports?$select=id,displayName,jobTitle")).json()["value"]
    async with untouched.client("ben", scopes="User.Read User.ReadBasic.All") as client:
        named = (await client.get("/me/directReports?$select=displayName,jobTitle")).json()["value"]

    assert [(None, None)] * 2 == [(each["displayName"], each["jobTitle"]) for each in reports]
    assert all(each["id"] for each in reports)
    assert ["Ana Duarte", "Dmitri Volkov"] == [each["displayName"] for each in named]
    assert [None, None] == [each["jobTitle"] for each in named]


async def test_nobody_has_a_photo(ana: httpx.AsyncClient):
    assert (404, "ImageNotFound") == code(await ana.get("/me/photo"))


async def test_searching_users_needs_eventual_consistency(ana: httpx.AsyncClient):
    response = await ana.get('/users?$search="displayName:ana"')

    assert (400, "Request_UnsupportedQuery") == code(response)


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ('"displayName:duar"', ["Ana Duarte"]),
        ('"displayName:uarte"', []),
        ('"mail:ben.o"', ["Ben Osei"]),
        ('"displayName:rossi" OR "mail:farid"', ["Chiara Rossi", "Farid Haddad"]),
    ],
)
async def test_users_are_found_by_the_beginning_of_words(
    ana: httpx.AsyncClient, search: str, names: list[str]
):
    response = await ana.get("/users", params={"$search": search}, headers=EVENTUAL)

    assert names == [each["displayName"] for each in response.json()["value"]]


async def test_a_search_without_a_property_is_refused(ana: httpx.AsyncClient):
    response = await ana.get("/users", params={"$search": '"ana"'}, headers=EVENTUAL)

    assert (400, "Request_UnsupportedQuery") == code(response)


async def test_counting_users_needs_eventual_consistency(ana: httpx.AsyncClient):
    counted = await ana.get("/users?$count=true", headers=EVENTUAL)

    assert (400, "Request_UnsupportedQuery") == code(await ana.get("/users?$count=true"))
    assert 8 + len(shared_mailboxes()) == counted.json()["@odata.count"]


async def test_users_can_be_filtered(ana: httpx.AsyncClient):
    response = await ana.get(
        "/users",
        params={"$filter": "startswith(displayName,'D') or mail eq 'eva.lindqvist@larkspur.example'"},
    )

    assert ["Dmitri Volkov", "Eva Lindqvist"] == [each["displayName"] for each in response.json()["value"]]


async def test_basic_reading_hides_the_job_of_others(untouched: Sandbox):
    async with untouched.client("eva", scopes="User.ReadBasic.All") as client:
        other = (await client.get("/users/ana.duarte@larkspur.example?$select=displayName,jobTitle")).json()

    assert ("Ana Duarte", None) == (other["displayName"], other["jobTitle"])


@pytest.mark.parametrize("name", ["nobody@larkspur.example", "ana", "00000000-0000-0000-0000-000000000000"])
async def test_an_unknown_user_is_not_found(ana: httpx.AsyncClient, name: str):
    assert (404, "Request_ResourceNotFound") == code(await ana.get(f"/users/{name}"))


async def test_close_colleagues_come_first(ana: httpx.AsyncClient):
    people = (await ana.get("/me/people?$top=3")).json()["value"]

    assert {"Ben Osei", "Dmitri Volkov"} == {person["displayName"] for person in people[:2]}
    assert (
        people[0]["scoredEmailAddresses"][0]["relevanceScore"]
        > people[1]["scoredEmailAddresses"][0]["relevanceScore"]
    )


async def test_people_are_found_by_name(ana: httpx.AsyncClient):
    people = (await ana.get('/me/people?$search="chia ros"')).json()["value"]

    assert ["Chiara Rossi"] == [person["displayName"] for person in people]


async def test_groups_have_names_only_for_who_may_read_groups(untouched: Sandbox, ana: httpx.AsyncClient):
    named = (await ana.get("/me/memberOf")).json()["value"]
    async with untouched.client(scopes="User.Read") as client:
        bare = (await client.get("/me/memberOf")).json()["value"]

    assert ["Engineering", "MCP users"] == [each["displayName"] for each in named]
    assert [each["id"] for each in named] == [each["id"] for each in bare]
    assert [None, None] == [each["displayName"] for each in bare]


async def test_groups_are_counted_as_plain_text(ana: httpx.AsyncClient):
    path = "/me/transitiveMemberOf/microsoft.graph.group/$count"

    assert (400, "Request_UnsupportedQuery") == code(await ana.get(path))
    assert "2" == (await ana.get(path, headers=EVENTUAL)).text


async def test_membership_is_checked_for_at_most_twenty_groups(ana: httpx.AsyncClient):
    mine, other = "1c9d3e5f-7081-4a2b-9c4d-5e6f70819203", "2dae4f60-8192-4b3c-8d5e-6f7081920314"
    checked = await ana.post("/me/checkMemberGroups", json={"groupIds": [mine, other]})
    refused = await ana.post("/me/checkMemberGroups", json={"groupIds": [mine] * 21})

    assert [mine] == checked.json()["value"]
    assert (400, "Request_BadRequest") == code(refused)
