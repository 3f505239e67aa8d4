from __future__ import annotations

import subprocess
from datetime import UTC, datetime

import pytest

from local.devops.git_objects import FILE, Entry, GitObjects
from local.devops.people import Identity

GIT = "/larkspur/Booking/_apis/git/repositories"
API = f"{GIT}/booking-api"
TIDES = "/larkspur/Harbour%20Ops/_apis/git/repositories/Tide%20Tables"
SEARCH = "http://search.test/larkspur/_apis/search/codesearchresults"
LABS = "http://search.test/larkspur-labs/_apis/search/codesearchresults"


async def read(client, url, **query):
    response = await client.get(url, params=query)

    assert response.status_code == 200, response.text
    return response.json()


async def type_of_refusal(client, url, **query):
    refused = await client.get(url, params=query)
    return refused.status_code, refused.json().get("typeKey")


async def test_ids_are_those_git_computes(tmp_path):
    git = GitObjects()
    author = Identity("ana", "1", "Ana Duarte", "ana@larkspur.example")
    files = {path: Entry(FILE, git.add_blob(b"1\n")) for path in ("/b", "/a/x", "/a-b", "/a.b")}
    ours = git.commit(files, (), author, datetime(2026, 11, 1, 9, tzinfo=UTC), "Begin\n")
    for path in files:
        file = tmp_path / path[1:]
        file.parent.mkdir(exist_ok=True)
        file.write_text("1\n")
    moment = {f"GIT_{who}_DATE": "2026-11-01T09:00:00+0000" for who in ("AUTHOR", "COMMITTER")}
    names = {f"GIT_{who}_NAME": "Ana Duarte" for who in ("AUTHOR", "COMMITTER")}
    mails = {f"GIT_{who}_EMAIL": "ana@larkspur.example" for who in ("AUTHOR", "COMMITTER")}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **moment, **names, **mails},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    run("init", "--quiet")
    run("add", ".")
    run("commit", "--quiet", "-m", "Begin")

    assert run("rev-parse", "HEAD") == ours


async def test_a_file_comes_as_json_or_as_its_bytes(ana):
    item = await read(ana, f"{API}/items", path="deploy/test/values.yaml", includeContent="true")
    raw = await ana.get(f"{API}/items", params={"path": "/deploy/test/values.yaml", "$format": "octetStream"})
    blob = await ana.get(f"{API}/blobs/{item['objectId']}", headers={"accept": "application/octet-stream"})

    assert "ip: 10.42.4.7" in item["content"].splitlines()[13]
    assert item["content"].encode() == raw.content == blob.content
    assert (await read(ana, f"{API}/blobs/{item['objectId']}"))["size"] == len(raw.content)


async def test_without_being_asked_an_item_has_no_content_and_never_a_size(ana):
    item = await read(ana, f"{API}/items", path="/README.md")

    assert set(item) == {"objectId", "gitObjectType", "commitId", "path", "url"}


async def test_versions_go_by_short_names(ana):
    on_branch = await read(
        ana, f"{API}/items", path="/src/prices.py", **{"versionDescriptor.version": "ben/prices"}
    )
    at_tag = await read(
        ana,
        f"{API}/items",
        path="/src/prices.py",
        **{"versionDescriptor.version": "v2.3.0", "versionDescriptor.versionType": "tag"},
    )

    assert on_branch["objectId"] != at_tag["objectId"]
    for wrong in ("refs/heads/main", "v2.3.0", "gone"):
        assert (404, "GitUnresolvableToCommitException") == await type_of_refusal(
            ana, f"{API}/items", path="/src/prices.py", **{"versionDescriptor.version": wrong}
        )


@pytest.mark.parametrize(
    ("path", "encoding", "binary"),
    [
        ("/README.md", 65001, False),
        ("/tables/old/Horta.txt", 1252, False),
        ("/tables/old/export.txt", 1200, False),
        ("/harbour.png", -1, True),
        ("/tables/März 100% #1.csv", 65001, False),
    ],
)
async def test_metadata_tells_encodings_and_binary_files(ana, path, encoding, binary):
    item = await read(ana, f"{TIDES}/items", path=path, includeContentMetadata="true")

    assert (encoding, binary) == (item["contentMetadata"]["encoding"], item["contentMetadata"]["isBinary"])


async def test_a_tree_tells_modes_and_sizes(ana):
    root = await read(ana, f"{TIDES}/items", path="/")
    tree = await read(ana, f"{TIDES}/trees/{root['objectId']}")

    entries = {each["relativePath"]: each for each in tree["treeEntries"]}
    assert "120000" == entries["latest"]["mode"]
    assert ("tree", None) == (entries["tables"]["gitObjectType"], entries["tables"].get("size"))
    assert entries["tides.sqlite"]["size"] > 100


@pytest.mark.parametrize(
    ("url", "query", "expected"),
    [
        (f"{API}/items", {"path": "/nowhere.py"}, (404, "GitItemNotFoundException")),
        (f"{API}/blobs/{'0' * 40}", {}, (404, "GitObjectDoesNotExistException")),
        (f"{API}/commits/{'0' * 40}", {}, (404, "GitCommitDoesNotExistException")),
        (f"{GIT}/booking-legacy/refs", {}, (404, "GitRepositoryNotFoundException")),
        (f"{GIT}/booking-loadtest/items", {"path": "/"}, (404, "GitUnresolvableToCommitException")),
        ("/larkspur/_apis/git/repositories/booking-api/refs", {}, (404, "GitRepositoryNotFoundException")),
        (
            f"{API}/refs",
            {"filter": "heads/", "includeMyBranches": "true"},
            (400, "ArgumentException"),
        ),
    ],
)
async def test_what_is_missing_disabled_or_wrong_is_refused(ana, url, query, expected):
    assert expected == await type_of_refusal(ana, url, **query)


async def test_an_empty_repository_has_no_default_branch_and_a_disabled_one_is_listed(ana):
    listed = {each["name"]: each for each in (await read(ana, GIT))["value"]}

    assert "defaultBranch" not in listed["booking-loadtest"]
    assert listed["booking-legacy"]["isDisabled"]
    assert [] == (await read(ana, f"{GIT}/booking-loadtest/commits"))["value"]


async def test_references_come_in_pages_and_tags_are_peeled(ana):
    first = await ana.get(f"{API}/refs", params={"filter": "heads/", "$top": 2})
    token = first.headers["x-ms-continuationtoken"]
    rest = await ana.get(f"{API}/refs", params={"filter": "heads/", "continuationToken": token})
    tags = await read(ana, f"{API}/refs", filter="tags/", peelTags="true")

    names = [each["name"] for each in first.json()["value"] + rest.json()["value"]]
    assert ["ana/warm-cache", "ben/prices", "dmitri/cache-subnet", "main"] == [
        each.removeprefix("refs/heads/") for each in names
    ]
    assert ["peeledObjectId" in each for each in tags["value"]] == [False, True]


async def test_branches_tell_how_far_they_are(ana):
    stats = {each["name"]: each for each in (await read(ana, f"{API}/stats/branches"))["value"]}

    assert (1, 0) == (
        stats["dmitri/cache-subnet"]["aheadCount"],
        stats["dmitri/cache-subnet"]["behindCount"],
    )
    assert stats["main"]["isBaseVersion"]


async def test_commits_are_searched_by_author_time_and_path(ana):
    async def titles(**criteria):
        query = {f"searchCriteria.{name}": value for name, value in criteria.items()}
        return [each["comment"] for each in (await read(ana, f"{API}/commits", **query))["value"]]

    assert (
        "Answer the timetable from memory while the cache restarts" == (await titles(author="ana.duarte"))[0]
    )
    assert ["Move the cache settings out of the image", "Begin booking-api"] == await titles(
        itemPath="/Dockerfile"
    )
    assert [] == await titles(toDate="2020-01-01T00:00:00Z")


async def test_long_messages_are_cut_in_lists(ana):
    listed = await read(ana, f"{API}/commits", **{"searchCriteria.itemPath": "/Dockerfile", "$top": 1})
    cut = listed["value"][0]
    whole = await read(ana, f"{API}/commits/{cut['commitId']}")

    assert cut["commentTruncated"]
    assert whole["comment"].endswith("redis-cache moves to snet-data-02.")


async def test_changes_name_folders_renames_and_what_was_renamed(ana):
    url = "/larkspur/Harbour%20Ops/_apis/git/repositories/manifest"
    diff = await read(
        ana,
        f"{url}/diffs/commits",
        baseVersion="main",
        targetVersion="dmitri/last-desk",
        diffCommonCommit="true",
    )

    assert [
        ("/manifest", "edit", None),
        ("/manifest/close.py", "edit", None),
        ("/manifest/desk.py", "delete, sourceRename", None),
        ("/manifest/desks.py", "rename", "/manifest/desk.py"),
    ] == [
        (each["item"]["path"], each["changeType"], each.get("sourceServerItem")) for each in diff["changes"]
    ]
    assert (1, 1) == (diff["aheadCount"], diff["behindCount"])


async def test_a_commit_lists_its_changes_with_top_and_skip_without_a_dollar(ana):
    commit = (await read(ana, f"{API}/commits", **{"$top": 1}))["value"][0]["commitId"]
    whole = await read(ana, f"{API}/commits/{commit}/changes")
    second = await read(ana, f"{API}/commits/{commit}/changes", top=1, skip=1)
    ignored = await read(ana, f"{API}/commits/{commit}/changes", **{"$top": 1})

    assert whole["changes"][1:2] == second["changes"]
    assert whole["changes"] == ignored["changes"]


async def found(client, body, url=SEARCH):
    response = await client.post(url, json={"$top": 25, **body})

    assert response.status_code == 200, response.text
    return response.json()


async def test_code_is_searched_by_words_and_the_hits_have_lines(ana):
    body = {"searchText": "refused ext:py path:cache", "includeSnippet": True}
    result = (await found(ana, body))["results"][0]

    hit = result["matches"]["content"][0]
    assert ("/src/booking/cache/client.py", 32) == (result["path"], hit["line"])
    assert hit["codeSnippet"][hit["column"] - 1 :].startswith("refused the connection")


async def test_code_search_indexes_default_branches_alone(ana):
    filters = {"Project": ["Booking"], "Repository": ["booking-api"], "Branch": ["ben/prices"]}

    assert 0 == (await found(ana, {"searchText": "CENT", "filters": filters}))["count"]
    assert 4 == (await found(ana, {"searchText": "*ache"}))["infoCode"]


async def test_code_search_wants_the_parents_of_a_filter_and_the_extension(ana):
    orphan = await ana.post(SEARCH, json={"searchText": "x", "filters": {"Repository": ["booking-api"]}})
    elsewhere = await ana.post(LABS, json={"searchText": "x"})

    assert (400, 403) == (orphan.status_code, elsewhere.status_code)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "succeeded"),
        ({"name": "refs/heads/ben/prices"}, "staleOldObjectId"),
        ({"name": "refs/heads/ben"}, "refNameConflict"),
        ({"name": "refs/heads/MAIN"}, "refNameConflict"),
        ({"name": "ana/x"}, "invalidRefName"),
        ({"name": "refs/heads/a b"}, "invalidRefName"),
        ({"newObjectId": "1" * 40}, "unresolvableToCommit"),
    ],
    ids=str,
)
async def test_a_reference_that_is_not_created_is_told_in_a_response_of_status_200(ana, changed, status):
    main = (await read(ana, f"{API}/refs", filter="heads/main"))["value"][0]["objectId"]
    update = {"name": "refs/heads/ana/x", "oldObjectId": "0" * 40, "newObjectId": main, **changed}
    response = await ana.post(f"{API}/refs", json=[update], params={"api-version": "7.1"})

    assert 200 == response.status_code
    [result] = response.json()["value"]
    assert (status, status == "succeeded") == (result["updateStatus"], result["success"])
