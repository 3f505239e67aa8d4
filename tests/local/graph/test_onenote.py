import re
from typing import Any

import httpx
import pytest

from .conftest import Conforms, Sandbox, code, everything

PAGE = "<html><head><title>New &amp; fresh</title></head><body><h1>One</h1><p>Two</p></body></html>"
HTML = {"Content-Type": "text/html"}


async def section(client: httpx.AsyncClient, name: str) -> str:
    sections = (await client.get("/me/onenote/sections")).json()["value"]
    return next(str(each["id"]) for each in sections if each["displayName"] == name)


async def pages(client: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    response = await client.get(f"/me/onenote/sections/{await section(client, name)}/pages")
    return list(response.json()["value"])


async def content(client: httpx.AsyncClient, page_id: str) -> str:
    return (await client.get(f"/me/onenote/pages/{page_id}/content")).text


async def test_notebooks_hold_sections_and_groups_of_them(ana: httpx.AsyncClient, conforms: Conforms):
    notebooks = await ana.get("/me/onenote/notebooks")
    first = notebooks.json()["value"][0]
    sections = await ana.get(f"/me/onenote/notebooks/{first['id']}/sections")
    groups = await ana.get(f"/me/onenote/notebooks/{first['id']}/sectionGroups")
    whole = await ana.get("/me/onenote/sections?$expand=parentNotebook,parentSectionGroup")
    conforms(notebooks, "GET /me/onenote/notebooks")
    conforms(sections, "GET /me/onenote/notebooks/{notebook-id}/sections")
    conforms(groups, "GET /me/onenote/notebooks/{notebook-id}/sectionGroups")
    conforms(whole, "GET /me/onenote/sections")

    assert ["Cache move", "Talks", "Salary"] == [each["displayName"] for each in sections.json()["value"]]
    assert ["2026"] == [each["displayName"] for each in groups.json()["value"]]
    assert [None, None, "2026", None] == [
        (each["parentSectionGroup"] or {}).get("displayName") for each in whole.json()["value"]
    ]
    assert not re.search('"_', whole.text)


async def test_pages_come_last_changed_first_with_their_section(ana: httpx.AsyncClient, conforms: Conforms):
    path = f"/me/onenote/sections/{await section(ana, 'Cache move')}/pages"
    response = await ana.get(path)
    both = await ana.get("/me/onenote/pages?$expand=parentSection,parentNotebook&$select=id,title")
    conforms(response, "GET /me/onenote/sections/{onenoteSection-id}/pages")
    conforms(both, "GET /me/onenote/pages")
    one = await ana.get(f"/me/onenote/pages/{response.json()['value'][0]['id']}")
    conforms(one, "GET /me/onenote/pages/{onenotePage-id}")

    assert ["What broke build 4711", "Questions for the runbook"] == [
        each["title"] for each in response.json()["value"]
    ]
    assert {"Cache move"} == {each["parentSection"]["displayName"] for each in response.json()["value"]}
    assert {"id", "title", "parentSection", "parentNotebook"} == {*both.json()["value"][0]}


async def test_titles_are_filtered_and_pages_paged(ana: httpx.AsyncClient):
    condition = {"$filter": "contains(tolower(title),'runbook')"}
    found = (await ana.get("/me/onenote/pages", params=condition)).json()["value"]
    items, sizes = await everything(ana, "/me/onenote/pages?$top=3")

    assert ["Questions for the runbook"] == [each["title"] for each in found]
    assert (4, [3, 0, 1]) == (len(items), sizes)


async def test_more_than_a_hundred_pages_at_once_are_refused(ana: httpx.AsyncClient):
    assert (400, "20129") == code(await ana.get("/me/onenote/pages?$top=101"))


async def test_pages_of_very_many_sections_are_read_section_by_section(untouched: Sandbox):
    async with untouched.client("ben") as ben:
        refused = await ben.get("/me/onenote/pages")
        found = await pages(ben, "Week 7")

    assert (400, "20266") == code(refused)
    assert ["Notes of week 7"] == [each["title"] for each in found]


async def test_the_content_of_a_page_is_html_with_ids_only_when_asked(
    ana: httpx.AsyncClient, conforms: Conforms
):
    page = (await pages(ana, "Cache move"))[0]["id"]
    response = await ana.get(f"/me/onenote/pages/{page}/content")
    conforms(response, "GET /me/onenote/pages/{onenotePage-id}/content")
    with_ids = (await ana.get(f"/me/onenote/pages/{page}/content?includeIDs=true")).text

    assert "text/html; charset=utf-8" == response.headers["content-type"]
    assert '<p data-tag="to-do:completed">Read the log' in response.text
    assert " id=" not in response.text
    assert '<h1 id="h1:{' in with_ids


async def test_a_page_is_made_and_comes_into_lists_a_moment_later(
    writer: httpx.AsyncClient, conforms: Conforms
):
    path = f"/me/onenote/sections/{await section(writer, 'Talks')}/pages"
    made = await writer.post(path, content=PAGE, headers=HTML)
    conforms(made, "POST /me/onenote/sections/{onenoteSection-id}/pages")
    titles = [[each["title"] for each in await pages(writer, "Talks")] for _ in range(2)]

    assert (201, "New & fresh") == (made.status_code, made.json()["title"])
    assert [["Talk with Ben"], ["New & fresh", "Talk with Ben"]] == titles
    assert "<h1>One</h1>\r\n<p>Two</p>" in await content(writer, made.json()["id"])


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("<html><body><p>open</body></html>", HTML, 400),
        ("<html><body>&nbsp;</body></html>", HTML, 400),
        (PAGE, {"Content-Type": "application/json"}, 415),
        ("<p>" + "x" * 4_200_000 + "</p>", HTML, 413),
    ],
)
async def test_a_bad_page_is_refused(
    writer: httpx.AsyncClient, body: str, headers: dict[str, str], status: int
):
    path = f"/me/onenote/sections/{await section(writer, 'Talks')}/pages"

    assert status == (await writer.post(path, content=body, headers=headers)).status_code


async def test_what_onenote_does_not_keep_is_dropped(writer: httpx.AsyncClient):
    path = f"/me/onenote/sections/{await section(writer, 'Talks')}/pages"
    body = '<html><body onload="x"><script>x</script><p onclick="x"><main>kept</main></p>text</body></html>'
    made = (await writer.post(path, content=body, headers=HTML)).json()

    assert "Untitled Page" == made["title"]
    assert "<p>kept</p>\r\n<p>text</p>" in await content(writer, made["id"])


async def test_text_is_added_by_commands_which_return_nothing(writer: httpx.AsyncClient, conforms: Conforms):
    page = (await pages(writer, "Talks"))[0]["id"]
    commands = [
        {"target": "body", "action": "Append", "content": "<p>Last</p>"},
        {"target": "body", "action": "prepend", "content": "<p>First</p>"},
        {"target": "title", "action": "replace", "content": "Talks"},
    ]
    done = await writer.patch(f"/me/onenote/pages/{page}/content", json=commands)
    conforms(done, "PATCH /me/onenote/pages/{onenotePage-id}/content")
    html = await content(writer, page)

    assert (204, b"") == (done.status_code, done.content)
    assert html.index("First") < html.index("Three lines") < html.index("Last")
    assert "<title>Talks</title>" in html


@pytest.mark.parametrize(
    ("commands", "refusal"),
    [
        ({"target": "body", "action": "Append", "content": "<p>x</p>"}, (400, "20112")),
        ([], (400, "20112")),
        ([{"target": "body", "action": "Change", "content": "<p>x</p>"}], (400, "20112")),
        ([{"target": "body", "action": "Append", "content": "<p>x"}], (400, "20001")),
        ([{"target": "p:1", "action": "Replace", "content": "<p>x</p>"}], (400, "20137")),
    ],
)
async def test_bad_commands_are_refused(writer: httpx.AsyncClient, commands: Any, refusal: tuple[int, str]):
    page = (await pages(writer, "Talks"))[0]["id"]
    before = await content(writer, page)

    assert refusal == code(await writer.patch(f"/me/onenote/pages/{page}/content", json=commands))
    assert before == await content(writer, page)


async def test_notes_are_their_owners_and_a_section_may_be_closed(untouched: Sandbox, ana: httpx.AsyncClient):
    page = (await pages(ana, "Talks"))[0]["id"]
    closed = await section(ana, "Salary")
    async with untouched.client("ben") as ben:
        refused = await ben.get(f"/me/onenote/pages/{page}/content")

    assert (404, "20102") == code(refused)
    assert (403, "10004") == code(await ana.get(f"/me/onenote/sections/{closed}/pages"))


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ("Notes.Create", ["list", "create"]),
        ("Notes.Read", ["list", "read"]),
        ("Notes.ReadWrite", ["list", "create", "read", "append"]),
        ("Tasks.Read", []),
    ],
)
async def test_what_a_permission_allows(sandbox: Sandbox, scopes: str, allowed: list[str]):
    async with sandbox.client("ana") as full, sandbox.client("ana", scopes) as limited:
        where = await section(full, "Talks")
        page = (await pages(full, "Talks"))[0]["id"]
        commands = [{"target": "body", "action": "Append", "content": "<p>x</p>"}]
        answers = {
            "list": await limited.get("/me/onenote/sections"),
            "create": await limited.post(f"/me/onenote/sections/{where}/pages", content=PAGE, headers=HTML),
            "read": await limited.get(f"/me/onenote/pages/{page}/content"),
            "append": await limited.patch(f"/me/onenote/pages/{page}/content", json=commands),
        }

    assert allowed == [name for name, answer in answers.items() if answer.is_success]
    assert {(403, "40004")} >= {code(answer) for answer in answers.values() if not answer.is_success}


async def test_a_page_is_deleted(writer: httpx.AsyncClient):
    page = (await pages(writer, "Talks"))[0]["id"]
    gone = await writer.delete(f"/me/onenote/pages/{page}")

    assert (204, (404, "20102")) == (gone.status_code, code(await writer.get(f"/me/onenote/pages/{page}")))
