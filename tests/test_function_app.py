"""The function app as the host imports it: in a process of its own, with the settings it is given."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.apps.declared_apps import APPS, REVIEW
from shared.prompts.declared_prompts import PROMPTS
from shared.resources.declared_resources import RESOURCES
from shared.tools import CATALOGUE
from shared.tools.waiting import CONFIRM
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


def triggers_of(imported: Imported, kind: str) -> dict[str, Any]:
    """The triggers of one kind, by the names of their functions."""
    return {name: each for name, each in imported.told["triggers"].items() if each["type"] == kind}


def test_every_tool_has_a_trigger_with_its_schemas(good: Imported) -> None:
    triggers = triggers_of(good, "mcpToolTrigger")
    offered = [tool for tool in CATALOGUE if tool.name != CONFIRM]

    assert [tool.name for tool in offered] == [*triggers]
    for tool in offered:
        trigger = triggers[tool.name]
        assert "mcpToolTrigger" == trigger["type"]
        assert tool.name == trigger["toolName"]
        assert tool.description == trigger["description"]
        assert tool.properties == json.loads(trigger["toolProperties"])
        assert trigger["useResultSchema"] is True
        assert trigger["useWorkerInputSchema"] is True
        assert tool.input_schema == json.loads(trigger["inputSchema"])
        assert tool.output_schema == json.loads(trigger["outputSchema"])


def test_every_resource_page_and_prompt_has_a_trigger(good: Imported) -> None:
    resources = triggers_of(good, "mcpResourceTrigger").values()
    prompts = triggers_of(good, "mcpPromptTrigger").values()

    assert sorted([*(each.uri for each in RESOURCES), *(each.uri for each in APPS)]) == sorted(
        each["uri"] for each in resources
    )
    # The extension writes null for a resource without a type.
    assert all(each["mimeType"] for each in resources)
    assert [each.name for each in PROMPTS] == [each["promptName"] for each in prompts]
    for prompt, trigger in zip(PROMPTS, prompts, strict=True):
        listed = json.loads(trigger["promptArguments"])
        assert [(each.name, each.required) for each in prompt.arguments] == [
            (each["name"], each.get("required", False)) for each in listed
        ]


def test_every_page_a_tool_names_is_there(good: Imported) -> None:
    pages = {each["uri"] for each in triggers_of(good, "mcpResourceTrigger").values()}
    metadata = {
        name: json.loads(each["metadata"])
        for name, each in triggers_of(good, "mcpToolTrigger").items()
        if each.get("metadata")
    }

    assert {tool for app in APPS for tool in app.tools} == metadata.keys()
    for each in metadata.values():
        assert each["ui"]["resourceUri"] == each["ui/resourceUri"]
        assert each["ui"]["resourceUri"] in pages


def test_nothing_is_declared_that_no_tool_offered_goes_with() -> None:
    only = Imported({**ENVIRON, "TOOLS": "graph_get_email"})

    assert ["resource_message"] == [*triggers_of(only, "mcpResourceTrigger")]
    assert {} == triggers_of(only, "mcpPromptTrigger")


def test_writes_that_wait_say_so_and_are_shown_in_the_app() -> None:
    waiting = Imported({**ENVIRON, "CONFIRM_WRITES": "true", "ENABLE_WRITE_TOOLS": "true", "TOOLS": "mail"})
    tools = triggers_of(waiting, "mcpToolTrigger")
    sending, draft, confirm = (tools[name] for name in ("graph_send_email", "graph_create_draft", CONFIRM))

    assert "waits until the user confirms it" in sending["description"]
    assert "waiting_for_confirmation" in sending["outputSchema"]
    assert REVIEW.uri == json.loads(sending["metadata"])["ui"]["resourceUri"]
    assert "waits until" not in draft["description"]
    assert ["app"] == json.loads(confirm["metadata"])["ui"]["visibility"]


@pytest.mark.parametrize("settings", [{}, {"CONFIRM_WRITES": "others", "ENABLE_WRITE_TOOLS": "false"}])
def test_without_writes_that_wait_there_is_nothing_to_confirm_them_with(settings: dict[str, str]) -> None:
    assert CONFIRM not in Imported({**ENVIRON, "TOOLS": f"all,{CONFIRM}", **settings}).told["triggers"]


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
        "shared.apps",
        "shared.apps.declared_apps",
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
        "shared.mcp.app_resource",
        "shared.mcp.catalogue",
        "shared.mcp.cleaning",
        "shared.mcp.dispatch",
        "shared.mcp.invocation",
        "shared.mcp.prompt",
        "shared.mcp.rendering",
        "shared.mcp.resource",
        "shared.mcp.schemas",
        "shared.mcp.tool",
        "shared.mcp.tool_call",
        "shared.prompts",
        "shared.prompts.declared_prompts",
        "shared.prompts.prompt_arguments",
        "shared.resources",
        "shared.resources.declared_resources",
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
        "shared.tools.waiting",
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
