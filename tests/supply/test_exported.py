"""OpenTelemetry as a deployment switches it on: what leaves the worker, with what the lock installs."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.infra.infrastructure import FOLDER, Infrastructure
from tests.infra.rules.app_settings import OPEN_TELEMETRY
from tests.infra.rules.authentication import app_settings
from tests.supply.test_lock import PIP_INSTALL

ROOT = Path(__file__).resolve().parents[2]
PRIVATE = ("ana.duarte@larkspur.example", "severance")


class Ingestion(ThreadingHTTPServer):
    """Application Insights, as far as an exporter sees it, and any other service; keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tracked: list[dict[str, Any]] = []
        self.asked: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Ingestion

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        self.server.asked.add(path)
        items = 0
        if path.endswith("/track"):
            text = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            sent = json.loads(text)
            items = len(sent)
            self.server.tracked += sent
        answer = json.dumps({"itemsReceived": items, "itemsAccepted": items, "errors": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a deployment installs."""
    folder = tmp_path_factory.mktemp("packages")
    command = [
        *PIP_INSTALL,
        "--require-hashes",
        f"--target={folder}",
        "--requirement",
        str(ROOT / "requirements.txt"),
    ]
    pip = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    if "No matching distribution" in pip.stderr:
        pytest.skip("no package index answers, so nothing can be installed from it")
    assert pip.returncode == 0, pip.stderr
    return folder


@pytest.fixture
def ingestion() -> Iterator[Ingestion]:
    server = Ingestion()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def exported(packages: Path, ingestion: Ingestion, settings: dict[str, str]) -> list[str]:
    """Lets a worker with these settings send what it has, and returns the hosts it looked up."""
    connection = f"InstrumentationKey={'0' * 8}-0000-0000-0000-{'0' * 12};IngestionEndpoint={ingestion.url}/;"
    worker = subprocess.run(
        [
            sys.executable,
            str(ROOT / "tests" / "supply" / "exporting_worker.py"),
            f"{ingestion.url}/v1.0/users/{PRIVATE[0]}/messages?$search={PRIVATE[1]}",
        ],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}",
            **settings,
            "APPLICATIONINSIGHTS_CONNECTION_STRING": f"{connection}LiveEndpoint={ingestion.url}/",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert worker.returncode == 0, worker.stderr
    return list(json.loads(worker.stdout))


def test_a_deployments_switch_sends_calls_and_the_audit_record_and_no_address(
    packages: Path, ingestion: Ingestion
) -> None:
    deployed = app_settings(Infrastructure(FOLDER).deploy({"telemetry": "openTelemetry"}))
    settings = {name: deployed[name] for name in OPEN_TELEMETRY}

    hosts = exported(packages, ingestion, settings)

    sent = [(each["data"]["baseType"], each["data"]["baseData"]) for each in ingestion.tracked]
    assert ["tools/call mail_search"] == [
        data["name"] for kind, data in sent if kind == "RemoteDependencyData"
    ]
    (line,) = [data["message"] for kind, data in sent if kind == "MessageData"]
    assert ("tool_call", "mail_search", "ok") == tuple(
        json.loads(line)[name] for name in ("event", "tool", "outcome")
    )
    assert any(
        data["metrics"][0]["name"] == "m365_devops_mcp.calls" for kind, data in sent if kind == "MetricData"
    )
    assert ["127.0.0.1"] == hosts
    for private in PRIVATE:
        assert private not in json.dumps(ingestion.tracked)


def test_without_the_settings_of_the_switch_addresses_would_be_sent(
    packages: Path, ingestion: Ingestion
) -> None:
    exported(packages, ingestion, {})

    assert PRIVATE[1] in json.dumps(ingestion.tracked)
