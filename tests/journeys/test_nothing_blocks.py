"""Nothing synchronous and long runs on the event loop of a process that has served its first calls."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.host.settings import app_settings, environment
from local.tenant import Tenant
from tests.blocking import LONG_STEP
from tests.journeys.steps import access_token

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
async def token(tenant: Tenant) -> str:
    return await access_token(tenant.layout, "ana")


@pytest.fixture(scope="module")
def watched(tenant: Tenant, token: str) -> dict[str, Any]:
    """What the app's loop did in calls to the running Entra, Graph and Azure DevOps."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.watched_app"],
        cwd=ROOT,
        env=environment(os.environ, app_settings(tenant.layout)),
        input=token,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def test_a_warm_call_does_nothing_that_waits_on_the_loop(watched: dict[str, Any]) -> None:
    assert [] == watched["warm"]["blocking"]


def test_a_warm_call_keeps_the_loop_for_no_long_step(watched: dict[str, Any]) -> None:
    assert 0 < watched["warm"]["longest"] < LONG_STEP


def test_what_the_first_calls_load_and_open_is_noticed(watched: dict[str, Any]) -> None:
    """Proof that the watch sees this app; what a first call may do is told in docs/performance.md."""
    blocking = watched["first"]["blocking"]

    assert {"makes a TLS context", "TLS: load_verify_locations", "import shared.server"} <= set(blocking)
    assert watched["first"]["longest"] > LONG_STEP


def test_no_tool_is_imported_on_the_loop(watched: dict[str, Any]) -> None:
    assert [] == [each for each in watched["first"]["blocking"] if each.startswith("import shared.tools")]
