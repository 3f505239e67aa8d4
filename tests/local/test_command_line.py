"""The commands of `python -m local`, as a person types them."""

import argparse
import subprocess
import sys
from pathlib import Path

import httpx
import httpx2
import pytest
from mcp.client.auth import OAuthTokenError
from mcp.shared.exceptions import MCPError

from local import command_line
from local.afternoons.steps import StepError
from local.browser import BrowserError
from local.mcp_client import SignInError
from local.organisation import organisation

ROOT = Path(__file__).resolve().parents[2]


def local(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "9000", "--user", "ben"],
        ["run", "--port", "9000", "--user", "ben"],
        ["--port", "9000", "run", "--user", "ben"],
    ],
    ids=" ".join,
)
def test_options_stand_before_or_after_the_command_and_run_is_the_default(arguments: list[str]):
    options = command_line._parser().parse_args(arguments)

    assert (options.command, options.port, options.user.alias) == (command_line.run, 9000, "ben")


def test_a_user_is_named_by_option_or_for_a_token_by_position():
    parser = command_line._parser()

    assert parser.parse_args(["token", "eva"]).whose.alias == "eva"
    assert parser.parse_args(["token"]).user.alias == "ana"
    assert parser.parse_args(["call", "a_tool", "--user", "dmitri"]).user.alias == "dmitri"


def test_users_lists_everybody_who_can_sign_in():
    listed = local("users")

    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [
        user.alias for user in organisation().users
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["call", "graph_get_profile", "not JSON"], "not JSON"),
        (["call", "graph_get_profile", "[]"], "not a JSON object"),
        (["call", "graph_get_profile", "[" * 100_000], "nested too deeply"),
        (["call", "graph_get_profile", "--times", "0"], "not a number of calls"),
        (["call", "graph_get_profile", "--user", "nobody"], "the users are ana, ben"),
        (["afternoon", "developer", "nobody"], "no such afternoon; they are developer, scrum, office"),
    ],
    ids=["no JSON", "no object", "no end", "no call", "no such user", "no such afternoon"],
)
def test_what_cannot_be_meant_is_explained(arguments: list[str], said: str):
    refused = local(*arguments)

    assert refused.returncode == 2
    assert said in refused.stderr


def test_a_token_needs_a_running_tenant(tmp_path: Path):
    refused = local("token", "--folder", str(tmp_path))

    assert refused.returncode == 1
    assert "make run" in refused.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SignInError("AADSTS65001: no consent"), "AADSTS65001: no consent"),
        (SignInError("a page\n  of several\nlines"), "a page of several lines"),
        (BrowserError("The page has no such button."), "The page has no such button."),
        (MCPError(code=-32602, message="Please provide: rev"), "Please provide: rev"),
        (OAuthTokenError('Token exchange failed (400): {"a": 1,\n"b": 2}'), "Token exchange failed (400)"),
        (StepError("devops_get_build: not found"), "devops_get_build: not found"),
        (httpx2.ConnectError(""), "ConnectError"),
        (httpx.ConnectError("All connection attempts failed"), "All connection attempts failed"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
@pytest.mark.parametrize("grouped", [True, False])
def test_a_refusal_is_told_in_one_line(
    error: Exception, said: str, grouped: bool, capsys: pytest.CaptureFixture[str]
):
    def refused(_: argparse.Namespace) -> int:
        raise ExceptionGroup("client", [ExceptionGroup("stream", [error])]) if grouped else error

    parser = argparse.ArgumentParser()
    parser.set_defaults(command=refused)

    assert 1 == command_line.outcome(parser.parse_args([]))
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_bug_among_refusals_is_not_hidden():
    def failed(_: argparse.Namespace) -> int:
        raise ExceptionGroup("client", [SignInError("refused"), ZeroDivisionError()])

    parser = argparse.ArgumentParser()
    parser.set_defaults(command=failed)

    with pytest.raises(ExceptionGroup):
        command_line.outcome(parser.parse_args([]))


def test_the_demo_shows_a_call_and_that_the_audiences_differ(tmp_path: Path):
    shown = local("demo", "--port", "0", "--folder", str(tmp_path))

    assert shown.returncode == 0, shown.stderr
    assert "display name: Ana Duarte" in shown.stdout
    assert f"Token A   audience {organisation().server_client_id}" in shown.stdout
    assert "Token B   audience https://graph.microsoft.com" in shown.stdout
    assert "Audiences differ: yes" in shown.stdout
    assert "Entra -> sign-in proxy -> MCP client" in shown.stdout


def test_the_demo_without_the_sign_in_proxy_goes_by_a_registration_at_entra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LOCAL_APP_SETTING_SIGN_IN_PROXY", "")

    shown = local("demo", "--port", "0", "--folder", str(tmp_path))

    assert shown.returncode == 0, shown.stderr
    assert "Entra -> MCP client" in shown.stdout


def test_a_call_without_a_running_tenant_starts_one_and_fails_with_the_tool(tmp_path: Path):
    refused = local("call", "graph_get_profile", "--user", "dmitri", "--folder", str(tmp_path))

    assert refused.returncode == 1
    assert "Consent is missing for User.Read." in refused.stdout
    assert "/v2.0/adminconsent?client_id=" in refused.stdout
