"""What the documents about clients and the sign-in proxy say, as far as it can be looked up."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.fake_azure import HOOKS

_ROOT = Path(__file__).resolve().parents[2]
_CLIENTS = (_ROOT / "docs" / "clients.md").read_text()
_PROXY = (_ROOT / "docs" / "sign-in-proxy.md").read_text()
_TEXT = (_ROOT / "docs" / "mcp-authorization.md").read_text()
_PARAMETERS = (_ROOT / "infra" / "main.parameters.json").read_text()
_VARIABLES = set(re.findall(r"\$\{(\w+)", _PARAMETERS))
_OUTPUTS = set(re.findall(r"^output (\w+)", (_ROOT / "infra" / "main.bicep").read_text(), re.MULTILINE))
# The header has this cell and no other table does.
_HEADER = "| client | register: platform, redirect address |"
_KNOWN = {"run", "documented", "reported", "?"}


def table(text: str, heading: str) -> list[list[str]]:
    """The rows of the table under a header line, each cell without its blanks."""
    lines = text[text.index(heading) :].splitlines()[2:]
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


ROWS = table(_CLIENTS, _HEADER)
MESSAGES = table(_CLIENTS, "| what people see |")


def rules(samples: list[tuple[str, str]]) -> list[str]:
    """What the preflight says of values, each of a variable; empty for right ones."""
    program = (
        "import json, sys, parameters;"
        "print(json.dumps([parameters.RULES[name](value) for name, value in json.load(sys.stdin)]))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=HOOKS,
        input=json.dumps(samples),
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said: list[str] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize(
    "client",
    [
        "Visual Studio Code",
        "GitHub Copilot: JetBrains",
        "Claude Desktop and web",
        "Claude Code",
        "ChatGPT",
        "Cursor",
        "Codex",
        "Gemini CLI",
        "MCP Inspector",
        "mcp-remote",
        "C# SDK",
        "Python SDK",
        "TypeScript SDK",
        "Copilot Studio",
        "Azure AI Foundry agents",
        "Microsoft 365 agents",
        "API Center",
    ],
)
def test_a_client_has_one_row_with_every_cell_filled(client: str) -> None:
    (row,) = [each for each in ROWS if each[0].startswith(client)]

    assert 6 == len(row)
    # What does not work may be nothing.
    assert all(cell for number, cell in enumerate(row) if number != 4)


def test_each_row_says_how_far_it_is_known() -> None:
    for row in ROWS:
        words = re.split(r"[;:,] *(?:with(?: Entra)?:? *)?| \([\d.]+\)", row[5])
        assert _KNOWN >= {word for word in words if word}, row[0]


def test_redirect_addresses_are_such_as_the_proxy_takes() -> None:
    """https and loopback as they are, others where the document says to name them in SIGN_IN_REDIRECTS."""
    addresses = {each for row in ROWS for each in re.findall(r"`([a-z][a-z+.-]*://[^`]+)`", row[1] + row[3])}
    others = {
        each
        for each in addresses
        if not each.startswith("https://") and not re.match(r"http://(localhost|127\.0\.0\.1)([:/]|$)", each)
    }

    assert 10 <= len(addresses)
    assert {"cursor://anysphere.cursor-mcp/oauth/callback"} == others
    assert [""] == rules([("SIGN_IN_REDIRECTS", json.dumps(sorted(others)))])
    assert "`SIGN_IN_REDIRECTS`" in next(row[3] for row in ROWS if row[0] == "Cursor")


@pytest.mark.parametrize(
    "message",
    [
        "AADSTS9010010",
        "AADSTS65001",
        "AADSTS50105",
        "AADSTS50011",
        "AADSTS7000218",
        "AADSTS90009",
        "Cannot force new registration",
        "empty 403",
        "Need admin approval",
        "does not support dynamic client registration",
        "does not include code_challenge_methods_supported",
        "pasted",
        "key_bound",
    ],
)
def test_a_known_message_has_a_row_with_its_cause_and_cure(message: str) -> None:
    rows = [row for row in MESSAGES if message in row[0].replace("**", "")]

    assert [3] == [len(row) for row in rows]
    assert all(rows[0])


@pytest.mark.parametrize("word", ["msal-no-broker", "prompt=consent", "cannot be exchanged for a user"])
def test_a_known_trap_is_told(word: str) -> None:
    assert word in _CLIENTS


@pytest.mark.parametrize("text", [_CLIENTS, _PROXY, _TEXT], ids=["clients", "proxy", "text"])
def test_every_variable_it_names_is_one(text: str) -> None:
    named = set(re.findall(r"\b((?:SIGN_IN|ENTRA|REGISTER|CORS|ENABLE|ALLOWED|MCP|MAX)_[A-Z_]+)\b", text))
    settings = (_ROOT / "infra" / "modules" / "app.bicep").read_text()

    assert named
    assert [] == sorted(
        name for name in named if name not in _VARIABLES | _OUTPUTS and f" {name}:" not in settings
    )


@pytest.mark.parametrize("text", [_CLIENTS, _PROXY], ids=["clients", "proxy"])
def test_what_it_says_to_set_passes_the_preflight(text: str) -> None:
    commands = re.findall(r"^azd env set (.+?)(?: +#.*)?$", text, re.MULTILINE)
    set_ = [
        shlex.split(command.replace("$id", "0f6c1f3a-58f1-4f52-9a51-2f8e3f0b7a11")) for command in commands
    ]
    given = [(name, value) for name, value in set_ if not value.startswith("$")]
    given += [
        (name, value.strip("'"))
        for name, value in re.findall(r"`([A-Z_]{5,})=('[^'`]*'|[^`'\s]+)`", text)
        if name in _VARIABLES
    ]

    assert given
    assert [""] * len(given) == rules(given)


def test_each_row_of_the_text_is_answered_for_both() -> None:
    rows = [
        row for part in re.split(r"^## ", _TEXT, flags=re.MULTILINE)[1:] for row in table(part, "| it asks |")
    ]

    assert 35 <= len(rows)
    for row in rows:
        assert 4 == len(row), row
        assert re.search(r"\b(MUST|SHOULD|MAY)\b|^`issuer`", row[0]), row[0]
        assert row[1] in {"2025-11-25", "2026-07-28"}
        for answer in row[2:]:
            assert re.match(r"(met|not met|in part|not needed|the client)\b", answer), answer


def test_the_paths_it_opens_are_those_that_are_opened() -> None:
    """By the template; the doctor's and the smoke test's are held to it by their own tests."""
    app = (_ROOT / "infra" / "modules" / "app.bicep").read_text()
    endpoints = re.findall(r"'(/oauth/\w+)'", app)

    assert 6 == len(endpoints)
    assert "the six below `/oauth/`" in _PROXY
    assert "'/.well-known/oauth-authorization-server'" in app
    assert "`/.well-known/oauth-authorization-server`" in _PROXY
