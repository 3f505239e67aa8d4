"""A token outlives a restart of the tenant, and the command that prints it says for how long it is valid."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.tenant import Tenant
from tests.journeys.conftest import started
from tests.journeys.steps import call_with, message

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    yield from started(tmp_path_factory, "restarted")


def print_token(tenant: Tenant) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "local", "token", "ben", "--folder", str(tenant.layout.folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


async def test_a_printed_token_is_good_after_a_restart(tenant: Tenant, http: httpx.AsyncClient):
    printed = print_token(tenant)
    for service in ("entra", "host"):
        tenant.stop(service)
        tenant.start(service)

    response = await call_with(http, tenant.layout, printed.stdout.strip())

    assert 200 == response.status_code
    assert message(response)["result"]["isError"] is False
    assert 1 == len(printed.stdout.split())
    minutes = printed.stderr.removeprefix("It is valid for ").removesuffix(" minutes.\n")
    assert 55 <= int(minutes) <= 90
