import httpx
import pytest

from .conftest import Sandbox, code

ENGINEERING = "/sites/larkspur.sharepoint.com:/sites/engineering:/drive"
DIFFICULT = "Working with O'Brien & Sons #2 (50%).txt"
CONFLICT = "@microsoft.graph.conflictBehavior"


async def test_children_are_folders_and_files_by_name(ana: httpx.AsyncClient):
    children = (await ana.get(f"{ENGINEERING}/root/children")).json()["value"]
    names = [each["name"] for each in children]

    assert sorted(names, key=str.casefold) == names
    assert 4 == next(each["folder"]["childCount"] for each in children if each["name"] == "Runbooks")
    assert "text/csv" == next(each["file"]["mimeType"] for each in children if each["name"] == "glossary.csv")


async def test_an_item_is_the_same_by_every_address(ana: httpx.AsyncClient):
    drive = (await ana.get(ENGINEERING)).json()["id"]
    names = "id,name,size,eTag"
    item = (await ana.get(f"{ENGINEERING}/root:/runbooks/On-Call.docx?$select={names}")).json()
    folder = (await ana.get(f"/drives/{drive}/root:/Runbooks")).json()
    paths = [
        f"/drives/{drive}/items/{item['id']}",
        f"/drives/{drive}/items/{folder['id']}:/on-call.docx",
        f"/drives/{drive}/root:/Runbooks/on-call.docx:",
    ]
    found = [(await ana.get(f"{path}?$select={names}")).json() for path in paths]

    assert [item] * 3 == [{**each, "@odata.context": item["@odata.context"]} for each in found]


async def test_a_difficult_name_is_found_by_its_encoded_path(ana: httpx.AsyncClient):
    encoded = "Working%20with%20O%27Brien%20%26%20Sons%20%232%20%2850%25%29.txt"
    item = (await ana.get(f"{ENGINEERING}/root:/Meeting%20notes/{encoded}")).json()

    assert DIFFICULT == item["name"]
    assert item["webUrl"].endswith("O%27Brien%20%26%20Sons%20%232%20%2850%25%29.txt")


async def test_a_download_goes_to_another_host_that_wants_no_token(
    untouched: Sandbox, ana: httpx.AsyncClient
):
    redirect = await ana.get("/me/drive/root:/notes.md:/content")
    location = redirect.headers["location"]
    async with untouched.files() as files:
        plain = await files.get(location)
        leaked = await files.get(location, headers={"Authorization": "Bearer x"})
        part = await files.get(location, headers={"Range": "bytes=2-6"})
        tail = await files.get(location, headers={"Range": "bytes=-4"})
        outside = await files.get(location, headers={"Range": "bytes=9000-"})
        guessed = await files.get("http://graph-files.test/download/guess")

    assert (302, "graph-files.test") == (redirect.status_code, httpx.URL(location).host)
    assert (200, True) == (plain.status_code, plain.content.startswith(b"# Notes"))
    assert (401, "unauthenticated") == code(leaked)
    assert (206, b"Notes", f"bytes 2-6/{len(plain.content)}") == (
        part.status_code,
        part.content,
        part.headers["content-range"],
    )
    assert plain.content[-4:] == tail.content
    assert [(416, "invalidRange"), (404, "itemNotFound")] == [code(outside), code(guessed)]


async def test_the_download_address_comes_when_it_is_asked_for(ana: httpx.AsyncClient):
    path = "/me/drive/root:/notes.md"
    bare = (await ana.get(f"{path}?$select=name")).json()
    asked = (await ana.get(f"{path}?$select=name,content.downloadUrl")).json()

    assert "@microsoft.graph.downloadUrl" not in bare
    assert asked["@microsoft.graph.downloadUrl"].startswith("http://graph-files.test/download/")


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/me/drive/root:/nothing.txt", (404, "itemNotFound")),
        ("/me/drive/items/01NOTHING", (404, "itemNotFound")),
        ("/drives/b!nothing/root", (404, "itemNotFound")),
        ("/me/drive/root/content", (400, "invalidRequest")),
        ("/me/drive/root:/notes.md:/content?format=pdf", (406, "notSupported")),
        ("/me/drive/root/children?$filter=name eq 'x'", (501, "notSupported")),
    ],
)
async def test_what_cannot_be_had_is_refused(ana: httpx.AsyncClient, path: str, refusal: tuple[int, str]):
    assert refusal == code(await ana.get(path))


async def test_the_drive_of_somebody_else_is_closed(untouched: Sandbox, ana: httpx.AsyncClient):
    async with untouched.client("ben") as ben:
        theirs = (await ben.get("/me/drive")).json()["id"]

    assert (403, "accessDenied") == code(await ana.get(f"/drives/{theirs}/root/children"))


async def test_reading_ones_own_files_does_not_open_libraries(untouched: Sandbox):
    async with untouched.client(scopes="Files.Read Sites.Selected") as client:
        own, library = (
            await client.get("/me/drive/root/children"),
            await client.get(f"{ENGINEERING}/root/children"),
        )

    assert 200 == own.status_code
    assert (403, "accessDenied") == code(library)


async def test_a_search_looks_at_names_and_content(ana: httpx.AsyncClient):
    found = (await ana.get("/me/drive/root/search(q='snet-data-02')?$select=name,parentReference")).json()[
        "value"
    ]
    quoted = (await ana.get("/me/drive/root/search(q='O''Brien')?$select=name")).json()["value"]

    assert {"network-plan.xlsx", "caching.pptx", "booking-api-build.md"} <= {each["name"] for each in found}
    assert all("path" not in each["parentReference"] for each in found)
    assert {DIFFICULT, "notes.md"} == {each["name"] for each in quoted}


async def test_a_small_file_is_new_then_replaced(sandbox: Sandbox, writer: httpx.AsyncClient):
    path = "/me/drive/root:/Reports/2026/a.txt:/content"
    new = await writer.put(path, content=b"one")
    replaced = await writer.put(path, content=b"two!", headers={"If-Match": new.json()["eTag"]})
    stale = await writer.put(path, content=b"three", headers={"If-Match": new.json()["eTag"]})
    async with sandbox.files() as files:
        content = (await files.get(replaced.json()["@microsoft.graph.downloadUrl"])).content

    assert (201, 200) == (new.status_code, replaced.status_code)
    assert (new.json()["id"], 4) == (replaced.json()["id"], replaced.json()["size"])
    assert new.json()["parentReference"]["path"].endswith("/root:/Reports/2026")
    assert (412, "resourceModified") == code(stale)
    assert b"two!" == content


@pytest.mark.parametrize(
    ("behaviour", "status", "name"),
    [("replace", 200, "notes.md"), ("rename", 201, "NOTES 1.md"), ("fail", 409, None), ("ask", 400, None)],
)
async def test_a_taken_name_is_handled_as_asked(
    writer: httpx.AsyncClient, behaviour: str, status: int, name: str | None
):
    response = await writer.put(
        "/me/drive/root:/NOTES.md:/content", params={CONFLICT: behaviour}, content=b"x"
    )

    assert (status, name) == (response.status_code, response.json().get("name"))


@pytest.mark.parametrize("name", ["a%3Ab.txt", "a%2Fb.txt%20", "%20x.txt", "..", "a%7Cb.txt", "x" * 300])
async def test_a_name_that_cannot_be_is_refused(writer: httpx.AsyncClient, name: str):
    drive = (await writer.get("/me/drive")).json()["id"]
    root = (await writer.get("/me/drive/root")).json()["id"]
    response = await writer.put(f"/drives/{drive}/items/{root}:/{name}:/content", content=b"x")

    assert 400 == response.status_code


async def test_a_file_can_be_replaced_by_its_id(writer: httpx.AsyncClient):
    item = (await writer.get("/me/drive/root:/notes.md")).json()
    drive = item["parentReference"]["driveId"]
    response = await writer.put(f"/drives/{drive}/items/{item['id']}/content", content=b"new")

    assert (200, item["id"], 3) == (response.status_code, response.json()["id"], response.json()["size"])
    assert item["eTag"] != response.json()["eTag"]


async def test_reading_permissions_do_not_upload(sandbox: Sandbox):
    async with sandbox.client("chiara", scopes="Files.Read.All") as client:
        assert (403, "accessDenied") == code(await client.put("/me/drive/root:/a.txt:/content", content=b"x"))
