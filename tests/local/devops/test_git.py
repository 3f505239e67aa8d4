from __future__ import annotations

import pytest

GIT = "/larkspur/Booking/_apis/git"
PULL_REQUEST = f"{GIT}/repositories/booking-api/pullRequests/412"
DMITRI = "4c3d2ebf-a091-4827-b6a5-9483c7d6e5f4"
FARID = "5d4e3fc0-b1a2-4938-87b6-a594d8e7f605"


def ids(response):
    assert response.status_code == 200, response.text
    return [each["pullRequestId"] for each in response.json()["value"]]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({}, [416, 412, 415]),
        ({"searchCriteria.status": "abandoned"}, [399]),
        ({"searchCriteria.creatorId": DMITRI}, [412]),
        ({"searchCriteria.reviewerId": FARID}, [412]),
        ({"searchCriteria.creatorId": DMITRI, "searchCriteria.status": "completed", "$top": 1}, [408]),
        ({"searchCriteria.sourceRefName": "refs/heads/ana/warm-cache"}, [416]),
        ({"$top": 1, "$skip": 1}, [412]),
    ],
    ids=str,
)
async def test_pull_requests_are_filtered_newest_first(ana, criteria, expected):
    assert expected == ids(await ana.get(f"{GIT}/pullrequests", params=criteria))


async def test_a_repository_lists_its_own(ana):
    assert [415] == ids(await ana.get(f"{GIT}/repositories/Booking-Web/pullrequests"))


async def test_a_status_there_is_not_is_a_binding_error(ana):
    refused = await ana.get(f"{GIT}/pullrequests", params={"searchCriteria.status": "open"})

    assert 400 == refused.status_code
    assert "searchCriteria.status" in refused.json()["value"]["Message"]


async def test_lists_cut_the_description_that_the_whole_has(ana):
    listed = (await ana.get(f"{GIT}/pullrequests", params={"searchCriteria.creatorId": DMITRI})).json()[
        "value"
    ][0]
    alone = (await ana.get(PULL_REQUEST)).json()

    assert 400 == len(listed["description"]) < len(alone["description"])
    assert ["1303", "1302"] == [each["id"] for each in alone["workItemRefs"]]
    assert "workItemRefs" not in listed


async def test_reviewers_vote_and_may_be_required(ana):
    reviewers = (await ana.get(PULL_REQUEST)).json()["reviewers"]

    votes = [(each["displayName"], each["vote"], each.get("isRequired")) for each in reviewers]
    assert [("Ana Duarte", 0, True), ("Ben Osei", 5, None), ("Farid Haddad", -5, True)] == votes


async def test_threads_have_a_place_and_a_status_and_system_ones_neither(ana):
    threads = (await ana.get(f"{PULL_REQUEST}/threads")).json()["value"]

    first, system = threads[0], threads[3]
    assert ("/deploy/test/values.yaml", 14, "active") == (
        first["threadContext"]["filePath"],
        first["threadContext"]["rightFileStart"]["line"],
        first["status"],
    )
    assert [0, 1] == [comment["parentCommentId"] for comment in first["comments"]]
    assert ("system", None, False) == (
        system["comments"][0]["commentType"],
        system["threadContext"],
        "status" in system,
    )


async def test_changed_files_come_with_the_iteration_in_pages(ana):
    iterations = (await ana.get(f"{PULL_REQUEST}/iterations")).json()["value"]
    url = f"{PULL_REQUEST}/iterations/{iterations[-1]['id']}/changes"
    page = (await ana.get(url, params={"$top": 3})).json()
    rest = (await ana.get(url, params={"$skip": page["nextSkip"], "$top": page["nextTop"]})).json()

    changes = [
        (each["changeType"], each["item"]["path"]) for each in page["changeEntries"] + rest["changeEntries"]
    ]
    assert ("add", "/scripts/wait_for_port.py") == changes[2]
    assert (4, 0) == (len(changes), rest["nextSkip"])


async def test_a_rename_tells_the_former_path(ana):
    url = "/larkspur/Harbour Ops/_apis/git/repositories/manifest/pullRequests/405/iterations/1/changes"
    changes = (await ana.get(url)).json()["changeEntries"]

    assert "/manifest/desk.py" == changes[1]["originalPath"]


@pytest.mark.parametrize(
    ("path", "type_key"),
    [
        (f"{GIT}/repositories/booking-cli", "GitRepositoryNotFoundException"),
        (f"{GIT}/repositories/manifest", "GitRepositoryNotFoundException"),
        (f"{GIT}/pullrequests/9999", "GitPullRequestNotFoundException"),
        (f"{GIT}/pullrequests/405", "GitPullRequestNotFoundException"),
        (f"{GIT}/repositories/booking-web/pullRequests/412", "GitPullRequestNotFoundException"),
        (f"{PULL_REQUEST}/iterations/2/changes", "GitItemNotFoundException"),
    ],
)
async def test_what_is_missing_or_elsewhere_is_a_404(ana, path, type_key):
    refused = await ana.get(path)

    assert (404, type_key) == (refused.status_code, refused.json()["typeKey"])
