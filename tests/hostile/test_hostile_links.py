"""Where answers lead: next links, downloads and uploads to other places than they should."""

import base64
from pathlib import Path

import httpx
import pytest

from shared.http.request_budget import CALL_REQUESTS
from tests.hostile.world import Wire, World

MESSAGES = "https://graph.test/v1.0/me/mailFolders/inbox/messages"
LINKS = {
    "another host": "https://attacker.example/v1.0/me/messages",
    "a look-alike": "https://graph.test.attacker.example/v1.0/me/messages",
    "user info": "https://graph.test@attacker.example/v1.0/me/messages",
    "user info with a slash": "https://graph.test/v1.0@attacker.example/",
    "a port": "https://graph.test:8443/v1.0/me/messages",
    "http": "http://graph.test/v1.0/me/messages",
    "another version": "https://graph.test/beta/me/messages",
    "a version that only begins so": "https://graph.test/v1.0.evil/me",
    "the parent of the version": "https://graph.test/v1.0/../beta/me/messages",
    "the quoted parent": "https://graph.test/v1.0/%2e%2e/beta/me/messages",
    "no scheme": "//attacker.example/v1.0/me",
    "a path": "/v1.0/me/messages",
    "a backslash": "https:\\\\attacker.example\\v1.0",
    "a script": "javascript:alert(1)",
    "a file": "file:///etc/passwd",
    "dots and a fragment": "https://graph.test/v1.0/..#/me/messages",
    "a fragment": "https://graph.test/v1.0/me/messages#x",
    "quoted slashes": "https://graph.test/v1.0/me/..%2f..%2fbeta/me/messages",
    "dots quoted twice": "https://graph.test/v1.0/%252e%252e/beta/me/messages",
    "dots with a tab": "https://graph.test/v1.0/.\t./beta/me/messages",
    "loopback": "https://[::1]/v1.0/me/messages",
}
each_link = pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
LARGE = base64.b64encode(bytes(4 * 1024 * 1024 + 1)).decode()
UNSAFE = {
    "http": "http://files.attacker.example/x",
    "user info": "https://graph.test@files.attacker.example/x",
    "user and password": "https://user:secret@files.attacker.example/x",
    "a file": "file:///etc/passwd",
    "no scheme": "//files.attacker.example/x",
    "no host": "https:///x",
    "a broken host": "https://[::1/x",
    "a broken port": "https://files.example:port/x",
    "nothing": "",
    "a line break": "https://files.example/x\r\nX-Injected: yes",
    "backslashes": "https:\\\\files.example\\x",
    "another domain": "https://files.attacker.example/x",
    "a look-alike": "https://graph-files.test.attacker.example/x",
    "loopback": "https://localhost/x",
    "an address of loopback": "https://127.0.0.1/x",
    "an IPv6 address of loopback": "https://[::1]/x",
    "an IPv4 address within IPv6": "https://[::ffff:169.254.169.254]/x",
    "a private address": "https://10.0.0.4/x",
    "the metadata of the instance": "https://169.254.169.254/metadata/identity/oauth2/token",
    "the wire server": "https://168.63.129.16/machine",
    "a number": "https://2130706433/x",
    "another port": "https://graph-files.test:8443/x",
}
UNREADABLE = {"a broken host", "a broken port", "a line break", "backslashes"}
"""Those that no HTTP client takes for the address of a redirect."""


def item(item_id: str) -> dict[str, object]:
    """A message."""
    return {
        "id": item_id,
        "receivedDateTime": "2026-11-20T10:00:00Z",
        "subject": "Planted",
        "isRead": True,
        "hasAttachments": False,
    }


@each_link
async def test_a_next_link_to_another_place_is_not_followed(link: str, world: World):
    page = {"value": [item("one")], "@odata.nextLink": link}
    world.wire.answers[MESSAGES] = httpx.Response(200, json=page)
    first = await world.value("graph_get_emails", limit=1)

    code = await world.code("graph_get_emails", limit=1, cursor=first["next_cursor"])

    assert "upstream_error" == code
    assert 1 == len(world.wire.sent)


@each_link
async def test_an_empty_page_leads_to_no_other_place(link: str, world: World):
    world.wire.answers[MESSAGES] = httpx.Response(200, json={"value": [], "@odata.nextLink": link})

    code = await world.code("graph_get_emails", limit=1)

    assert "upstream_error" == code
    assert 1 == len(world.wire.sent)


async def test_pages_that_lead_to_themselves_come_to_an_end(world: World):
    world.wire.answers[MESSAGES] = httpx.Response(200, json={"value": [], "@odata.nextLink": MESSAGES})

    value = await world.value("graph_get_emails", limit=1)

    assert ([], False) == (value["items"], value["complete"])
    assert 10 == len(world.wire.sent)


@pytest.fixture
async def text_file(world: World) -> tuple[str, str]:
    """Id of a text file in Ana's OneDrive, and the address of its content."""
    name = "links.txt"
    file = await world.value(
        "sharepoint_upload_file", name=name, site="onedrive", text="text", on_conflict="rename"
    )
    drive, _, item_id = str(file["id"]).partition(":")
    world.wire.sent.clear()
    return str(
        file["id"]
    ), f"https://graph.test/v1.0/drives/{drive.replace('!', '%21')}/items/{item_id}/content"


@pytest.mark.parametrize("trick", UNSAFE)
@pytest.mark.parametrize("tool", ["sharepoint_read_file", "sharepoint_download_file"])
async def test_a_download_that_leads_to_an_unsafe_address_is_not_followed_and_not_handed_on(
    tool: str, trick: str, text_file: tuple[str, str], world: World
):
    file, content = text_file
    # As bytes, as some of them are no header at all.
    location = [(b"location", UNSAFE[trick].encode())]
    world.wire.answers[content] = httpx.Response(302, headers=location)

    code = await world.code(tool, file=file)

    assert ("unavailable" if trick in UNREADABLE else "upstream_error") == code
    assert {"graph.test"} == {sent.host for sent in world.wire.sent}


async def test_a_download_is_asked_of_another_host_without_the_token(
    text_file: tuple[str, str], world: World
):
    await world.value("sharepoint_read_file", file=text_file[0])

    (elsewhere,) = [sent for sent in world.wire.sent if sent.host != "graph.test"]
    assert "graph-files.test" == elsewhere.host
    assert "authorization" not in elsewhere.headers


async def test_a_download_follows_one_redirect_and_no_second(text_file: tuple[str, str], world: World):
    file, content = text_file
    first, second = "https://graph-files.test/one", "https://graph-files.test/two"
    world.wire.answers[content] = httpx.Response(302, headers={"location": first})
    world.wire.answers[first] = httpx.Response(302, headers={"location": second})

    code = await world.code("sharepoint_read_file", file=file)

    assert "upstream_error" == code
    assert "/two" not in {sent.path for sent in world.wire.sent}


@pytest.mark.parametrize("address", UNSAFE.values(), ids=UNSAFE.keys())
async def test_no_part_of_a_file_goes_to_an_unsafe_address(address: str, world: World):
    session = httpx.Response(200, json={"uploadUrl": address})
    world.wire.answers.update(dict.fromkeys(await upload_addresses(world), session))
    world.wire.sent.clear()

    code = await world.code("sharepoint_upload_file", name="large.bin", site="onedrive", content_base64=LARGE)

    assert "upstream_error" == code
    assert {"graph.test"} == {sent.host for sent in world.wire.sent}


async def upload_addresses(world: World) -> list[str]:
    """Where an upload session of the file is asked for."""
    await world.call(
        "sharepoint_upload_file",
        name="large.bin",
        site="onedrive",
        content_base64=LARGE,
        on_conflict="rename",
    )
    return [
        f"https://{sent.host}{sent.path}"
        for sent in world.wire.sent
        if sent.path.endswith("createUploadSession")
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_other_redirect_is_followed(status: int, world: World):
    world.wire.answers["https://graph.test/v1.0/me"] = httpx.Response(
        status, headers={"location": "https://attacker.example/v1.0/me"}
    )

    code = await world.code("graph_get_profile")

    assert "upstream_error" == code
    assert {"graph.test"} == {sent.host for sent in world.wire.sent}


class EndlessFolders(httpx.AsyncBaseTransport):
    """A mailbox in which every folder has folders and every page has a next one."""

    def __init__(self, inner: Wire) -> None:
        self._inner = inner
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "Folders" not in request.url.path:
            return await self._inner.handle_async_request(request)
        self.requests += 1
        folder = {"id": f"f{self.requests}", "displayName": f"Folder {self.requests}", "childFolderCount": 3}
        return httpx.Response(
            200,
            json={
                "value": [{**folder, "totalItemCount": 1, "unreadItemCount": 0}],
                "@odata.nextLink": f"https://graph.test/v1.0/me/mailFolders?$skiptoken={self.requests}",
            },
        )


async def test_lists_and_trees_without_an_end_take_a_bounded_number_of_requests(tmp_path: Path):
    endless = World(tmp_path)
    endless.client = httpx.AsyncClient(transport=(folders := EndlessFolders(endless.wire)))

    code = await endless.code("graph_get_emails", folder="nowhere")
    await endless.close()

    assert "upstream_error" == code
    assert 0 < folders.requests <= CALL_REQUESTS
