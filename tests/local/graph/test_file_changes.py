"""Folders made, items moved, renamed, copied and deleted, and earlier versions of files."""

from typing import Any

import httpx
import pytest

from .conftest import Conforms, Sandbox, code

ENGINEERING = "/sites/larkspur.sharepoint.com:/sites/engineering:/drive"
HARBOUR = "/sites/larkspur.sharepoint.com:/sites/harbour-ops:/drive"
CONFLICT = "@microsoft.graph.conflictBehavior"
OF_ITEM = "/drives/{drive-id}/items/{driveItem-id}"


async def item(client: httpx.AsyncClient, path: str, drive: str = ENGINEERING) -> dict[str, Any]:
    found = (await client.get(f"{drive}/root:{path}" if path else f"{drive}/root")).raise_for_status()
    return dict(found.json())


def place(found: dict[str, Any]) -> str:
    return f"/drives/{found['parentReference']['driveId']}/items/{found['id']}"


async def folder(client: httpx.AsyncClient, parent: str, name: str, **more: Any) -> httpx.Response:
    return await client.post(f"{parent}/children", json={"name": name, "folder": {}, **more})


async def test_a_folder_is_made_once(writer: httpx.AsyncClient, conforms: Conforms):
    root = place(await item(writer, ""))
    made = await folder(writer, root, "2026-Q4")
    again = await folder(writer, root, "2026-q4")
    renamed = await folder(writer, root, "2026-Q4", **{CONFLICT: "rename"})

    conforms(made, f"POST {OF_ITEM}/children")
    assert (201, 0) == (made.status_code, made.json()["folder"]["childCount"])
    assert (409, "nameAlreadyExists") == code(again)
    assert "2026-Q4 1" == renamed.json()["name"]


@pytest.mark.parametrize(
    "name", ["CON", "lpt1", ".lock", "desktop.ini", "a_vti_b", "~$x", "end.", " x", "a|b", "Forms", ""]
)
async def test_names_that_sharepoint_keeps_are_refused(writer: httpx.AsyncClient, name: str):
    assert (400, "invalidRequest") == code(await folder(writer, place(await item(writer, "")), name))


async def test_a_path_beyond_400_characters_is_refused(writer: httpx.AsyncClient):
    at = place(await item(writer, ""))
    for _ in range(2):
        at = place((await folder(writer, at, "x" * 170)).json())
    response = await folder(writer, at, "x" * 30)

    assert (400, "pathIsTooLong") == (response.status_code, response.json()["error"]["innerError"]["code"])


async def test_an_item_is_moved_and_renamed_in_the_version_that_was_read(
    writer: httpx.AsyncClient, conforms: Conforms
):
    file, target = await item(writer, "/glossary.csv"), await item(writer, "/Runbooks")
    change = {"parentReference": {"id": target["id"]}, "name": "words.csv"}
    moved = await writer.patch(place(file), json=change, headers={"If-Match": file["eTag"]})
    stale = await writer.patch(place(file), json={"name": "x"}, headers={"If-Match": file["eTag"]})

    conforms(moved, f"PATCH {OF_ITEM}")
    assert ("words.csv", file["id"]) == (moved.json()["name"], moved.json()["id"])
    assert file["id"] == (await item(writer, "/Runbooks/words.csv"))["id"]
    assert (412, "resourceModified") == code(stale)
    assert (404, "itemNotFound") == code(await writer.get(f"{ENGINEERING}/root:/glossary.csv"))


async def test_a_name_changes_its_case_and_takes_no_other_items_place(writer: httpx.AsyncClient):
    file = await item(writer, "/glossary.csv")
    taken = await writer.patch(place(file), json={"name": "PIPELINE.yml"})
    case = await writer.patch(place(file), json={"name": "Glossary.csv"})

    assert (409, "nameAlreadyExists") == code(taken)
    assert (200, "Glossary.csv") == (case.status_code, case.json()["name"])


async def test_what_cannot_be_moved_is_refused(writer: httpx.AsyncClient):
    runbooks, root = await item(writer, "/Runbooks"), await item(writer, "")
    elsewhere = await item(writer, "/Timetable", HARBOUR)
    opened = await item(writer, "/Timetable/spring.csv", HARBOUR)
    to = [
        (runbooks, {"parentReference": {"id": runbooks["id"]}}),
        (runbooks, {"parentReference": {"id": "root"}}),
        (
            runbooks,
            {
                "parentReference": {
                    "driveId": elsewhere["parentReference"]["driveId"],
                    "id": elsewhere["id"],
                }
            },
        ),
        (root, {"name": "x"}),
        (opened, {"name": "x.csv"}),
    ]
    refused = [code(await writer.patch(place(each), json=change)) for each, change in to]

    assert [
        (400, "invalidRequest"),
        (400, "invalidRequest"),
        (400, "notSupported"),
        (400, "invalidRequest"),
        (423, "resourceLocked"),
    ] == refused


async def test_a_copy_is_watched_without_a_token(sandbox: Sandbox, writer: httpx.AsyncClient):
    source, target = await item(writer, "/Runbooks"), await item(writer, "/Timetable", HARBOUR)
    to = {"driveId": target["parentReference"]["driveId"], "id": target["id"]}
    accepted = await writer.post(f"{place(source)}/copy", json={"parentReference": to, "name": "Copied"})
    monitor = accepted.headers["location"]
    async with sandbox.files() as files:
        leaked = await files.get(monitor, headers={"Authorization": "Bearer x"})
        looks = [await files.get(monitor) for _ in range(3)]
    copied = await item(writer, "/Timetable/Copied", HARBOUR)

    assert (202, b"", "graph-files.test") == (
        accepted.status_code,
        accepted.content,
        httpx.URL(monitor).host,
    )
    assert (401, "unauthenticated") == code(leaked)
    assert [(202, "inProgress"), (200, "completed"), (200, "completed")] == [
        (each.status_code, each.json()["status"]) for each in looks
    ]
    assert (copied["id"], 4) == (looks[1].json()["resourceId"], copied["folder"]["childCount"])


async def test_a_copy_onto_a_taken_name_fails_only_where_it_is_watched(
    sandbox: Sandbox, writer: httpx.AsyncClient
):
    file, root = await item(writer, "/glossary.csv"), await item(writer, "")
    to = {"driveId": root["parentReference"]["driveId"], "id": root["id"]}
    accepted = await writer.post(f"{place(file)}/copy", json={"parentReference": to})
    half = await writer.post(f"{place(file)}/copy", json={"parentReference": {"id": root["id"]}})
    async with sandbox.files() as files:
        await files.get(accepted.headers["location"])
        failed = (await files.get(accepted.headers["location"])).json()

    assert (202, "failed", "nameAlreadyExists") == (
        accepted.status_code,
        failed["status"],
        failed["error"]["code"],
    )
    assert (400, "invalidRequest") == code(half)


async def test_what_is_deleted_is_gone_with_what_is_below(writer: httpx.AsyncClient):
    directory = await item(writer, "/Runbooks")
    below = await item(writer, "/Runbooks/on-call.docx")
    stale = await writer.delete(place(directory), headers={"If-Match": '"x,1"'})
    deleted = await writer.delete(place(directory), headers={"If-Match": directory["eTag"]})
    opened = await writer.delete(place(await item(writer, "/Timetable", HARBOUR)))

    assert (412, "resourceModified") == code(stale)
    assert (204, (404, "itemNotFound")) == (deleted.status_code, code(await writer.get(place(below))))
    assert (423, "resourceLocked") == code(opened)


async def test_earlier_versions_are_listed_and_read(
    sandbox: Sandbox, writer: httpx.AsyncClient, conforms: Conforms
):
    file = await item(writer, "/Runbooks/booking-api-build.md")
    await writer.put(f"{place(file)}/content", content=b"now")
    listed = await writer.get(f"{place(file)}/versions")
    first = await writer.get(f"{place(file)}/versions/1.0/content")
    async with sandbox.files() as files:
        text = (await files.get(first.headers["location"])).text

    conforms(listed, f"GET {OF_ITEM}/versions")
    assert ["4.0", "3.0", "2.0", "1.0"] == [each["id"] for each in listed.json()["value"]]
    assert 3 == listed.json()["value"][0]["size"]
    assert text.endswith("Ask Dmitri.\n")
    assert (400, "invalidRequest") == code(await writer.get(f"{place(file)}/versions/4.0/content"))
    assert (404, "itemNotFound") == code(await writer.get(f"{place(file)}/versions/9.0/content"))


async def test_a_name_alone_is_no_new_version_of_the_content(writer: httpx.AsyncClient):
    file = await item(writer, "/glossary.csv")
    renamed = (await writer.patch(place(file), json={"name": "words.csv"})).json()
    versions = (await writer.get(f"{place(file)}/versions")).json()["value"]

    assert file["eTag"] != renamed["eTag"]
    assert ["1.0"] == [each["id"] for each in versions]


async def test_reading_permissions_change_nothing(sandbox: Sandbox, writer: httpx.AsyncClient):
    file = await item(writer, "/glossary.csv")
    async with sandbox.client("ana", scopes="Files.Read.All") as client:
        refused = [
            await folder(client, place(await item(writer, "")), "x"),
            await client.patch(place(file), json={"name": "x"}),
            await client.delete(place(file)),
            await client.post(f"{place(file)}/copy", json={"name": "x"}),
        ]

    assert [(403, "accessDenied")] * 4 == [code(each) for each in refused]
