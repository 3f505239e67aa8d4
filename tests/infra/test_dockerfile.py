"""What the image holds and how it runs, as far as its text says; no image is built here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_TEXT = (_ROOT / "Dockerfile").read_text()


def _instructions() -> list[tuple[str, str]]:
    """The instructions, each with its arguments on one line."""
    lines = [line for line in _TEXT.splitlines() if line.strip() and not line.strip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in joined.splitlines()]


def _all(name: str) -> list[str]:
    return [arguments for instruction, arguments in _instructions() if instruction == name]


def _last_stage() -> list[tuple[str, str]]:
    instructions = _instructions()
    start = max(place for place, (instruction, _) in enumerate(instructions) if instruction == "FROM")
    return instructions[start:]


def _environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for arguments in _all("ENV") for pair in arguments.split())


def _from_here() -> set[str]:
    """What is copied from this folder."""
    copies = [arguments.split()[:-1] for arguments in _all("COPY") if not arguments.startswith("--from=")]
    return {source for sources in copies for source in sources}


def test_both_stages_are_one_pinned_image_with_the_apps_python() -> None:
    python = (_ROOT / ".python-version").read_text().strip()

    assert ["${FUNCTIONS_IMAGE} AS packages", "${FUNCTIONS_IMAGE}"] == _all("FROM")
    (image,) = _all("ARG")
    pinned = (
        rf"FUNCTIONS_IMAGE=mcr\.microsoft\.com/azure-functions/python:4\.\d+\.\d+-python{re.escape(python)}"
    )
    assert re.fullmatch(pinned, image)


def test_it_does_not_run_as_root() -> None:
    users = [arguments for instruction, arguments in _last_stage() if instruction == "USER"]

    assert ["10001:10001"] == users
    after = [name for name, _ in _last_stage()[[name for name, _ in _last_stage()].index("USER") :]]
    assert {"USER", "HEALTHCHECK", "CMD"} == set(after)


def test_only_the_app_is_copied_and_only_it_is_sent_to_the_builder() -> None:
    lines = (_ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]

    assert {"requirements.txt", "host.json", "function_app.py", "shared"} == _from_here()
    assert "*" == rules[0]
    assert _from_here() == {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert ["**/__pycache__", "**/*.pyc"] == [rule for rule in rules[1:] if not rule.startswith("!")]
    assert [] == _all("ADD")


def test_the_app_needs_no_more_than_what_is_copied(tmp_path: Path) -> None:
    for source in _from_here():
        here = _ROOT / source
        if here.is_dir():
            shutil.copytree(here, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(here, tmp_path / source)
    program = (
        "import sys, function_app as f; from shared.apps.app_page import page, page_names;"
        "kinds = [each.get_trigger().type for each in f.app.get_functions()];"
        "assert all(map(page, page_names())) and page_names();"
        "sys.stdout.write(str(kinds.count('mcpToolTrigger')) + f.__file__)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={
            "AZURE_TENANT_ID": "5a1e7f64-2f0c-4b7e-9d38-6c0b8f6d2a41",
            "AZURE_CLIENT_ID": "d3b9c1f2-7a64-4e0b-8c55-1f2e3d4c5b6a",
            "AZURE_MI_CLIENT_ID": "0f6c1f3a-58f1-4f52-9a51-2f8e3f0b7a11",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    tools = json.loads((_ROOT / "infra" / "permissions.json").read_text())["tools"]
    # Those that read more are there where `READ_MORE` is set.
    lean = [tool for tool in tools if "lean" in tool["presets"] and not tool["reads"]]
    reading = sum(not tool["writes"] for tool in lean)
    assert f"{reading}{tmp_path}/function_app.py" == done.stdout


def test_packages_lie_where_the_worker_looks_for_them() -> None:
    copied = [arguments for _, arguments in _last_stage() if arguments.startswith("--from=packages")]

    assert ["--from=packages /packages ./.python_packages/lib/site-packages"] == copied
    assert any(
        "--target /packages --require-hashes --requirement /tmp/requirements.txt" in run
        for run in _all("RUN")
    )
    assert _all("WORKDIR") == [_environment()["AzureWebJobsScriptRoot"]]


def test_one_port_that_anybody_may_open_is_served_exposed_and_probed() -> None:
    (port,) = _all("EXPOSE")

    assert 1024 < int(port)
    assert f"http://+:{port}" == _environment()["ASPNETCORE_URLS"]
    assert f"http://127.0.0.1:{port}/api/health" in _all("HEALTHCHECK")[0]


def test_no_secret_is_in_it() -> None:
    assert [] == re.findall(
        r"(?i)secret=|password|token|_key|connectionstring", " ".join(map(str, _environment()))
    )
    assert {
        "HOME",
        "ASPNETCORE_URLS",
        "AzureWebJobsScriptRoot",
        "AzureFunctionsJobHost__Logging__Console__IsEnabled",
    } == (_environment().keys())


@contextmanager
def _health(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def do_GET(self) -> None:
            self.send_response(status if self.path == "/api/health" else 404)
            self.end_headers()

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield listener.server_port
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (404, False)])
def test_the_probe_tells_health_without_curl(status: int, healthy: bool) -> None:
    options, _, command = _all("HEALTHCHECK")[0].partition("CMD ")
    probe = json.loads(command)
    (port,) = _all("EXPOSE")

    assert "--start-period=" in options
    assert ["python3", "-c"] == probe[:2]
    with _health(status) as listening:
        done = subprocess.run(
            [sys.executable, "-S", "-c", probe[2].replace(f":{port}/", f":{listening}/")],
            env={"NO_PROXY": "*"},
            capture_output=True,
            check=False,
            timeout=60,
        )
    assert healthy == (done.returncode == 0)
