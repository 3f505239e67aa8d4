"""Every answer against Microsoft's published schemas, corrected by the overlay that comes with them."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from local.devops import ORGANIZATIONS, SEARCHES, profile
from local.devops.data_files import named_id
from tests.contract import published

BOOKING = "/larkspur/Booking"
WIT = f"{BOOKING}/_apis/wit"
BUILD = f"{BOOKING}/_apis/build"
GIT = f"{BOOKING}/_apis/git"
TASKS = f"{BOOKING}/_apis/distributedtask"
PULL_REQUEST = f"{GIT}/repositories/booking-api/pullRequests/412"
API = f"{GIT}/repositories/booking-api"
TIDES = "/larkspur/Harbour%20Ops/_apis/git/repositories/Tide%20Tables"
WIKI = f"{BOOKING}/_apis/wiki/wikis/Booking.wiki"
PROFILE = "http://profile.test/_apis"
SEARCH = "http://search.test/larkspur/_apis/search"
ANA = "1f0e9d8c-7b6a-4594-8372-6150f4e3d2c1"
SPRINT = named_id("iteration", "Booking", "Sprint 47")
STORIES = "Microsoft.RequirementCategory"
PROJECT = "2c7e91d4-6b58-4a3f-9e0d-7f1a2b3c4d5e"
REVIEW = f"vstfs:///CodeReview/CodeReviewId/{PROJECT}/"
VOTE = {"id": ANA, "vote": 10}
NEW_PULL_REQUEST = {
    "sourceRefName": "refs/heads/chiara/tiles",
    "targetRefName": "refs/heads/main",
    "title": "Tiles",
    "workItemRefs": [{"id": "1305"}],
}
NEW_REF = {"name": "refs/heads/x", "oldObjectId": "0" * 40}
NEW_THREAD = {
    "comments": [{"parentCommentId": 0, "content": "Hm.", "commentType": "text"}],
    "status": "active",
    "threadContext": {
        "filePath": "/azure-pipelines.yml",
        "rightFileStart": {"line": 1, "offset": 1},
        "rightFileEnd": {"line": 1, "offset": 1},
    },
}
PREVIEW = "api-version=7.1-preview.4"
SECURITY_PREVIEW = "api-version=7.2-preview.1"
ALERTS = "http://security.test/larkspur/Booking/_apis/alert/repositories/booking-api/alerts"

READS = [
    ("Profiles_Get", f"{PROFILE}/profile/profiles/me"),
    ("Profiles_Get", f"{PROFILE}/profile/profiles/me?details=true"),
    ("Accounts_List", f"{PROFILE}/accounts?memberId={ANA}"),
    ("Projects_List", "/larkspur/_apis/projects"),
    ("Projects_Get", "/larkspur/_apis/projects/Booking?includeCapabilities=true"),
    ("Teams_Get Teams", "/larkspur/_apis/projects/Booking/teams"),
    ("Teams_Get", "/larkspur/_apis/projects/Booking/teams/Platform"),
    (
        "Teams_Get Team Members With Extended Properties",
        "/larkspur/_apis/projects/Booking/teams/Platform/members",
    ),
    ("Teams_Get All Teams", "/larkspur/_apis/teams?api-version=7.1-preview.3"),
    ("Teamsettings_Get", f"{BOOKING}/Platform/_apis/work/teamsettings"),
    ("Iterations_List", f"{BOOKING}/_apis/work/teamsettings/iterations"),
    ("Iterations_List", f"{BOOKING}/Platform/_apis/work/teamsettings/iterations?$timeframe=current"),
    (
        "Capacities_Get Capacities With Identity Ref And Totals",
        f"{BOOKING}/Platform/_apis/work/teamsettings/iterations/{SPRINT}/capacities",
    ),
    ("Teamdaysoff_Get", f"{BOOKING}/Platform/_apis/work/teamsettings/iterations/{SPRINT}/teamdaysoff"),
    ("Backlogs_List", f"{BOOKING}/Platform/_apis/work/backlogs"),
    ("Backlogs_Get Backlog Level Work Items", f"{BOOKING}/Platform/_apis/work/backlogs/{STORIES}/workItems"),
    ("Boards_List", f"{BOOKING}/Platform/_apis/work/boards"),
    ("Boards_Get", f"{BOOKING}/Platform/_apis/work/boards/Stories"),
    ("Queries_List", f"{WIT}/queries?$depth=2&$expand=wiql"),
    ("Queries_Search Queries", f"{WIT}/queries?$filter=bugs"),
    ("Teamfieldvalues_Get", f"{BOOKING}/_apis/work/teamsettings/teamfieldvalues"),
    ("Work Items_List", "/larkspur/_apis/wit/workitems?ids=1302,1303,1304&$expand=all"),
    ("Work Items_Get Work Item", f"{WIT}/workitems/1303?$expand=relations"),
    ("Work Items_Get Work Item", "/larkspur/_apis/wit/workitems/1304?fields=System.Id,System.AssignedTo"),
    ("Comments_Get Comments", f"{WIT}/workItems/1304/comments?$top=1&{PREVIEW}"),
    ("Comments_Get Comment", f"{WIT}/workItems/1304/comments/13040?{PREVIEW}"),
    ("Updates_List", "/larkspur/_apis/wit/workItems/1304/updates?$top=2&$skip=1"),
    ("Work Items_Get Work Item", "/larkspur/_apis/wit/workitems/1311?$expand=relations"),
    ("Work Item Types_List", f"{WIT}/workitemtypes"),
    ("Work Item Types_Get", f"{WIT}/workitemtypes/User%20Story?$expand=all"),
    ("Work Item Type States_List", f"{WIT}/workitemtypes/Bug/states"),
    ("Fields_List", "/larkspur/_apis/wit/fields"),
    ("Work Item Relation Types_List", "/larkspur/_apis/wit/workitemrelationtypes"),
    ("Classification Nodes_Get", f"{WIT}/classificationnodes/iterations?$depth=2"),
    ("Classification Nodes_Get", f"{WIT}/classificationnodes/areas?$depth=1"),
    ("Definitions_List", f"{BUILD}/definitions?includeLatestBuilds=true"),
    ("Definitions_Get", f"{BUILD}/definitions/12"),
    ("Approvals_Query", f"{BOOKING}/_apis/pipelines/approvals?state=pending&$expand=steps&top=5"),
    ("Connection Data_Get", "/larkspur/_apis/connectionData?api-version=7.1-preview.1"),
    ("Test  Plans_List", f"{BOOKING}/_apis/testplan/plans?includePlanDetails=true"),
    ("Test  Suites_Get Test Suites For Plan", f"{BOOKING}/_apis/testplan/Plans/610/suites"),
    (
        "Suite Test Case_Get Test Case List",
        f"{BOOKING}/_apis/testplan/Plans/610/Suites/612/TestCase?witFields=Microsoft.VSTS.TCM.Steps",
    ),
    (
        "Identities_Read Identities",
        "http://identities.test/larkspur/_apis/identities?searchFilter=General&filterValue=ana",
    ),
    ("Releases_List", "http://releases.test/larkspur/Booking/_apis/release/releases?$expand=environments"),
    ("Alerts_List", f"{ALERTS}?criteria.states=active&orderBy=severity&{SECURITY_PREVIEW}"),
    ("Alerts_Get", f"{ALERTS}/21?{SECURITY_PREVIEW}"),
    ("Alerts_Get", f"{ALERTS}/23?{SECURITY_PREVIEW}"),
    ("Test  Suites_Get Suites By Test Case Id", "/larkspur/_apis/testplan/suites?testCaseId=1402"),
    ("Configurations_List", f"{BOOKING}/_apis/policy/configurations?$top=2"),
    ("Configurations_Get", f"{BOOKING}/_apis/policy/configurations/42"),
    ("Tags_List", f"{WIT}/tags"),
    ("Tags_Get", f"{WIT}/tags/cache"),
    ("Variablegroups_Get Variable Groups", f"{TASKS}/variablegroups?groupName=booking-*&$top=1"),
    ("Variablegroups_Get", f"{TASKS}/variablegroups/3"),
    ("Environments_List", f"{TASKS}/environments?name=production"),
    ("Environments_Get", f"{TASKS}/environments/6"),
    ("Environmentdeployment Records_List", f"{TASKS}/environments/7/environmentdeploymentrecords?top=2"),
    ("Runs_List", f"{BOOKING}/_apis/test/runs?buildUri=vstfs:///Build/Build/4711&includeRunDetails=true"),
    ("Results_List", f"{BOOKING}/_apis/test/Runs/471117/results?outcomes=Failed,Aborted&$top=3"),
    ("Artifacts_List", f"{BUILD}/builds/4714/artifacts"),
    ("Builds_List", f"{BUILD}/builds?$top=120"),
    ("Builds_Get", f"{BUILD}/builds/4711"),
    ("Builds_Get", f"{BUILD}/builds/4715"),
    ("Timeline_Get", f"{BUILD}/builds/4711/timeline"),
    ("Timeline_Get", f"{BUILD}/builds/4715/timeline"),
    ("Builds_Get Build Logs", f"{BUILD}/builds/4711/logs"),
    ("Builds_Get Build Log", f"{BUILD}/builds/4711/logs/1"),
    ("Builds_Get Build Changes", f"{BUILD}/builds/4711/changes"),
    ("Builds_Get Build Work Items Refs", f"{BUILD}/builds/4713/workitems"),
    ("Pipelines_List", f"{BOOKING}/_apis/pipelines"),
    ("Pipelines_Get", f"{BOOKING}/_apis/pipelines/12"),
    ("Runs_List", f"{BOOKING}/_apis/pipelines/12/runs"),
    ("Runs_Get", f"{BOOKING}/_apis/pipelines/12/runs/4711"),
    ("Repositories_List", "/larkspur/_apis/git/repositories"),
    ("Repositories_Get Repository", f"{GIT}/repositories/booking-api"),
    ("Repositories_List", "/larkspur/Booking/_apis/git/repositories"),
    ("Items_List", f"{API}/items?scopePath=/src&recursionLevel=full&includeContentMetadata=true"),
    ("Items_Get", f"{API}/items?path=/README.md&includeContent=true"),
    ("Items_Get", f"{TIDES}/items?path=/latest&includeContentMetadata=true"),
    ("Items_Get", f"{TIDES}/items?path=/harbour.png&includeContentMetadata=true"),
    ("Refs_List", f"{API}/refs?filter=tags/&peelTags=true"),
    ("Stats_List", f"{API}/stats/branches"),
    ("Stats_Get", f"{API}/stats/branches?name=ben/prices"),
    ("Commits_Get Commits", f"{API}/commits?searchCriteria.author=ana"),
    ("Diffs_Get", f"{API}/diffs/commits?baseVersion=main&targetVersion=ben/prices&diffCommonCommit=true"),
    ("Pull Requests_Get Pull Requests By Project", f"{GIT}/pullrequests?searchCriteria.status=all"),
    ("Pull Requests_Get Pull Requests", f"{GIT}/repositories/booking-web/pullrequests"),
    ("Pull Requests_Get Pull Request By Id", "/larkspur/_apis/git/pullrequests/412"),
    ("Pull Requests_Get Pull Request", PULL_REQUEST),
    ("Pull Request Threads_List", f"{PULL_REQUEST}/threads"),
    ("Pull Request Threads_Get", f"{PULL_REQUEST}/threads/4121"),
    (
        "Evaluations_List",
        f"{BOOKING}/_apis/policy/evaluations?api-version=7.1-preview.1&artifactId={REVIEW}412",
    ),
    ("Pull Request Reviewers_List", f"{PULL_REQUEST}/reviewers"),
    ("Pull Request Labels_List", f"{PULL_REQUEST}/labels"),
    ("Pull Request Work Items_List", f"{PULL_REQUEST}/workitems"),
    ("Wikis_List", "/larkspur/_apis/wiki/wikis"),
    ("Wikis_Get", WIKI),
    ("Pages_Get Page", f"{WIKI}/pages?recursionLevel=full&includeContent=true"),
    ("Pages_Get Page By Id", f"{WIKI}/pages/103?includeContent=true"),
]

NEW_BUG = [{"op": "add", "path": "/fields/System.Title", "value": "New"}]
RESOLVED = [{"op": "add", "path": "/fields/System.State", "value": "Resolved"}]
FLAT = "SELECT [System.Id], [System.Title] FROM WorkItems ORDER BY [System.ChangedDate] DESC"
TREE = "SELECT [System.Id] FROM WorkItemLinks WHERE [Source].[System.WorkItemType] = 'Epic' MODE (Recursive)"
WORDS = {"searchText": "cache", "$top": 5, "includeFacets": True}

WRITES = [
    ("Pull Requests_Create", "POST", f"{GIT}/repositories/booking-web/pullrequests", NEW_PULL_REQUEST),
    ("Refs_Update Refs", "POST", f"{API}/refs", [{**NEW_REF, "newObjectId": "1" * 40}]),
    ("Pull Request Labels_Create", "POST", f"{PULL_REQUEST}/labels", {"name": "urgent"}),
    (
        "Pull Request Query_Get",
        "POST",
        f"{API}/pullrequestquery",
        {"queries": [{"type": "commit", "items": ["1" * 40]}]},
    ),
    ("Pull Requests_Update", "PATCH", PULL_REQUEST, {"title": "Other", "isDraft": True}),
    ("Pull Requests_Update", "PATCH", PULL_REQUEST, {"autoCompleteSetBy": {"id": ANA}}),
    ("Pull Request Reviewers_Create Pull Request Reviewer", "PUT", f"{PULL_REQUEST}/reviewers/{ANA}", VOTE),
    ("Pull Request Threads_Create", "POST", f"{PULL_REQUEST}/threads", NEW_THREAD),
    ("Pull Request Threads_Update", "PATCH", f"{PULL_REQUEST}/threads/4121", {"status": "fixed"}),
    (
        "Pull Request Thread Comments_Create",
        "POST",
        f"{PULL_REQUEST}/threads/4121/comments",
        {"content": "Seen", "parentCommentId": 1, "commentType": "text"},
    ),
    ("Wiql_Query By Wiql", "POST", f"{WIT}/wiql", {"query": FLAT}),
    ("Wiql_Query By Wiql", "POST", f"{WIT}/wiql", {"query": TREE}),
    (
        "Work Items_Get Work Items Batch",
        "POST",
        f"{WIT}/workitemsbatch",
        {"ids": [1302, 9], "errorPolicy": "omit"},
    ),
    ("Work Items_Create", "POST", f"{WIT}/workitems/$Bug", NEW_BUG),
    ("Work Items_Update", "PATCH", "/larkspur/_apis/wit/workitems/1304", RESOLVED),
    ("Comments_Add Comment", "POST", f"{WIT}/workItems/1304/comments?{PREVIEW}", {"text": "Seen"}),
    ("Comments_Update Comment", "PATCH", f"{WIT}/workItems/1304/comments/13040?{PREVIEW}", {"text": "Seen"}),
    ("Builds_Queue", "POST", f"{BUILD}/builds", {"definition": {"id": 12}}),
    ("Builds_Update Build", "PATCH", f"{BUILD}/builds/4715", {"status": "cancelling"}),
    (
        "Runs_Run Pipeline",
        "POST",
        f"{BOOKING}/_apis/pipelines/12/runs",
        {"templateParameters": {"env": "test"}},
    ),
    ("Preview_Preview", "POST", f"{BOOKING}/_apis/pipelines/12/preview", {"previewRun": True}),
    ("Pages_Create Or Update", "PUT", f"{WIKI}/pages?path=/New%20page", {"content": "# New"}),
    ("Pages Batch_Get", "POST", f"{WIKI}/pagesbatch", {"top": 10}),
    ("Wiki Search Results_Fetch Wiki Search Results", "POST", f"{SEARCH}/wikisearchresults", WORDS),
    (
        "Code Search Results_Fetch Code Search Results",
        "POST",
        f"{SEARCH}/codesearchresults",
        {**WORDS, "includeSnippet": True},
    ),
    (
        "Work Item Search Results_Fetch Work Item Search Results",
        "POST",
        f"{SEARCH}/workitemsearchresults",
        WORDS,
    ),
]


def problems(operation_id: str, response: httpx.Response) -> list[str]:
    """What is wrong with an answer, as one of this operation."""
    path = published.path_of(response.request)
    found = [
        each
        for each in published.matching("devops", response.request.method, path)
        if each.id == operation_id
    ]

    assert found, f"{operation_id} is not {response.request.method} {path}"
    return found[0].answer_problems(response)


@pytest.mark.parametrize(("operation_id", "url"), READS, ids=[f"{each[0]} {each[1]}" for each in READS])
async def test_what_is_read_has_the_published_shape(ana, operation_id, url):
    response = await ana.get(url)

    assert response.status_code == 200, response.text
    assert problems(operation_id, response) == []


async def test_what_is_read_by_its_id_has_the_published_shape(ana):
    tree = (await ana.get(f"{API}/items?path=/src")).json()["objectId"]
    item = (await ana.get(f"{API}/items?path=/README.md")).json()
    commit = item["commitId"]

    for operation_id, url in (
        ("Trees_Get", f"{API}/trees/{tree}"),
        ("Blobs_Get Blob", f"{API}/blobs/{item['objectId']}?$format=json"),
        ("Commits_Get", f"{API}/commits/{commit}"),
        ("Commits_Get Changes", f"{API}/commits/{commit}/changes"),
        ("Merge Bases_List", f"{API}/commits/{commit}/mergebases?otherCommitId={commit}"),
    ):
        response = await ana.get(url)

        assert response.status_code == 200, response.text
        assert problems(operation_id, response) == []


@pytest.mark.parametrize(
    ("operation_id", "method", "url", "body"), WRITES, ids=[f"{each[0]} {each[2]}" for each in WRITES]
)
async def test_what_answers_a_body_has_the_published_shape(ana, operation_id, method, url, body):
    kind = "application/json-patch+json" if "/wit/" in url and isinstance(body, list) else "application/json"
    response = await ana.request(method, url, content=json.dumps(body), headers={"content-type": kind})

    assert response.status_code in (200, 201), response.text
    assert problems(operation_id, response) == []


def test_every_operation_is_published_and_asks_for_the_published_scopes():
    described: dict[tuple[str, str], list[published.Operation]] = {}
    for each in published.operations("devops"):
        described.setdefault(_key(each.method, each.path), []).append(each)
    unlike = []
    for operation in [*ORGANIZATIONS, *profile.OPERATIONS, *SEARCHES]:
        key = _key(operation.method, f"_apis/{operation.path}")
        wanted = operation.preview or "7.1", {*operation.scopes}
        if not any(
            (each.version, each.permissions or wanted[1]) == wanted for each in described.get(key, [])
        ):
            unlike.append(key)

    # Described with a last segment that may be left out, or that is several.
    assert sorted(unlike) == [("GET", "build/builds/{}/timeline"), ("GET", "wit/classificationnodes/{}")]


def _key(method: str, path: str) -> tuple[str, str]:
    below = path.partition("?")[0].partition("_apis/")[2]
    return method, re.sub(r"\{\w+\}", "{}", below).casefold()
