from __future__ import annotations

TYPES = "/larkspur/Booking/_apis/wit/workitemtypes"


async def test_a_type_tells_its_states_and_the_values_its_fields_allow(ana):
    task = (await ana.get(f"{TYPES}/task", params={"$expand": "all"})).json()
    states = (await ana.get(f"{TYPES}/Task/states")).json()["value"]

    assert ["New", "Active", "Closed", "Removed"] == [state["name"] for state in states]
    allowed = {each["referenceName"]: each["allowedValues"] for each in task["fields"]}
    assert ["1", "2", "3", "4"] == allowed["Microsoft.VSTS.Common.Priority"]
    assert "Microsoft.VSTS.Common.Severity" not in allowed


async def test_fields_of_a_type_have_values_of_their_own_type(ana):
    fields = (
        await ana.get(
            f"{TYPES}/St%C3%B6rung/fields", params={"$expand": "all", "api-version": "7.1-preview.3"}
        )
    ).json()["value"]
    values = {each["referenceName"]: (each["defaultValue"], each["allowedValues"]) for each in fields}

    assert (2, [1, 2, 3, 4]) == values["Microsoft.VSTS.Common.Priority"]
    assert (False, []) == values["Custom.Escalated"]


async def test_an_unknown_type_has_no_states(ana):
    refused = await ana.get(f"{TYPES}/Wish/states")

    assert (404, "WorkItemTypeNotFoundException") == (refused.status_code, refused.json()["typeKey"])


async def test_areas_and_iterations_form_trees(ana):
    nodes = "/larkspur/Booking/_apis/wit/classificationnodes"
    areas = (await ana.get(f"{nodes}/areas", params={"$depth": 1})).json()
    sprints = (await ana.get(f"{nodes}/iterations", params={"$depth": 1})).json()
    flat = (await ana.get(f"{nodes}/areas")).json()

    assert ["Web", "API", "Platform"] == [child["name"] for child in areas["children"]]
    assert "\\Booking\\Iteration\\Sprint 44" == sprints["children"][0]["path"]
    assert (True, False) == (flat["hasChildren"], "children" in flat)


async def test_fields_tell_whether_they_can_be_written(ana):
    fields = (await ana.get("/larkspur/_apis/wit/fields")).json()["value"]

    read_only = {each["referenceName"] for each in fields if each["readOnly"]}
    assert {"System.Id", "System.Rev", "System.CreatedDate"} <= read_only
    assert "System.Title" not in read_only


async def test_link_types_name_both_directions(ana):
    kinds = (await ana.get("/larkspur/_apis/wit/workitemrelationtypes")).json()["value"]

    names = {each["referenceName"]: each["name"] for each in kinds}
    assert ("Parent", "Child") == (
        names["System.LinkTypes.Hierarchy-Reverse"],
        names["System.LinkTypes.Hierarchy-Forward"],
    )
