"""The rules of upload sessions, as the driveItem upload session documentation has them."""

import httpx
import pytest

from .conftest import Sandbox, code

UNIT = 327_680
PATH = "/me/drive/root:/Reports/big.bin:/createUploadSession"


async def opened(client: httpx.AsyncClient, behaviour: str = "rename") -> str:
    body = {"item": {"@microsoft.graph.conflictBehavior": behaviour}}
    return (await client.post(PATH, json=body)).raise_for_status().json()["uploadUrl"]


async def put(
    sandbox: Sandbox, url: str, first: int, content: bytes, total: int, **headers: str
) -> httpx.Response:
    span = {"Content-Range": f"bytes {first}-{first + len(content) - 1}/{total}"}
    async with sandbox.files() as files:
        return await files.put(url, content=content, headers=span | headers)


async def test_a_file_arrives_in_fragments(sandbox: Sandbox, writer: httpx.AsyncClient):
    total, url = 2 * UNIT + 10, await opened(writer)
    first = await put(sandbox, url, 0, b"a" * UNIT, total)
    second = await put(sandbox, url, UNIT, b"b" * UNIT, total)
    async with sandbox.files() as files:
        state = await files.get(url)
    last = await put(sandbox, url, 2 * UNIT, b"c" * 10, total)
    item = (await writer.get("/me/drive/root:/Reports/big.bin")).json()

    assert (202, [f"{UNIT}-"]) == (first.status_code, first.json()["nextExpectedRanges"])
    assert (202, [f"{2 * UNIT}-"]) == (second.status_code, state.json()["nextExpectedRanges"])
    assert (201, total, item["id"]) == (last.status_code, last.json()["size"], last.json()["id"])


async def test_replacing_a_file_answers_200(sandbox: Sandbox, writer: httpx.AsyncClient):
    await put(sandbox, await opened(writer), 0, b"one", 3)
    replaced = await put(sandbox, await opened(writer, "replace"), 0, b"two", 3)
    renamed = await put(sandbox, await opened(writer, "rename"), 0, b"three", 5)
    refused = await writer.post(PATH, json={"item": {"@microsoft.graph.conflictBehavior": "fail"}})

    assert (200, 201, "big 1.bin") == (replaced.status_code, renamed.status_code, renamed.json()["name"])
    assert (409, "nameAlreadyExists") == code(refused)


async def test_a_name_taken_meanwhile_is_a_conflict_at_the_end(sandbox: Sandbox, writer: httpx.AsyncClient):
    first, second = await opened(writer, "fail"), await opened(writer, "fail")
    await put(sandbox, first, 0, b"one", 3)

    assert (409, "nameAlreadyExists") == code(await put(sandbox, second, 0, b"two", 3))


@pytest.mark.parametrize(
    ("first", "length", "total", "refusal"),
    [
        (0, UNIT + 1, 2 * UNIT, (400, "invalidRequest")),
        (UNIT, UNIT, 3 * UNIT, (416, "invalidRange")),
        (0, UNIT, UNIT - 1, (400, "invalidRequest")),
    ],
)
async def test_a_fragment_out_of_order_is_refused(
    sandbox: Sandbox, writer: httpx.AsyncClient, first: int, length: int, total: int, refusal: tuple[int, str]
):
    assert refusal == code(await put(sandbox, await opened(writer), first, bytes(length), total))


async def test_a_fragment_sent_twice_is_refused(sandbox: Sandbox, writer: httpx.AsyncClient):
    url = await opened(writer)
    await put(sandbox, url, 0, bytes(UNIT), 3 * UNIT)

    assert (416, "invalidRange") == code(await put(sandbox, url, 0, bytes(UNIT), 3 * UNIT))
    assert (400, "invalidRequest") == code(await put(sandbox, url, UNIT, bytes(UNIT), 4 * UNIT))


async def test_a_fragment_of_60_mebibytes_is_too_large(sandbox: Sandbox, writer: httpx.AsyncClient):
    size = 60 << 20
    async with sandbox.files() as files:
        headers = {"Content-Range": f"bytes 0-{size - 1}/{2 * size}"}
        response = await files.put(await opened(writer), content=b"", headers=headers)

    assert (413, "invalidRequest") == code(response)


async def test_a_fragment_must_be_as_long_as_it_says(sandbox: Sandbox, writer: httpx.AsyncClient):
    async with sandbox.files() as files:
        url = await opened(writer)
        short = await files.put(url, content=b"abc", headers={"Content-Range": "bytes 0-9/10"})
        unsaid = await files.put(url, content=b"abc")

    assert [(400, "invalidRequest")] * 2 == [code(short), code(unsaid)]


async def test_a_token_at_the_upload_address_is_refused(sandbox: Sandbox, writer: httpx.AsyncClient):
    url = await opened(writer)

    assert (401, "unauthenticated") == code(await put(sandbox, url, 0, b"x", 1, Authorization="Bearer x"))


async def test_a_cancelled_session_is_gone(sandbox: Sandbox, writer: httpx.AsyncClient):
    url = await opened(writer)
    async with sandbox.files() as files:
        cancelled, gone = await files.delete(url), await files.get(url)

    assert 204 == cancelled.status_code
    assert (404, "itemNotFound") == code(gone)


async def test_a_stale_version_opens_no_session(writer: httpx.AsyncClient):
    item = (await writer.get("/me/drive/root:/notes.md")).json()
    path = f"/drives/{item['parentReference']['driveId']}/items/{item['id']}/createUploadSession"

    assert (412, "resourceModified") == code(
        await writer.post(path, json={}, headers={"If-Match": '"{OLD},1"'})
    )
    assert 200 == (await writer.post(path, headers={"If-Match": item["eTag"]})).status_code


async def test_the_journal_does_not_hold_the_address(sandbox: Sandbox, writer: httpx.AsyncClient):
    url = await opened(writer)
    await put(sandbox, url, 0, b"x", 1)
    journal = (await sandbox.control("GET", "journal")).text

    assert "upload" in journal
    assert url.rpartition("/")[2] not in journal
