"""What azd reads: the services, the hooks and the variables they read, and what it uploads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

_ROOT = Path(__file__).resolve().parents[2]
_HOOKS = _ROOT / "infra" / "hooks"
_SCHEMA = json.loads((Path(__file__).parent / "schemas" / "azure.yaml.json").read_text())


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(_ROOT / "azure.yaml"))


def _hooks(project: dict[str, Any]) -> Iterator[tuple[str, Path]]:
    for event, hooks in project["hooks"].items():
        for hook in hooks if isinstance(hooks, list) else [hooks]:
            yield event, _ROOT / hook["run"]


def _complaints(project: object) -> list[str]:
    return [error.message for error in Draft202012Validator(_SCHEMA).iter_errors(project)]


def test_it_is_as_azd_takes_it(project: dict[str, Any]) -> None:
    assert [] == _complaints(project)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["services", "api", "remotebuild"], True),
        (["services", "api", "remoteBuild"], False),
        (["services", "api", "host"], "functions"),
        (["hooks", "preprovison"], {"run": "./infra/hooks/preflight.py", "kind": "python"}),
        (["hooks", "postdown", "kind"], "py"),
        (["hooks", "postdown", "interactive"], False),
        (["hooks", "postdown", "run"], "infra/hooks/postdown.sh"),
        (["requiredVersions", "azd"], "1.24"),
        (["name"], "M365"),
    ],
)
def test_a_slip_does_not_pass(project: dict[str, Any], place: list[str], value: object) -> None:
    copy = json.loads(json.dumps(project))
    target = copy
    for name in place[:-1]:
        target = target[name]
    target[place[-1]] = value

    assert 1 <= len(_complaints(copy))


def test_it_deploys_this_folder_on_the_plan_that_bicep_tags(project: dict[str, Any]) -> None:
    assert {
        "api": {"project": ".", "language": "python", "host": "function", "remoteBuild": True}
    } == project["services"]
    assert "'azd-service-name': 'api'" in (_ROOT / "infra" / "modules" / "app.bicep").read_text()
    assert (_ROOT / project["infra"]["path"] / f"{project['infra']['module']}.bicep").is_file()


def test_the_hooks_stand_where_they_belong(project: dict[str, Any]) -> None:
    assert [
        ("preprovision", "preflight.py"),
        ("postdeploy", "smoke.py"),
        ("postdeploy", "next_steps.py"),
        ("postdown", "postdown.py"),
    ] == [(event, path.name) for event, path in _hooks(project)]
    assert all(path.is_file() for _, path in _hooks(project))


def test_the_preflight_wants_the_azd_that_this_file_wants(project: dict[str, Any]) -> None:
    preflight = (_HOOKS / "preflight.py").read_text()

    found = re.search(r"^_AZD = \((\d+), (\d+), (\d+)\)", preflight, re.MULTILINE)

    assert found is not None
    assert f">= {'.'.join(found.groups())}" == project["requiredVersions"]["azd"]


def test_azd_finds_nothing_to_install_for_the_hooks() -> None:
    """azd installs the nearest requirements.txt or pyproject.toml above a hook ("Write azd hooks")."""
    lines = (_HOOKS / "requirements.txt").read_text().splitlines()

    assert [] == [line for line in lines if line and not line.startswith("#")]
    assert not (_HOOKS / "pyproject.toml").exists()


def _names_read() -> set[str]:
    """The variables that the hooks read: upper-case names in quotes, but for those of the platform."""
    sources = "\n".join(path.read_text() for path in sorted(_HOOKS.glob("*.py")))
    return set(re.findall(r"""["']([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)["']""", sources)) | {"OWNER", "TOOLS"}


def test_every_variable_the_hooks_read_is_documented() -> None:
    documented = (_HOOKS / "README.md").read_text() + (_ROOT / "infra" / "README.md").read_text()

    assert 40 <= len(_names_read())
    assert [] == sorted(name for name in _names_read() if f"`{name}`" not in documented)


def test_every_result_the_hooks_read_is_an_output() -> None:
    main = (_ROOT / "infra" / "main.bicep").read_text()
    results = {"MCP_URL", "MCP_SCOPE", "MCP_CLIENT_ID", "ENTRA_GROUP_ID", "GATEWAY_URL", "AZURE_TENANT_ID"}

    assert results <= _names_read()
    assert results <= set(re.findall(r"^output (\w+) ", main, re.MULTILINE))


def _uploaded(folder: Path) -> list[str]:
    patterns = [line for line in (_ROOT / ".funcignore").read_text().split() if not line.startswith("#")]
    assert not any("/" in pattern or pattern.startswith("!") for pattern in patterns)
    return sorted(
        path.name
        for path in folder.iterdir()
        if not any(fnmatchcase(path.name, pattern) for pattern in patterns)
    )


def test_only_the_app_is_uploaded() -> None:
    assert ["function_app.py", "host.json", "requirements.txt", "shared"] == _uploaded(_ROOT)
    assert "__pycache__" not in _uploaded(_ROOT / "shared")


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".github",
        ".azure",
        ".venv",
        "main_env",
        "local.settings.json",
        "local.settings.json.example",
        "tests",
        "infra",
        "docs",
        "local",
        "README.md",
        "Makefile",
        "Dockerfile",
        "azure.yaml",
        "pyproject.toml",
        "requirements-dev.txt",
        "requirements-local.txt",
    ],
)
def test_what_is_not_the_app_stays_here(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    assert [] == _uploaded(tmp_path)
