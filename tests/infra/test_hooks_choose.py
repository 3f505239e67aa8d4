"""What a pipeline's variables become in its azd environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.infra.fake_azure import FakeAzure, failures


@pytest.fixture
def azure(tmp_path: Path) -> FakeAzure:
    azure = FakeAzure(tmp_path)
    azure.says("azd", "env set", text="")
    return azure


def test_what_chooses_something_is_set_as_it_is(azure: FakeAzure) -> None:
    policy = '{"writes": {"roles": ["Tools.Write"]}}'
    variables = {
        "TOOL_POLICY": policy,
        "TOOLS": '["mail"]',
        "OWNER": "Ana Duarte",
        "AZURE_LOCATION": "eastus",
    }

    done = azure.run("choose", VARIABLES=json.dumps(variables))

    assert (0, "") == (done.returncode, done.stderr)
    assert [["env", "set", name, value] for name, value in sorted(variables.items())] == azure.asked("azd")


def test_empty_variables_and_those_of_others_are_left_out(azure: FakeAzure) -> None:
    variables = {"TOOLS": "", "ENTRA_CLIENT_IDS": " ", "DEPLOY_KEY": "x", "AZURE_CLIENT_ID": "y"}

    done = azure.run("choose", VARIABLES=json.dumps(variables))

    assert (0, []) == (done.returncode, azure.asked("azd"))


def test_values_are_not_printed(azure: FakeAzure) -> None:
    assert "Ana" not in azure.run("choose", VARIABLES='{"OWNER": "Ana Duarte"}').stdout


def test_no_variables_are_no_choice(azure: FakeAzure) -> None:
    done = azure.run("choose", VARIABLES="")

    assert (0, []) == (done.returncode, azure.asked("azd"))


def test_a_refusal_is_told(azure: FakeAzure) -> None:
    azure.refuses("azd", "env set", complaint="no environment selected")

    done = azure.run("choose", VARIABLES='{"OWNER": "Ana"}')

    assert 1 == done.returncode
    assert "variables: azd does not take OWNER (no environment selected)" in failures(done)[0]
