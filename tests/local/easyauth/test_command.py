"""`python -m local easyauth` as it is typed."""

import json
from pathlib import Path

import pytest

from local import command_line
from local.easyauth import command

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("arguments", [["easyauth", "--port", "9000"], ["--port", "9000", "easyauth"]])
def test_the_port_stands_before_or_after_the_command(arguments):
    options = command_line._parser().parse_args(arguments)

    assert (command.run, 9000) == (options.command, options.port)


def test_by_default_it_stands_before_func_start_with_the_settings_of_the_app():
    options = command_line._parser().parse_args(["easyauth"])
    example = json.loads((ROOT / "local.settings.json.example").read_text())

    assert f"http://localhost:{example['Host']['LocalHttpPort']}" == options.upstream
    assert (ROOT / "local.settings.json", None) == (options.settings, options.port)


def test_vs_code_is_given_the_address_of_the_front_and_no_token():
    servers = json.loads((ROOT / ".vscode" / "mcp.json").read_text())["servers"]

    assert {
        "type": "http",
        "url": f"http://localhost:{command.PORT}/runtime/webhooks/mcp",
    } == servers["m365-devops-func"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--upstream", "localhost:7071"], "not the URL of a server such as http://localhost:7071"),
        (["--upstream", "http://localhost:7071/api"], "not the URL of a server"),
        (["--port", "65536"], "not a port"),
        (["--port", "-1"], "not a port"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_explained(capsys, arguments, said):
    with pytest.raises(SystemExit) as ended:
        command_line._parser().parse_args(["easyauth", *arguments])

    assert 2 == ended.value.code
    assert said in capsys.readouterr().err
