from __future__ import annotations

import pytest

BUILDS = "/larkspur/Booking/_apis/build/builds"
PIPELINE = "/larkspur/Booking/_apis/pipelines/12"


async def test_a_queued_build_waits_for_its_turn(ana):
    body = {"definition": {"id": 12}, "sourceBranch": "main", "parameters": '{"verbose": "true"}'}
    build = (await ana.post(BUILDS, json=body)).json()

    assert (4717, "notStarted", "refs/heads/main", '{"verbose": "true"}') == (
        build["id"],
        build["status"],
        build["sourceBranch"],
        build["parameters"],
    )
    assert ("manual", "Ana Duarte") == (build["reason"], build["requestedFor"]["displayName"])


async def test_build_numbers_count_up_within_the_day(ana):
    numbers = [
        (await ana.post(BUILDS, json={"definition": {"id": 12}})).json()["buildNumber"] for _ in range(2)
    ]

    assert ["20261119.2", "20261119.3"] == numbers


@pytest.mark.parametrize(
    ("body", "status", "type_key"),
    [
        ({"definition": {"id": 99}}, 404, "DefinitionNotFoundException"),
        ({"definition": {"id": 9}}, 400, "BuildRequestValidationFailedException"),
        (
            {"definition": {"id": 12}, "sourceBranch": "no such:branch"},
            400,
            "BuildRequestValidationFailedException",
        ),
        ({"definition": {"id": 12}, "templateParameters": {"size": "s"}}, 400, "PipelineValidationException"),
        ({}, 400, "ArgumentException"),
    ],
)
async def test_what_cannot_be_queued_is_refused(ana, body, status, type_key):
    refused = await ana.post(BUILDS, json=body)

    assert (status, type_key) == (refused.status_code, refused.json()["typeKey"])


async def test_a_refused_queue_says_why_in_its_validation_results(ana):
    refused = (await ana.post(BUILDS, json={"definition": {"id": 9}})).json()

    expected = [{"result": "error", "message": "The pipeline is disabled."}]
    assert expected == refused["customProperties"]["ValidationResults"]


@pytest.mark.parametrize("parameters", [{"a": 1}, "[]", "{"])
async def test_parameters_are_text_that_holds_an_object(ana, parameters):
    refused = await ana.post(BUILDS, json={"definition": {"id": 12}, "parameters": parameters})

    assert 400 == refused.status_code
    assert "parameters" in refused.json()["value"]["Message"]


async def test_a_run_is_a_build_with_the_same_id(ana):
    body = {
        "resources": {"repositories": {"self": {"refName": "refs/heads/ana/warm-cache"}}},
        "templateParameters": {"env": "prod"},
    }
    run = (await ana.post(f"{PIPELINE}/runs", json=body)).json()
    build = (await ana.get(f"{BUILDS}/{run['id']}")).json()

    assert ("inProgress", {"env": "prod"}) == (run["state"], run["templateParameters"])
    assert ("refs/heads/ana/warm-cache", run["name"]) == (build["sourceBranch"], build["buildNumber"])


@pytest.mark.parametrize("path", ["preview", "runs"])
async def test_a_preview_shows_the_yaml_and_queues_nothing(ana, path):
    before = (await ana.get(f"{PIPELINE}/runs")).json()["count"]
    preview = (await ana.post(f"{PIPELINE}/{path}", json={"previewRun": True})).json()
    after = (await ana.get(f"{PIPELINE}/runs")).json()["count"]

    assert before == after
    assert preview["finalYaml"].startswith("trigger: [main]\nparameters:\n")


@pytest.mark.parametrize("parameters", [{"env": "moon"}, {"size": "small"}])
@pytest.mark.parametrize("path", ["preview", "runs"])
async def test_parameters_the_yaml_does_not_allow_are_refused(ana, path, parameters):
    refused = await ana.post(f"{PIPELINE}/{path}", json={"templateParameters": parameters})

    assert (400, "PipelineValidationException") == (refused.status_code, refused.json()["typeKey"])
    assert next(iter(parameters)) in refused.json()["message"]


async def test_another_yaml_is_for_previews_only(ana):
    refused = await ana.post(f"{PIPELINE}/runs", json={"yamlOverride": "steps: []"})

    assert (400, "ArgumentException") == (refused.status_code, refused.json()["typeKey"])


async def test_runs_know_no_partial_success(ana):
    run = (await ana.get("/larkspur/Booking/_apis/pipelines/13/runs/4708")).json()

    assert ("completed", "succeeded") == (run["state"], run["result"])
