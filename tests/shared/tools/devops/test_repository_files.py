"""Files of repositories, as a caller of the tool finds them."""

from typing import Any

import pytest

from shared.apis.devops.git_files import FILE_LIMIT_BYTES
from shared.errors import ToolError
from shared.text.content import NOTICE
from shared.tools.devops.repository_files import RepositoryItem, devops_read_file
from tests.shared.tools.devops_calls import BOOKING, requests
from tests.shared.tools.sandbox import Sandbox

API = {"repository": "booking-api", **BOOKING}
TIDES = {"repository": "Tide Tables", "organization": "larkspur", "project": "Harbour Ops"}
WEB = "https://dev.azure.com/larkspur/Booking/_git/booking-api"


async def read(sandbox: Sandbox, **arguments: Any) -> RepositoryItem:
    found: RepositoryItem = await sandbox.call(devops_read_file, **arguments)
    return found


async def refusal(sandbox: Sandbox, **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as refused:
        await read(sandbox, **arguments)
    return refused.value


async def test_lines_of_a_file_come_in_the_envelope(read_only: Sandbox):
    found = await read(read_only, path="/src/booking/cache/client.py", first_line=41, last_line=41, **API)

    assert "        return await self._redis.get(key)" == found.content.text
    assert (NOTICE, "file booking-api/src/booking/cache/client.py") == (
        found.content.notice,
        found.content.origin,
    )
    assert (41, 41, 48) == (found.lines.first_line, found.lines.last_line, found.lines.total_lines)
    assert found.web_url.endswith(
        "/larkspur/Booking/_git/booking-api?path=%2Fsrc%2Fbooking%2Fcache%2Fclient.py"
        "&line=41&lineEnd=42&lineStartColumn=1&lineEndColumn=1"
    )


async def test_the_address_of_a_result_is_read_as_the_same_lines(read_only: Sandbox):
    first = await read(
        read_only, path="/src/prices.py", version="ben/prices", first_line=5, last_line=6, **API
    )
    again = await read(read_only, path=first.web_url)

    assert 'CENT = Decimal("1")' == first.content.text.splitlines()[0]
    assert first == again


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("path=/deploy/test/values.yaml&version=GBdmitri/cache-subnet&line=14&lineEnd=14", (14, 14)),
        ("path=/deploy/test/values.yaml&version=GBdmitri%2Fcache-subnet&line=13&lineEnd=15", (13, 15)),
        ("version=GBdmitri/cache-subnet&path=deploy/test/values.yaml&line=14", (14, 15)),
    ],
)
async def test_addresses_name_version_path_and_lines(
    read_only: Sandbox, query: str, expected: tuple[int, int]
):
    found = await read(read_only, path=f"{WEB}?{query}")

    assert ("dmitri/cache-subnet", *expected) == (
        found.version,
        found.lines.first_line,
        found.lines.last_line,
    )
    assert "10.42.16.5" in found.content.text


async def test_versions_are_branches_tags_and_commits(read_only: Sandbox):
    tag = await read(read_only, path="/src/prices.py", version="v2.3.0", **API)
    by_commit = await read(read_only, path="/src/prices.py", version=tag.commit_id.upper(), **API)
    by_reference = await read(read_only, path="/src/prices.py", version="refs/tags/v2.3.0", **API)
    by_address = await read(read_only, path=f"{WEB}?path=/src/prices.py&version=GTv2.3.0")
    commit_address = await read(read_only, path=f"{WEB}?path=/src/prices.py&version=GC{tag.commit_id}")

    assert "HELD_HOURS = 24" in tag.content.text
    every = (tag, by_commit, by_reference, by_address, commit_address)
    assert {tag.commit_id} == {each.commit_id for each in every}
    assert {tag.content.text} == {each.content.text for each in every}


@pytest.mark.parametrize("path", ["/tables", "tables", "/tables/", "tables\\"])
async def test_a_folder_lists_what_is_in_it(read_only: Sandbox, path: str):
    found = await read(read_only, path=path, **TIDES)

    assert [("old", "folder", None), ("Lisboa 2026.csv", "file", 54), ("März 100% #1.csv", "file", 33)] == [
        (each.name, each.kind, each.size_bytes) for each in found.entries
    ]


async def test_a_long_folder_goes_on(read_only: Sandbox):
    entries = [
        {"relativePath": f"file-{number:04}.txt", "mode": "100644", "gitObjectType": "blob", "size": 1}
        for number in range(1_000)
    ]
    names: list[str] = []
    offset: int | None = 0
    while offset is not None:
        await read_only.fail("devops", path="*/trees/*", status=200, json={"treeEntries": entries})
        found = await read(read_only, path="/", offset=offset, **API)
        names += [each.name for each in found.entries]
        assert (found.note is None) == (found.next_offset is None)
        offset = found.next_offset

    assert [each["relativePath"] for each in entries] == names


@pytest.mark.parametrize(
    ("path", "text", "encoding"),
    [
        ("/README.md", "# Tide tables", "utf-8"),
        ("/tables/old/Horta.txt", "Maré cheia: 14:05", "cp1252"),
        ("/tables/old/export.txt", "Pico;1,2", "utf-16-le"),
        ("/tables/März 100% #1.csv", "time,height", "utf-8"),
    ],
)
async def test_encodings_and_odd_names_are_read(read_only: Sandbox, path: str, text: str, encoding: str):
    found = await read(read_only, path=path, **TIDES)

    assert (text, encoding, path) == (found.content.text.splitlines()[0], found.encoding, found.path)
    assert found.note is None


async def test_a_branch_may_have_any_name(read_only: Sandbox):
    found = await read(read_only, path="/tables/Lisboa 2026.csv", version="chiara/fähre-#7", **TIDES)

    assert "time,height,ferry" == found.content.text.splitlines()[0]
    assert found.web_url.endswith("version=GBchiara%2Ff%C3%A4hre-%237")
    assert found == await read(read_only, path=found.web_url)


async def test_what_is_no_text_is_named(read_only: Sandbox):
    kinds = {
        path: await read(read_only, path=path, **TIDES)
        for path in ("/harbour.png", "/tides.sqlite", "/latest", "/vendor/almanac")
    }

    assert (None, 70) == (kinds["/harbour.png"].content, kinds["/harbour.png"].size_bytes)
    assert "binary" in kinds["/harbour.png"].note
    assert "Git LFS keeps the content elsewhere, 73,400,320 bytes" in kinds["/tides.sqlite"].note
    assert ("symlink", "tables/Lisboa 2026.csv") == (kinds["/latest"].kind, kinds["/latest"].content.text)
    assert ("submodule", None) == (kinds["/vendor/almanac"].kind, kinds["/vendor/almanac"].content)


async def test_neither_binary_nor_very_large_files_are_fetched(sandbox: Sandbox):
    await read(sandbox, path="/harbour.png", **TIDES)
    await sandbox.fail("devops", path="*/blobs/*", status=200, json={"size": FILE_LIMIT_BYTES + 1})
    large = await read(sandbox, path="/README.md", **API)

    assert (None, FILE_LIMIT_BYTES + 1) == (large.content, large.size_bytes)
    assert "Larger than 4 MB" in large.note
    assert not [each for each in await requests(sandbox) if "octetStream" in each["query"]]


async def test_an_error_in_the_place_of_the_bytes_is_no_content(read_only: Sandbox):
    error = {"message": "TF401: gone", "typeKey": "GitItemNotFoundException"}
    await read_only.fail("devops", path="*/blobs/*", status=200, json={"size": 10})
    await read_only.fail("devops", path="*/blobs/*", status=200, json=error)

    refused = await refusal(read_only, path="/README.md", **API)

    assert "upstream_error" == refused.code


async def test_lines_beyond_the_end_are_said(read_only: Sandbox):
    beyond = await read(read_only, path="/src/prices.py", first_line=900, **API)
    across = await read(read_only, path="/Dockerfile", first_line=2, last_line=99, **API)

    assert ("", f"The file ends at line {beyond.lines.total_lines}.") == (beyond.content.text, beyond.note)
    assert ("The file ends at line 3: last_line is beyond it.", 3) == (across.note, across.lines.last_line)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({**API, "path": "/src/price.py"}, "not_found", "Near it are: /src/prices.py"),
        ({**API, "path": "/readme.MD"}, "not_found", "/README.md"),
        ({**API, "path": "/scr/prices.py"}, "not_found", "/src"),
        ({**API, "path": "/README.md", "version": "ben/price"}, "not_found", "Near it are: ben/prices."),
        ({**API, "path": "/README.md", "version": "abc1234"}, "not_found", "no branch or tag abc1234"),
        ({**API, "path": "/README.md", "version": "0" * 40}, "not_found", "no commit 000"),
        ({**BOOKING, "repository": "bookingapi", "path": "/"}, "not_found", "booking-api"),
        ({**BOOKING, "repository": "booking-legacy", "path": "/"}, "not_found", "is disabled"),
        ({**BOOKING, "repository": "booking-loadtest", "path": "/"}, "not_found", "is empty"),
        ({**BOOKING, "path": "/README.md"}, "invalid_argument", "repository: it is missing"),
        ({**API, "path": "/README.md", "first_line": 3, "last_line": 2}, "invalid_argument", "last_line"),
        ({"path": "https://example.com/_git/x?path=/y"}, "invalid_argument", "not an address"),
        ({"path": "https://dev.azure.com/larkspur/Booking/_build"}, "invalid_argument", "not an address"),
    ],
    ids=str,
)
async def test_what_is_not_there_is_said_with_what_is_near(
    read_only: Sandbox, arguments: dict[str, Any], code: str, said: str
):
    refused = await refusal(read_only, **arguments)

    assert code == refused.code
    assert said in refused.message
    assert refused.remedy


async def test_a_repository_by_its_id_needs_no_project(read_only: Sandbox):
    by_name = await read(read_only, path="/README.md", **API)
    listed = (await requests(read_only))[-1]["path"]
    repository = "f44ee787-a48c-5865-95d6-080850853dd5"
    by_id = await read(read_only, path="/README.md", repository=repository, organization="larkspur")

    assert "blobs" in listed
    assert by_name == by_id


async def test_absent_and_null_members_lose_nothing(read_only: Sandbox):
    item = {
        "path": "/a.py",
        "objectId": None,
        "commitId": None,
        "gitObjectType": None,
        "contentMetadata": None,
        "content": "import os\n",
        "isFolder": None,
    }
    await read_only.fail("devops", path="*/items", status=200, json=item)

    found = await read(read_only, path="/a.py", **API)

    assert ("file", "import os", None) == (found.kind, found.content.text, found.commit_id)
