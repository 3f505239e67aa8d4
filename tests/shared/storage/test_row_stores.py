"""Rows in memory and in a table: both keep the same promises about versions and expiry."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from shared.errors import ToolError
from shared.http.http_client import Http
from shared.storage.row_store import MemoryRows, Row, RowStore
from shared.storage.table_rows import TableRows
from tests.shared.clock import Clock
from tests.shared.storage.played_table import TABLE, PlayedTable, refused


@pytest.fixture
def table() -> PlayedTable:
    return PlayedTable()


@pytest.fixture
def table_rows(table: PlayedTable, open_http: Callable[..., Http], clock: Clock) -> TableRows:
    return TableRows(open_http(table), TABLE, token=lambda: "a-token", clock=clock)


@pytest.fixture(params=["memory", "table"])
def store(request: Any, table_rows: TableRows, clock: Clock) -> RowStore:
    return table_rows if request.param == "table" else MemoryRows(clock=clock)


def row(
    clock: Clock, key: str = "a1", *, kind: str = "code", sealed: bytes = b"\x00\xff", seconds: int = 60
) -> Row:
    return Row(kind, key, sealed, int(clock()) + seconds)


async def stored(store: RowStore, wanted: Row) -> Row:
    await store.put(wanted)
    found = await store.get(wanted.kind, wanted.key)
    assert found is not None
    return found


async def test_what_is_put_is_got(store: RowStore, clock: Clock) -> None:
    wanted = row(clock, sealed=bytes(range(256)) * 100)
    found = await stored(store, wanted)

    assert replace(found, etag="") == wanted
    assert found.etag


async def test_there_is_nothing_before_and_nothing_of_another_kind(store: RowStore, clock: Clock) -> None:
    assert await store.get("code", "a1") is None
    await store.put(row(clock))

    assert await store.get("refresh", "a1") is None
    assert await store.get("code", "a2") is None


async def test_a_row_ends_at_its_time(store: RowStore, clock: Clock) -> None:
    await store.put(row(clock, seconds=60))
    clock.advance(58)
    assert await store.get("code", "a1") is not None
    clock.advance(2)

    assert await store.get("code", "a1") is None


async def test_a_version_is_deleted_once(store: RowStore, clock: Clock) -> None:
    found = await stored(store, row(clock))
    won = await asyncio.gather(*(store.delete(found) for _ in range(20)))

    assert 1 == sum(won)
    assert await store.get("code", "a1") is None


async def test_an_older_version_deletes_and_replaces_nothing(store: RowStore, clock: Clock) -> None:
    old = await stored(store, row(clock))
    await store.put(row(clock, sealed=b"newer"))

    assert not await store.delete(old)
    assert not await store.replace(replace(old, sealed=b"older"))
    found = await store.get("code", "a1")
    assert found is not None
    assert b"newer" == found.sealed


async def test_a_version_is_replaced_once(store: RowStore, clock: Clock) -> None:
    found = await stored(store, row(clock))

    assert await store.replace(replace(found, sealed=b"one"))
    assert not await store.replace(replace(found, sealed=b"two"))


async def test_any_version_is_replaced_and_deleted_by_a_star(store: RowStore, clock: Clock) -> None:
    anything = replace(row(clock, sealed=b"any"), etag="*")

    assert not await store.replace(anything)
    assert not await store.delete(anything)
    await store.put(row(clock))
    assert await store.replace(anything)
    assert await store.delete(anything)
    assert not await store.replace(anything)
    assert await store.get("code", "a1") is None


async def test_rows_are_counted_by_kind_up_to_a_limit(store: RowStore, clock: Clock) -> None:
    for number in range(5):
        await store.put(row(clock, str(number), kind="client"))
    await store.put(row(clock))

    assert [5, 3] == [await store.count("client", limit) for limit in (10, 3)]
    assert 0 == await store.count("family", 10)


async def test_only_expired_rows_are_purged(store: RowStore, clock: Clock) -> None:
    for number in range(5):
        await store.put(row(clock, f"old{number}", seconds=10))
    await store.put(row(clock, "new", seconds=1000))
    clock.advance(100)
    await store.purge()

    assert 1 == await store.count("code", 10)
    assert await store.get("code", "new") is not None


async def test_memory_drops_the_oldest_of_too_many(clock: Clock) -> None:
    store = MemoryRows(clock=clock, max_rows=3)
    for number in range(4):
        await store.put(row(clock, str(number)))

    assert 3 == await store.count("code", 10)
    assert await store.get("code", "0") is None


async def test_pages_of_entities_are_followed(
    table: PlayedTable, table_rows: TableRows, clock: Clock
) -> None:
    table.page = 2
    for number in range(5):
        await table_rows.put(row(clock, str(number), kind="client", seconds=10))
    assert 5 == await table_rows.count("client", 100)
    clock.advance(100)
    await table_rows.purge()

    assert {} == table.entities


async def test_a_row_renewed_meanwhile_is_not_purged(
    table: PlayedTable, table_rows: TableRows, clock: Clock
) -> None:
    await table_rows.put(row(clock, seconds=10))
    clock.advance(100)
    original = table._query

    def renewed_after(request: httpx.Request) -> httpx.Response:
        answer = original(request)
        table.entities["code", "a1"] |= {"odata.etag": 'W/"newer"', "expires": str(int(clock()) + 100)}
        return answer

    table._query = renewed_after  # type: ignore[method-assign]
    await table_rows.purge()

    assert [("code", "a1")] == list(table.entities)


async def test_the_first_row_creates_the_table(
    table: PlayedTable, table_rows: TableRows, clock: Clock
) -> None:
    assert await table_rows.get("code", "a1") is None
    assert 0 == await table_rows.count("code", 10)
    await table_rows.purge()
    assert not await table_rows.delete(replace(row(clock), etag="*"))
    await table_rows.put(row(clock))

    assert table.exists
    assert await table_rows.get("code", "a1") is not None
    assert {"Bearer a-token"} == {request.headers["authorization"] for request in table.requests}


@pytest.mark.parametrize("key", ["", "a'", "a b", "') or (RowKey gt '", "x" * 65, "a/b"])
async def test_a_key_that_needs_quoting_is_refused(
    table: PlayedTable, table_rows: TableRows, clock: Clock, key: str
) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        await table_rows.get("code", key)
    with pytest.raises(ValueError, match="letters and digits"):
        await table_rows.put(row(clock, "a1", kind=key))

    assert [] == table.requests


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refused(403, "AuthorizationPermissionMismatch"), "misconfigured"),
        (refused(429, "TooManyRequests"), "unavailable"),
        (refused(503, "ServerBusy"), "unavailable"),
        (refused(400, "InvalidInput"), "upstream_error"),
        (httpx.Response(302, headers={"Location": "/"}), "upstream_error"),
    ],
)
@pytest.mark.parametrize("method", ["get", "put", "replace", "delete", "count", "purge"])
async def test_a_storage_that_refuses_is_no_empty_one(
    table: PlayedTable, table_rows: TableRows, clock: Clock, method: str, answer: httpx.Response, code: str
) -> None:
    table.failing = answer
    given = replace(row(clock), etag="*")
    call = {
        "get": lambda: table_rows.get("code", "a1"),
        "count": lambda: table_rows.count("code", 10),
        "purge": table_rows.purge,
    }.get(method, lambda: getattr(table_rows, method)(given))
    with pytest.raises(ToolError) as raised:
        await call()

    assert code == raised.value.code
    assert code != "misconfigured" or "SIGN_IN_TABLE_URL" in raised.value.remedy


@pytest.mark.parametrize(
    "entity",
    [
        {},
        {"sealed": "AA=="},
        {"expires": "1"},
        {"sealed": "%", "expires": "99999999999"},
        {"sealed": 7, "expires": "x"},
    ],
)
async def test_an_entity_in_another_form_is_no_row(
    table: PlayedTable, table_rows: TableRows, entity: dict[str, object]
) -> None:
    table.failing = httpx.Response(200, json=entity, headers={"ETag": "x"})

    with pytest.raises(ToolError):
        await table_rows.get("code", "a1")


async def test_what_somebody_else_has_put_into_the_table_stays(
    table: PlayedTable, table_rows: TableRows, clock: Clock
) -> None:
    await table_rows.put(row(clock, seconds=10))
    table.entities["not ours", "a"] = {
        "PartitionKey": "not ours",
        "RowKey": "a",
        "expires": "1",
        "odata.etag": "x",
    }
    clock.advance(100)
    await table_rows.purge()

    assert [("not ours", "a")] == list(table.entities)
