from __future__ import annotations

import pytest

QUERY = "/larkspur/_apis/wit/wiql"
IN_PROJECT = "/larkspur/Booking/_apis/wit/wiql"
IN_TEAM = "/larkspur/Booking/Platform/_apis/wit/wiql"
PATCH = {"content-type": "application/json-patch+json"}


@pytest.fixture
def find(ana):
    async def run(conditions, url=QUERY, order="[System.Id]", **params):
        query = f"SELECT [System.Id] FROM WorkItems WHERE {conditions} ORDER BY {order}"
        return await ana.post(url, json={"query": query}, params=params)

    return run


def ids(response):
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["workItems"]]


async def test_only_ids_come_back_whatever_is_selected(ana):
    query = "SELECT [System.Id], [System.Title] FROM WorkItems WHERE [System.Id] = 1304"
    answer = (await ana.post(QUERY, json={"query": query})).json()

    assert ["System.Id", "System.Title"] == [column["referenceName"] for column in answer["columns"]]
    assert [{"id", "url"}] == [item.keys() for item in answer["workItems"]]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("[System.Id] IN (1304, 1302, 9)", [1302, 1304]),
        ("[System.Title] CONTAINS 'o''brien'", [1305]),
        ("[System.Title] CONTAINS WORDS 'redis move'", [1302]),
        ("[System.Title] CONTAINS WORDS 'redi* sub'", [1302]),
        ("[System.Tags] CONTAINS 'security'", [1307, 1311]),
        ("[System.Tags] CONTAINS 'secur'", []),
        ("[System.AreaPath] = 'Booking' AND [System.WorkItemType] = 'epic'", [1001]),
        ("[System.WorkItemType] = 'Epic' AND [System.AreaPath] UNDER 'Booking'", [1001, 1002]),
        ("[System.CreatedBy] = 'Sinead O''Brien' AND [System.Tags] CONTAINS 'mail'", [1307]),
        ("[System.AssignedTo] = 'farid.haddad@larkspur.example' AND [System.Tags] CONTAINS 'redis'", [1311]),
        ("[System.AssignedTo] = '' AND [System.Id] > 1300", [1306]),
        ("[System.AssignedTo] IS EMPTY AND [System.Id] > 1300", [1306]),
        ("[System.Parent] = 1302 AND [System.Id] > 1300", [1303, 1311]),
        ("[System.CreatedDate] >= @Today - 1 AND [System.WorkItemType] = 'Task'", [1303]),
        ("[System.CreatedDate] = '2026-11-18'", [1303]),
        ("[System.CreatedDate] >= @StartOfMonth AND [Work Item Type] = 'User Story' AND [Id] > 1300", [1309]),
        ("[System.ChangedDate] = [System.CreatedDate] AND [System.Id] > 1305", [1306, 1309, 1312]),
        ("[Microsoft.VSTS.Common.Priority] = 1 AND [Severity] = '1 - Critical' AND [Id] > 1300", [1310]),
        ("NOT ([System.Id] < 1312 OR [System.Id] > 1312)", [1312]),
        ("[System.TeamProject] = 'Harbour Ops' AND [System.WorkItemType] = 'Feature'", [1006]),
        ("[Iteration Path] = @CurrentIteration('[Booking]\\Platform') + 1 AND [Id] > 1300", [1309, 1312]),
    ],
)  # fmt: skip
async def test_conditions_find_their_work_items(find, conditions, expected):
    assert expected == ids(await find(conditions))


async def test_me_is_whoever_asks(client_for):
    query = {
        "query": "SELECT [System.Id] FROM WorkItems WHERE [System.AssignedTo] = @Me AND [System.Id] > 1300"
    }

    found = {alias: ids(await client_for(alias).post(QUERY, json=query)) for alias in ("ana", "ben", "hugo")}

    assert {"ana": [1301, 1304, 1308, 1309], "ben": [1312], "hugo": []} == found


async def test_project_and_iteration_stand_for_the_places_of_the_path(find):
    project = await find("[System.TeamProject] = @Project AND [System.WorkItemType] = 'Feature'", IN_PROJECT)
    sprint = await find("[System.IterationPath] = @CurrentIteration AND [System.Id] > 1309", IN_TEAM)

    assert [1004, 1005] == ids(project)
    assert [] == ids(sprint)


@pytest.mark.parametrize(
    ("conditions", "url", "code"),
    [
        ("[System.TeamProject] = @Project", QUERY, "TF51007"),
        ("[System.IterationPath] = @CurrentIteration", IN_PROJECT, "TF51007"),
        ("[System.IterationPath] = @CurrentIteration('[Booking]\\Pirates')", QUERY, "VS402612"),
        ("[System.IterationPath] = @CurrentIteration + 9", IN_TEAM, "VS402612"),
        ("[System.AreaPath] UNDER 'Booking\\Moon'", QUERY, "TF51011"),
        ("[System.IterationPath] = 'Sprint 47'", QUERY, "TF51012"),
        ("[System.State] UNDER 'Active'", QUERY, "TF51009"),
        ("[System.Id] CONTAINS '13'", QUERY, "TF51009"),
        ("[System.Id] = 'many'", QUERY, "TF51008"),
        ("[System.ChangedDate] > 'soon'", QUERY, "TF51008"),
        ("[System.ChangedDate] > '2026-11-18T09:00:00Z'", QUERY, "VS403084"),
        ("[System.State] = @Tomorrow", QUERY, "TF51006"),
    ],
)
async def test_values_that_do_not_suit_are_refused(find, conditions, url, code):
    refused = await find(conditions, url)

    assert (400, code) == (refused.status_code, refused.json()["message"].partition(":")[0])


async def test_time_precision_allows_times(find):
    conditions = (
        "[System.CreatedDate] > '2026-11-18T16:09:00Z' AND [System.CreatedDate] < '2026-11-18T16:11:00Z'"
    )

    assert [1303] == ids(await find(conditions, timePrecision="true"))


async def test_top_cuts_after_sorting(find):
    order = "[System.CreatedDate] DESC"

    assert [1303, 1307, 1306] == ids(await find("[System.Id] > 0", order=order, **{"$top": 3}))


async def test_unset_values_sort_first_and_ids_break_ties(find):
    found = ids(await find("[System.Id] >= 1305", order="[System.AssignedTo], [System.Id] DESC"))

    assert [1306, 1309, 1308, 1312] == found[:4]


async def test_ever_looks_at_former_values(find, ana):
    patch = [{"op": "add", "path": "/fields/System.State", "value": "Closed"}]
    await ana.patch("/larkspur/_apis/wit/workitems/1312", json=patch, headers=PATCH)

    now = await find("[System.State] = 'New' AND [System.Id] = 1312")
    once = await find("[System.State] EVER 'New' AND [System.Id] = 1312")

    assert ([], [1312]) == (ids(now), ids(once))


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("MustContain", [(None, 1302), (1302, 1303), (1302, 1311)]),
        ("MayContain", [(None, 1302), (1302, 1303), (1302, 1311), (None, 1309)]),
        ("DoesNotContain", [(None, 1309)]),
    ],
)
async def test_one_hop_queries_answer_with_links(ana, mode, expected):
    query = f"""SELECT [System.Id] FROM WorkItemLinks
        WHERE [Source].[System.Id] IN (1302, 1309)
        AND [System.Links.LinkType] = 'System.LinkTypes.Hierarchy-Forward'
        AND [Target].[System.Id] > 1300 ORDER BY [System.Id] MODE ({mode})"""
    answer = (await ana.post(QUERY, json={"query": query})).json()

    relations = answer["workItemRelations"]
    assert ("oneHop", "workItemLink") == (answer["queryType"], answer["queryResultType"])
    assert expected == [((each["source"] or {}).get("id"), each["target"]["id"]) for each in relations]
    child = "System.LinkTypes.Hierarchy-Forward"
    assert all(each["rel"] == (child if each["source"] else None) for each in relations)


async def test_trees_nest_and_start_at_their_roots(ana):
    query = """SELECT [System.Id] FROM WorkItemLinks
        WHERE [System.Links.LinkType] = 'System.LinkTypes.Hierarchy-Forward'
        AND [Source].[System.Tags] CONTAINS 'redis' AND [Target].[System.Id] > 1004 MODE (Recursive)"""
    answer = (await ana.post(QUERY, json={"query": query})).json()

    roots = [each["target"]["id"] for each in answer["workItemRelations"] if each["rel"] is None]
    sources = [each["source"]["id"] for each in answer["workItemRelations"] if each["rel"] is not None]
    assert ("tree", [1002]) == (answer["queryType"], roots)
    assert {1002, 1005, 1302} == set(sources)


async def test_a_query_without_text_is_refused(ana):
    refused = await ana.post(QUERY, json={"query": ""})

    assert (400, "ArgumentException") == (refused.status_code, refused.json()["typeKey"])


async def test_a_query_for_the_past_finds_what_was_there_then(find):
    now = await find("[System.Id] = 1304")
    then = await find("[System.Id] = 1304", order="[System.Id] ASOF '2001-01-01'")
    today = await find("[System.Id] = 1304", order="[System.Id] ASOF '2100-01-01'")
    refused = await find("[System.Id] = 1304", order="[System.Id] ASOF '2001-01-01T08:00:00Z'")

    assert ([1304], [], [1304], 400) == (ids(now), ids(then), ids(today), refused.status_code)
    assert "2001-01-01T00:00:00Z" == then.json()["asOf"]
