"""What the app says of itself to whoever sets it up."""

import json
import os
import subprocess
import sys
from pathlib import Path

from shared.self_description import self_description
from shared.tools import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
TENANT = "5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41"
CLIENT = "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a"
RIGHT = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": "the secret"}


def test_right_settings_are_told_with_the_tools_they_offer():
    told = self_description({**RIGHT, "TOOLS": "profile", "REQUIRED_SCOPE": "another"})

    assert [] == told["problems"]
    assert (TENANT, CLIENT, "another", "client_secret") == (
        told["settings"]["tenant_id"],
        told["settings"]["client_id"],
        told["settings"]["required_scope"],
        told["settings"]["credential"],
    )
    assert [tool.name for tool in CATALOGUE if tool.family == "profile"] == told["tools"]


def test_all_that_is_wrong_is_told_at_once_in_the_apps_words():
    told = self_description({**RIGHT, "AZURE_CLIENT_ID": "<application id>", "RATE_LIMIT": "often"})

    assert ["AZURE_CLIENT_ID", "RATE_LIMIT"] == [line.split()[0] for line in told["problems"]]
    assert (None, None) == (told["settings"], told["tools"])


def test_a_tool_nobody_knows_is_a_problem():
    told = self_description({**RIGHT, "TOOLS": "no_such_tool"})

    [problem] = told["problems"]
    assert problem.startswith("TOOLS names something that is neither a tool nor a family")


def test_the_scopes_of_every_tool_are_told_whatever_the_settings():
    told = self_description({})

    assert [tool.name for tool in CATALOGUE] == list(told["catalogue"])
    assert {tool.name: set(tool.scopes) for tool in CATALOGUE} == {
        name: {*scopes["graph"], *scopes["devops"]} for name, scopes in told["catalogue"].items()
    }


def test_no_secret_is_told():
    redis = {"RATE_LIMIT_REDIS_URL": "rediss://:hidden@cache.test:10000"}

    told = json.dumps(self_description({**RIGHT, **redis}))

    assert "the secret" not in told
    assert "hidden" not in told


def test_as_a_program_it_prints_what_the_environment_makes_of_it():
    ran = subprocess.run(
        [sys.executable, "-m", "shared.self_description"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **RIGHT},
        capture_output=True,
        text=True,
        check=True,
    )

    assert self_description(RIGHT) == json.loads(ran.stdout)
