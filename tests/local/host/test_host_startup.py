"""What the host refuses to start with, and the one line it says."""

import json
import subprocess
import sys

import pytest

from local.control import Control
from local.host.catalogue import Catalogue
from local.host.configuration import HostConfiguration
from local.host.errors import StartupError
from local.host.functions_host import FunctionsHost
from local.host.worker import Function, load_functions

BUNDLE = (4, 36, 0)


def tool(function="one", **binding):
    declared = {
        "name": "call",
        "type": "mcpToolTrigger",
        "toolName": function,
        "toolProperties": "[]",
        **binding,
    }
    return Function(
        function, f"id-of-{function}", ({key.casefold(): value for key, value in declared.items()},)
    )


def declared_tools(*functions, bundle=BUNDLE):
    return Catalogue.declared(list(functions), bundle).tools


def with_schema(**schema):
    return {"useWorkerInputSchema": True, "inputSchema": json.dumps({"type": "object", **schema})}


@pytest.mark.parametrize(
    ("binding", "why"),
    [
        ({"toolName": ""}, "an mcpToolTrigger has no toolName"),
        ({"toolProperties": "{}"}, "tool 'one': toolProperties is not a JSON array of objects"),
        ({"toolProperties": "[1]"}, "tool 'one': toolProperties is not a JSON array of objects"),
        ({"toolProperties": "["}, "tool 'one': toolProperties is not JSON"),
        ({"toolProperties": "[{}]"}, "tool 'one': toolProperties has an entry without a propertyName"),
        ({"toolProperties": []}, "tool 'one': toolProperties is not a string"),
        ({"useWorkerInputSchema": True}, "tool 'one': inputSchema is not JSON"),
        (with_schema(type="array"), "tool 'one': inputSchema is not a JSON Schema"),
        (with_schema(required="x"), "tool 'one': inputSchema has a `required`"),
        ({"useWorkerInputSchema": "maybe"}, "tool 'one': useWorkerInputSchema is neither true nor false"),
        ({"outputSchema": '{"type":"array"}'}, "tool 'one': outputSchema is not a JSON Schema"),
        ({"outputSchema": "true"}, "tool 'one': outputSchema is not a JSON Schema"),
        ({"metadata": "{"}, "tool 'one': metadata is not JSON"),
        ({"metadata": "[]"}, "tool 'one': metadata is not a JSON object"),
    ],
)
def test_a_wrong_declaration_is_named(binding, why):
    with pytest.raises(StartupError) as raised:
        declared_tools(tool(**binding))

    assert str(raised.value).startswith(why)


def test_tool_names_differ_in_more_than_case():
    with pytest.raises(StartupError) as raised:
        declared_tools(tool("one"), tool("two", toolName="ONE"))

    assert "tool 'ONE' is declared by both 'one' and 'two'" == str(raised.value)


@pytest.mark.parametrize("flag", [True, "true", "True"])
def test_flags_may_be_text(flag):
    tools = declared_tools(tool(**{**with_schema(title="mine"), "useWorkerInputSchema": flag}))

    assert "mine" == tools["ONE"].input_schema["title"]


def test_a_schema_is_ignored_unless_its_use_is_declared():
    tools = declared_tools(tool(inputSchema="not read"))

    assert {"type": "object", "properties": {}, "required": []} == tools["ONE"].input_schema


@pytest.mark.parametrize(
    ("bundle", "why"),
    [
        (None, "host.json names no extensionBundle, so there is no MCP extension to serve the tools"),
        (
            (4, 35, 9),
            "host.json allows extension bundle 4.35.9, but function 'one' needs [4.36.0, 5.0.0)",
        ),
    ],
)
def test_the_bundle_must_have_what_the_tools_use(bundle, why):
    with pytest.raises(StartupError) as raised:
        declared_tools(tool(outputSchema='{"type":"object"}'), bundle=bundle)

    assert why == str(raised.value)


def test_an_older_bundle_will_do_for_older_features():
    assert ["ONE"] == list(declared_tools(tool(), bundle=(4, 29, 0)))


def test_other_triggers_are_refused():
    with pytest.raises(StartupError) as raised:
        FunctionsHost([tool(type="timerTrigger")], HostConfiguration(), Control())

    assert "function 'one': the local host does not run a timerTrigger" == str(raised.value)


@pytest.mark.parametrize("route", ["a/{b:int}", "a/{b?}", "{"])
def test_routes_with_constraints_are_refused(route):
    with pytest.raises(StartupError, match="is more than the local host matches"):
        FunctionsHost([tool(type="httpTrigger", route=route)], HostConfiguration(), Control())


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("{", "cannot be read"),
        ("[]", '"version": "2.0"'),
        ('{"version": "1.0"}', '"version": "2.0"'),
        ('{"version": "2.0", "extensions": []}', "a value of the wrong kind"),
        ('{"version": "2.0", "functionTimeout": "soon"}', "functionTimeout 'soon'"),
        (
            '{"version": "2.0", "extensionBundle": {"version": "[4.*, 5.0.0)"}}',
            "extensionBundle needs the id",
        ),
        (
            '{"version":"2.0","extensions":{"mcp":{"system":{"webhookAuthorizationLevel":"User"}}}}',
            "webhookAuthorizationLevel 'User'",
        ),
    ],
)
def test_a_wrong_host_json_is_refused(tmp_path, document, why):
    (tmp_path / "host.json").write_text(document)

    with pytest.raises(StartupError) as raised:
        HostConfiguration.load(tmp_path)

    assert why in str(raised.value)


def test_a_missing_host_json_is_refused(tmp_path):
    with pytest.raises(StartupError, match="cannot be read"):
        HostConfiguration.load(tmp_path)


def test_host_json_is_read(tmp_path):
    document = {
        "version": "2.0",
        "functionTimeout": "1.02:03:04",
        "extensions": {
            "http": {"routePrefix": "/v1/"},
            "mcp": {
                "serverName": "name",
                "serverVersion": "9",
                "instructions": "how",
                "system": {"webhookAuthorizationLevel": "anonymous"},
            },
        },
        "extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.36.0, 5.0.0)"},
    }
    (tmp_path / "host.json").write_text(json.dumps(document))

    assert HostConfiguration(
        server_name="name",
        server_version="9",
        instructions="how",
        webhook_authorization_level="Anonymous",
        route_prefix="v1",
        function_timeout=93_784.0,
        bundle=(4, 36, 0),
    ) == HostConfiguration.load(tmp_path)


def test_host_json_has_the_platforms_defaults():
    assert HostConfiguration() == HostConfiguration.parse({"version": "2.0"})
    assert HostConfiguration().webhook_authorization_level == "System"


@pytest.mark.parametrize(("version", "oldest"), [("[4.*, 5.0.0)", (4, 0, 0)), ("(4.37, 5)", (4, 37, 0))])
def test_the_lower_bound_of_the_bundle_counts(version, oldest):
    bundle = {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": version}

    assert oldest == HostConfiguration.parse({"extensionBundle": bundle}).bundle


def test_functions_may_run_for_ever():
    assert HostConfiguration.parse({"functionTimeout": "-1"}).function_timeout is None


def test_a_missing_app_is_refused(tmp_path):
    with pytest.raises(StartupError, match=r"there is no function_app\.py in "):
        load_functions(tmp_path)


def test_an_app_that_cannot_be_imported_is_refused_with_the_place(tmp_path):
    (tmp_path / "app_that_raises.py").write_text("import json\nraise ValueError('no settings')\n")

    with pytest.raises(StartupError) as raised:
        load_functions(tmp_path, "app_that_raises.py")

    place = tmp_path / "app_that_raises.py"
    assert f"app_that_raises.py cannot be loaded: ValueError: no settings ({place}:2)" == str(raised.value)


def test_the_worker_refuses_a_function_whose_parameter_is_not_bound(tmp_path):
    (tmp_path / "app_with_an_unbound_parameter.py").write_text(
        "import azure.functions as func\n"
        "app = func.FunctionApp()\n"
        "@app.mcp_tool_trigger(arg_name='call', tool_name='t', description='')\n"
        "def unbound(call: str, other: str) -> str:\n"
        "    return ''\n"
    )

    with pytest.raises(StartupError, match="cannot load the unbound function"):
        load_functions(tmp_path, "app_with_an_unbound_parameter.py")


def test_two_apps_of_one_process_cannot_share_a_name(functions, tmp_path):
    (tmp_path / "app_with_a_taken_name.py").write_text(
        "import azure.functions as func\n"
        "app = func.FunctionApp()\n"
        "@app.mcp_tool_trigger(arg_name='call', tool_name='t', description='')\n"
        "def echo(call: str) -> str:\n"
        "    return ''\n"
    )

    with pytest.raises(StartupError, match="a function named 'echo' is already loaded"):
        load_functions(tmp_path, "app_with_a_taken_name.py")


def test_the_process_ends_with_one_line(tmp_path):
    """The path of `python -m local.serving host`, up to the app's own mistake."""
    (tmp_path / "function_app.py").write_text("raise ValueError('GRAPH_ENDPOINT is not a URL')\n")
    program = (
        "import pathlib, sys\n"
        "from local.control import Control\n"
        "from local.host import started\n"
        "started(Control(), pathlib.Path(sys.argv[1]))\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 1 == ended.returncode
    assert (
        "the function app does not start: function_app.py cannot be loaded: ValueError: "
        f"GRAPH_ENDPOINT is not a URL ({tmp_path}/function_app.py:1)\n" == ended.stderr
    )
