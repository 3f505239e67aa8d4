"""The function app as the host imports it: in a process of its own, with the settings it is given."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.tools import CATALOGUE
from tests.shared.issuer import ENVIRON

ROOT = Path(__file__).parent.parent


class Imported:
    """What became of an import.

    Attributes:
        told: What the importing process prints.
        log: What was logged, which goes to standard error.
    """

    def __init__(self, environ: dict[str, str], *arguments: str) -> None:
        path = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "tests.import_app", *arguments],
            cwd=ROOT,
            env={**path, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
        self.told: dict[str, Any] = json.loads(done.stdout)
        self.log = done.stderr


@pytest.fixture(scope="module")
def good() -> Imported:
    reads = {"READ_MORE": "graph:*;devops:*"}
    return Imported({**ENVIRON, **reads, "ENABLE_WRITE_TOOLS": "true", "TOOLS": "all,security"})


@pytest.fixture(scope="module")
def bad() -> Imported:
    environ = {**ENVIRON, "AZURE_TENANT_ID": "wrong-tenant", "GRAPH_ENDPOINT": "ftp://wrong.example"}
    return Imported(environ, "get_user_context")


def test_every_tool_has_a_trigger_with_its_schemas(good: Imported) -> None:
    triggers = {name: trigger for name, trigger in good.told["triggers"].items() if name != "health"}

    assert [tool.name for tool in CATALOGUE] == [*triggers]
    for tool in CATALOGUE:
        trigger = triggers[tool.name]
        assert "mcpToolTrigger" == trigger["type"]
        assert tool.name == trigger["toolName"]
        assert tool.description == trigger["description"]
        assert tool.properties == json.loads(trigger["toolProperties"])
        assert trigger["useResultSchema"] is True
        assert trigger["useWorkerInputSchema"] is True
        assert tool.input_schema == json.loads(trigger["inputSchema"])
        assert tool.output_schema == json.loads(trigger["outputSchema"])


def test_health_is_an_anonymous_get(good: Imported) -> None:
    health = good.told["triggers"]["health"]

    assert ("httpTrigger", "anonymous", "api/health") == (
        health["type"],
        health["authLevel"].lower(),
        health["route"],
    )
    assert ["GET"] == [str(method).upper().rpartition(".")[2] for method in health["methods"]]


def test_with_good_settings_health_is_ok(good: Imported) -> None:
    assert [200, '{"status":"ok"}', "application/json"] == good.told["health"]
    assert ENVIRON["AZURE_CLIENT_SECRET"] not in good.log


def test_an_import_loads_of_ours_what_declares_and_dispatches_and_no_tool(good: Imported) -> None:
    assert [
        "shared",
        "shared.caller",
        "shared.entra",
        "shared.entra.principal",
        "shared.errors",
        "shared.guids",
        "shared.http",
        "shared.http.current_caller",
        "shared.http.deadline",
        "shared.http.request_budget",
        "shared.mcp",
        "shared.mcp.catalogue",
        "shared.mcp.cleaning",
        "shared.mcp.dispatch",
        "shared.mcp.invocation",
        "shared.mcp.rendering",
        "shared.mcp.schemas",
        "shared.mcp.tool",
        "shared.result_limit",
        "shared.results",
        "shared.results.links",
        "shared.settings",
        "shared.settings.app_settings",
        "shared.settings.clouds",
        "shared.settings.problems",
        "shared.settings.rate",
        "shared.settings.read_more",
        "shared.settings.requirement",
        "shared.settings.values",
        "shared.tools",
        "shared.tools.presets",
    ] == good.told["loaded"]["ours"]


def test_an_import_loads_of_others_what_triggers_and_settings_need(good: Imported) -> None:
    """What pydantic and azure.functions (with werkzeug and markupsafe) bring; no client of any kind."""
    assert {
        "annotated_types",
        "azure",
        "markupsafe",
        "pydantic",
        "pydantic_core",
        "typing_extensions",
        "typing_inspection",
        "werkzeug",
    } == set(good.told["loaded"]["others"])
    assert ["azure.functions"] == good.told["loaded"]["azure"]


def test_with_bad_settings_the_app_still_imports_and_says_what_is_wrong(bad: Imported) -> None:
    tenant, endpoint, call = bad.log.splitlines()

    assert tenant.startswith("AZURE_TENANT_ID must be a GUID")
    assert endpoint.startswith("GRAPH_ENDPOINT must start with https://")
    assert "get_user_context: misconfigured" == call
    assert "wrong-tenant" not in bad.log
    assert "wrong.example" not in bad.log


def test_with_bad_settings_health_is_unavailable_and_says_no_more(bad: Imported) -> None:
    assert [503, '{"status":"unavailable"}', "application/json"] == bad.told["health"]


def test_with_bad_settings_every_call_is_told_that_the_server_is_not_set_up(bad: Imported) -> None:
    result = json.loads(json.loads(bad.told["envelope"])["content"])

    assert result["isError"] is True
    assert "misconfigured" == result["_meta"]["m365-devops-mcp/error"]["code"]
    assert "wrong-tenant" not in bad.told["envelope"]


def test_without_any_setting_a_line_names_each_that_is_needed() -> None:
    log = Imported({}).log

    assert ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"] == [line.split()[0] for line in log.splitlines()]
