"""The end of a worker process: connections are closed, and nothing under way holds it up."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.host.settings import app_settings
from local.tenant import Tenant
from tests.journeys.conftest import started
from tests.journeys.steps import fail, issue

ROOT = Path(__file__).parents[2]
BOUND = 10
"""Seconds in which the process must have ended; the exchange it leaves would take longer."""


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant whose Entra can be made slow."""
    yield from started(tmp_path_factory, "mortal")


def test_a_worker_closes_its_connections_and_waits_for_nothing_at_its_end(mortal: Tenant):
    layout = mortal.layout
    tokens = issue(layout, "ana"), issue(layout, "ben")
    # Development mode tells of every socket and transport that was left open.
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-m", "tests.journeys.worker_life", *tokens],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **app_settings(layout)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert {"is_error": False} == json.loads(worker.stdout.readline())
        fail(layout, "entra", {"path": "*/token", "latency": 3 * BOUND})
        begun = time.monotonic()
        worker.stdin.write("\n")
        output, log = worker.communicate(timeout=BOUND)
        taken = time.monotonic() - begun

    assert 0 == worker.returncode, log
    assert "ended" == output.strip()
    assert taken < BOUND
    assert "" == "\n".join(line for line in log.splitlines() if "unclosed" in line or "Warning" in line)
    assert "destroyed" not in log
