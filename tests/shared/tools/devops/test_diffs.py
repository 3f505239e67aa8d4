"""What commits, branches and pull requests change, as a caller of the tool finds it."""

from hashlib import sha1
from typing import Any

import pytest

from shared.apis.devops.git_diffs import SIDE_LIMIT_BYTES
from shared.errors import ToolError
from shared.tools.devops.commits import devops_list_commits
from shared.tools.devops.diffs import Diff, devops_get_diff
from shared.tools.devops.repository_files import devops_read_file
from tests.shared.tools.devops_calls import BOOKING
from tests.shared.tools.sandbox import Sandbox

API = {"repository": "booking-api", **BOOKING}
HARBOUR = {"organization": "larkspur", "project": "Harbour Ops"}
SUBNET = [
    ("/azure-pipelines.yml", "edit"),
    ("/deploy/test/values.yaml", "edit"),
    ("/scripts/wait_for_port.py", "add"),
    ("/tests/integration/conftest.py", "edit"),
]


async def diff(sandbox: Sandbox, **arguments: Any) -> Diff:
    found: Diff = await sandbox.call(devops_get_diff, **arguments)
    return found


def changes(found: Diff) -> list[tuple[str, str]]:
    return [(each.path, each.change) for each in found.files]


async def test_a_branch_shows_what_it_changed_since_it_left_the_default_one(read_only: Sandbox):
    found = await diff(read_only, target="dmitri/cache-subnet", **API)

    assert SUBNET == changes(found)
    assert "@@ -11,5 +11,5 @@" == found.files[1].diff.text.splitlines()[0]
    assert ["-    ip: 10.42.4.7", "+    ip: 10.42.16.5"] == found.files[1].diff.text.splitlines()[4:6]
    assert (1, 0, True, None) == (found.ahead, found.behind, found.complete, found.commit)


async def test_what_the_base_changed_since_is_not_shown(read_only: Sandbox):
    found = await diff(read_only, base="main", target="ben/prices", **API)

    assert [("/src/prices.py", "edit")] == changes(found)
    assert 24 == found.behind


async def test_a_commit_shows_its_message_and_changes(read_only: Sandbox):
    newest = (await read_only.call(devops_list_commits, limit=1, **API)).items[0]
    found = await diff(read_only, commit=newest.commit_id, **API)
    by_address = await diff(read_only, commit=newest.web_url)

    assert "Answer the timetable from memory while the cache restarts" == found.commit.message.text
    assert [("/src/booking/timetable.py", "edit")] == changes(found)
    assert found.base_commit == found.commit.parents[0]
    assert found == by_address


async def test_a_first_commit_adds_everything(read_only: Sandbox):
    commits = (await read_only.call(devops_list_commits, limit=100, **API)).items
    found = await diff(read_only, commit=commits[-1].commit_id, path="/README.md", **API)

    assert (None, [("/README.md", "add")]) == (found.base_commit, changes(found))
    assert "@@ -0,0 +1,7 @@" == found.files[0].diff.text.splitlines()[0]


async def test_a_merge_is_compared_with_its_first_parent(read_only: Sandbox):
    found = await diff(read_only, commit="nightly", **API)

    assert ["/Dockerfile", "/deploy/prod/values.yaml", "/deploy/test/values.yaml"] == [
        each.path for each in found.files
    ]
    assert "A merge: compared with its first parent." == found.note


async def test_a_pull_request_shows_its_files_with_renames_once(read_only: Sandbox):
    found = await diff(read_only, pull_request=405, **HARBOUR)

    assert [("/manifest/close.py", "edit", None), ("/manifest/desks.py", "rename", "/manifest/desk.py")] == [
        (each.path, each.change, each.original_path) for each in found.files
    ]
    assert (None, "The content is the same: the name or the mode changed.") == (
        found.files[1].diff,
        found.files[1].note,
    )


async def test_a_finished_pull_request_is_shown_although_its_branch_is_gone(read_only: Sandbox):
    found = await diff(read_only, pull_request="!408", **BOOKING)

    assert ["/Dockerfile", "/deploy/prod/values.yaml", "/deploy/test/values.yaml"] == [
        each.path for each in found.files
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/scripts", ["/scripts/wait_for_port.py"]),
        ("scripts/wait_for_port.py", ["/scripts/wait_for_port.py"]),
        ("/", [path for path, _ in SUBNET]),
    ],
)
async def test_one_file_or_folder_is_chosen(read_only: Sandbox, path: str, expected: list[str]):
    found = await diff(read_only, target="dmitri/cache-subnet", path=path, **API)

    assert expected == [each.path for each in found.files]


@pytest.mark.parametrize("arguments", [{}, {"path": "/"}], ids=str)
async def test_pages_of_files_hold_each_once(read_only: Sandbox, arguments: dict[str, Any]):
    files, cursor = [], None
    for _ in range(30):
        found = await diff(
            read_only, target="dmitri/cache-subnet", limit=1, cursor=cursor, **arguments, **API
        )
        files += changes(found)
        cursor = found.next_cursor
        assert found.complete == (cursor is None)
        if cursor is None:
            break

    assert SUBNET == files


async def test_a_long_diff_goes_on_from_its_offset(read_only: Sandbox):
    arguments = {"target": "dmitri/cache-subnet", "path": "/scripts", **API}
    whole = (await diff(read_only, **arguments)).files[0].diff
    rest = (await diff(read_only, offset=100, **arguments)).files[0].diff

    assert whole.text[100:] == rest.text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({**API}, "invalid_argument", "exactly one"),
        ({**API, "commit": "main", "target": "main"}, "invalid_argument", "exactly one"),
        ({**API, "pull_request": 412, "target": "main"}, "invalid_argument", "exactly one"),
        ({**BOOKING, "target": "main"}, "invalid_argument", "repository: it is missing"),
        ({**API, "target": "ben/price"}, "not_found", "ben/prices"),
        ({**API, "target": "ben/prices", "path": "/src/price.py"}, "not_found", "/src/prices.py"),
        ({**API, "commit": "0" * 40}, "not_found", "0000"),
        ({**BOOKING, "repository": "booking-loadtest", "target": "x"}, "not_found", "empty"),
    ],
    ids=str,
)
async def test_what_cannot_be_compared_is_said(
    read_only: Sandbox, arguments: dict[str, Any], code: str, said: str
):
    with pytest.raises(ToolError) as refused:
        await diff(read_only, **arguments)

    assert code == refused.value.code
    assert said in refused.value.message


async def test_a_large_file_is_not_compared(read_only: Sandbox):
    await read_only.fail("devops", path="*/blobs/*", status=200, json={"size": SIDE_LIMIT_BYTES + 1})
    found = await diff(read_only, target="ben/prices", **API)

    assert (None, "Too large to compare here: 524,289 bytes.") == (found.files[0].diff, found.files[0].note)


async def test_a_file_that_cannot_be_read_leaves_the_others(read_only: Sandbox):
    await read_only.fail("devops", path="*/blobs/*", times=1, status=403, json={"message": "no"})
    found = await diff(read_only, target="dmitri/cache-subnet", **API)

    notes = [each.note for each in found.files if each.diff is None]
    assert 1 == len(notes)
    assert "It could not be read" in notes[0]


@pytest.mark.parametrize("missing", [{}, {"originalObjectId": None}], ids=["absent", "null"])
async def test_what_a_file_was_is_looked_up_where_the_list_does_not_tell(
    read_only: Sandbox, missing: dict[str, None]
):
    real = await diff(read_only, target="ben/prices", **API)
    file = await read_only.call(devops_read_file, path="/src/prices.py", version="ben/prices", **API)
    content = f"{file.content.text}\n".encode()
    blob = sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
    item = {"path": "/src/prices.py", "objectId": blob, "gitObjectType": "blob", **missing}
    body = {"changes": [{"item": item, "changeType": "edit"}], "allChangesIncluded": None}
    body |= {"commonCommit": real.base_commit, "changeCounts": None}
    await read_only.fail("devops", path="*/diffs/commits", status=200, json=body)

    assert real.files == (await diff(read_only, target="ben/prices", **API)).files
