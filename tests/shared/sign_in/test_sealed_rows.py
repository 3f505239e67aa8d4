"""What is stored, to whoever has the table: nothing that can be read, and nothing that can be forged."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.http.http_client import Http
from shared.sign_in.contents import Code, Family, Grant, RegisteredClient, Transit
from shared.sign_in.sealed_rows import SealedRows, derived_handle, hashed, is_handle, new_handle
from shared.storage.row_store import MemoryRows
from shared.storage.table_rows import TableRows
from tests.shared.clock import Clock
from tests.shared.issuer import USER
from tests.shared.sign_in.browser import (
    REDIRECT,
    Browser,
    Functions,
    handle_in,
    json_of,
    onward,
    parameters_of,
    query_in,
)
from tests.shared.sign_in.played_entra import PlayedEntra
from tests.shared.storage.played_table import TABLE, PlayedTable

GRANT = Grant(client_id="c", tenant_id="t", object_id="o", refresh_token="1.R-secret", family="f")


@pytest.fixture
def sealed(rows: MemoryRows, clock: Clock) -> SealedRows:
    return SealedRows(rows, clock=clock)


async def test_what_is_sealed_is_opened_by_its_handle(sealed: SealedRows) -> None:
    handle = new_handle()
    await sealed.put(handle, GRANT)
    opened = await sealed.get(handle, Grant)

    assert opened is not None
    assert GRANT == opened.content


async def test_a_handle_is_256_bits_and_names_its_row_by_its_hash(
    sealed: SealedRows, rows: MemoryRows
) -> None:
    handle = new_handle()
    await sealed.put(handle, GRANT)

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", handle)
    assert 1000 == len({new_handle() for _ in range(1000)})
    assert await rows.get("refresh", hashed(handle)) is not None
    assert 64 == len(hashed(handle))


@pytest.mark.parametrize("handle", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "'", "A" * 42 + "\n"])
async def test_what_has_not_the_form_of_a_handle_is_not_looked_up(sealed: SealedRows, handle: str) -> None:
    assert not is_handle(handle)
    assert await sealed.get(handle, Grant) is None


async def test_a_changed_row_is_none(sealed: SealedRows, rows: MemoryRows) -> None:
    handle = new_handle()
    await sealed.put(handle, GRANT)
    stored = await rows.get("refresh", hashed(handle))
    assert stored is not None
    for at in (0, 11, 12, len(stored.sealed) - 1):
        flipped = bytearray(stored.sealed)
        flipped[at] ^= 1
        await rows.put(replace(stored, sealed=bytes(flipped)))

        assert await sealed.get(handle, Grant) is None
    for short in (b"", stored.sealed[:12], stored.sealed[:20]):
        await rows.put(replace(stored, sealed=short))

        assert await sealed.get(handle, Grant) is None


async def test_a_row_in_the_place_of_another_is_none(sealed: SealedRows, rows: MemoryRows) -> None:
    """Who can write the table swaps two rows, or moves one to another kind."""
    mine, other = new_handle(), new_handle()
    await sealed.put(mine, GRANT)
    await sealed.put(other, GRANT)
    stored = await rows.get("refresh", hashed(other))
    assert stored is not None
    await rows.put(replace(stored, key=hashed(mine)))
    await rows.put(replace(stored, kind="family"))

    assert await sealed.get(mine, Grant) is None
    assert await sealed.get(other, Family) is None


async def test_the_same_content_is_never_the_same_bytes(sealed: SealedRows, rows: MemoryRows) -> None:
    handle = new_handle()
    seen = set()
    for _ in range(3):
        await sealed.put(handle, GRANT)
        stored = await rows.get("refresh", hashed(handle))
        assert stored is not None
        seen.add(stored.sealed)

    assert 3 == len(seen)


def test_a_derived_handle_leads_nowhere_back() -> None:
    handle = new_handle()
    derived = derived_handle(handle, "family")

    assert is_handle(derived)
    assert derived == derived_handle(handle, "family")
    assert 3 == len({derived, derived_handle(handle, "other"), derived_handle(new_handle(), "family")})


def test_no_content_shows_in_a_repr() -> None:
    assert "Grant(...)" == repr(GRANT) == str(GRANT)
    with pytest.raises(ValueError) as raised:
        Grant(client_id="c", tenant_id="t", object_id="o", refresh_token=["1.R-secret"], family="f")  # type: ignore[arg-type]
    assert "1.R-secret" not in str(raised.value)


def test_rows_last_as_long_as_was_decided() -> None:
    from shared.sign_in.contents import AuthorizationRequest  # noqa: PLC0415

    day = 24 * 3600
    assert [600, 600, 60, 90 * day, 90 * day, 90 * day] == [
        kind.lifetime for kind in (AuthorizationRequest, Transit, Code, Grant, Family, RegisteredClient)
    ]


async def test_the_table_holds_no_byte_of_a_sign_in(
    open_proxy: Callable[..., Functions], open_http: Callable[..., Http], entra: PlayedEntra, clock: Clock
) -> None:
    """Every request of a whole sign-in is looked at, as an entity is replaced and deleted on the way."""
    table = PlayedTable()
    store = TableRows(open_http(table), TABLE, token=lambda: "token-of-the-app", clock=clock)
    functions = open_proxy(store=store)
    browser = Browser(functions, entra)
    client_id = json_of(await functions.register(client_name="Confidential name"))["client_id"]
    page = await browser.authorize(client_id, state="confidential-state")
    cookies = dict(browser.cookies)
    address = onward(await browser.decide(page))
    cookies |= browser.cookies
    parameters = entra.sign_in(address)
    code = parameters_of(await browser.come_back(parameters))["code"]
    first = json_of(await functions.redeem(client_id, code))
    second = json_of(await functions.refresh(client_id, first["refresh_token"]))
    secrets = {
        client_id.removeprefix("dcr_"),
        handle_in(page),
        "Confidential name",
        "confidential-state",
        REDIRECT,
        USER,
        code,
        *cookies.values(),
        *(query_in(address)[name] for name in ("state", "nonce", "code_challenge")),
        *(token for _, token in entra.redemptions),
        *(each[name] for each in (first, second) for name in ("access_token", "refresh_token")),
    }
    written = b"".join(str(each.url).encode() + each.content for each in table.requests)
    for each in table.requests:
        if each.method == "PUT":
            written += base64.b64decode(json.loads(each.content)["sealed"])
    stored = json.dumps([*table.entities.values()]) + str([*table.entities])

    assert len(table.requests) > 15
    assert len(secrets) > 15
    assert [] == [each for each in secrets if each.encode() in written or each in stored]
    assert {"PartitionKey", "RowKey", "sealed", "expires", "odata.etag"} == {
        name for entity in table.entities.values() for name in entity
    }
    assert {"client", "refresh", "family"} == {kind for kind, _ in table.entities}
