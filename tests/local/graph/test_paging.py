import httpx
import pytest

from .conftest import code, everything


async def test_a_collection_is_whole_although_its_second_page_is_empty(ana: httpx.AsyncClient):
    messages, sizes = await everything(ana, "/me/messages?$top=100&$select=subject")
    counted = (await ana.get("/me/messages?$count=true&$top=1")).json()["@odata.count"]

    assert [100, 0, 100, 100, counted - 300] == sizes
    assert counted == len({message["id"] for message in messages})


async def test_a_collection_of_one_page_has_no_next_link(ana: httpx.AsyncClient):
    body = (await ana.get("/me/memberOf")).json()

    assert "@odata.nextLink" not in body


async def test_the_next_link_keeps_the_query(ana: httpx.AsyncClient):
    params = {"$search": '"subject:build \\"4711\\""', "$top": "1", "$select": "subject"}
    link = (await ana.get("/me/messages", params={**params, "$search": '"build"'})).json()["@odata.nextLink"]

    assert link.startswith("http://graph.test/v1.0/me/messages?")
    assert '"build"' == httpx.URL(link).params["$search"]
    assert {"$search", "$top", "$select", "$skiptoken"} == set(httpx.URL(link).params)


@pytest.mark.parametrize("token", ["x", "bm9uc2Vuc2U=", "WzFd"])
async def test_a_forged_skip_token_is_refused(ana: httpx.AsyncClient, token: str):
    assert (400, "BadRequest") == code(await ana.get(f"/me/messages?$skiptoken={token}"))


@pytest.mark.parametrize("top", ["0", "-1", "1001", "ten", "²"])
async def test_a_page_size_out_of_range_is_refused(ana: httpx.AsyncClient, top: str):
    assert (400, "BadRequest") == code(await ana.get(f"/me/messages?$top={top}"))


async def test_the_dollar_sign_may_be_left_out(ana: httpx.AsyncClient):
    assert 2 == len((await ana.get("/me/messages?top=2")).json()["value"])


async def test_a_parameter_given_twice_is_refused(ana: httpx.AsyncClient):
    assert (400, "BadRequest") == code(await ana.get("/me/messages?$top=2&$top=3"))
