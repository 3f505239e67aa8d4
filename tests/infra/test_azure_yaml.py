"""What azd reads: the services, the hooks and the variables they read, and what it uploads."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pathspec
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
        ("postdeploy", "server_json.py"),
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
    results |= {"MCP_SIGN_IN_ORIGIN", "MCP_SIGN_IN_CLIENT_ID"}

    assert results <= _names_read()
    assert results <= set(re.findall(r"^output (\w+) ", main, re.MULTILINE))


APP = ["function_app.py", "host.json", "requirements.txt", "shared"]
STAYS = [
    ".azure/dev/.env",
    ".env",
    ".git/config",
    ".github/workflows/ci.yml",
    ".local/secrets.json",
    ".venv/bin/python",
    "AzuriteConfig",
    "Dockerfile",
    "Makefile",
    "README.md",
    "__azurite_db_queue__.json",
    "__blobstorage__/a",
    "__pycache__/function_app.cpython-313.pyc",
    "app.zip",
    "azure.yaml",
    "docs/deploy.md",
    "infra/main.bicep",
    "infra/host.json",
    "local.settings.json",
    "local.settings.json.example",
    "local/host/shared/a.py",
    "main_env/bin/python",
    "node_modules/azurite/package.json",
    "outputs.json",
    "pyproject.toml",
    "registration.json",
    "requirements-dev.txt",
    "requirements.in",
    "sbom.json",
    "shared/__pycache__/tool.cpython-313.pyc",
    "shared/mcp/__pycache__/tool.cpython-313.pyc",
    "tests/shared/a.py",
    "venv/bin/python",
]


def _taken_by_azd(folder: Path) -> list[str]:
    """The files that azd packs: it reads `.funcignore` as git reads `.gitignore`."""
    ignored = pathspec.GitIgnoreSpec.from_lines((_ROOT / ".funcignore").read_text().splitlines())
    kept = [path for path in folder.iterdir() if not ignored.match_file(path.name)]
    below = [inner for path in kept if path.is_dir() for inner in path.rglob("*")]
    files = [path.relative_to(folder).as_posix() for path in [*kept, *below] if path.is_file()]
    return sorted(file for file in files if not ignored.match_file(file))


def _taken_by_core_tools(folder: Path) -> list[str]:
    """The files that `func azure functionapp publish` packs, by the rules of its GitIgnoreParser.

    A pattern is the beginning of a path; one with `!` wins; a special character in it, escaped twice there,
    matches nothing that a path has.
    """
    patterns: dict[bool, list[str]] = {True: [], False: []}
    for line in (_ROOT / ".funcignore").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            escaped = re.sub(r"[-\[\]/{}()+?.\\^$|]", r"\\\\\g<0>", line.removeprefix("!"))
            pattern = escaped.replace("**", "(.+)").replace("*", "([^/]+)")
            patterns[line.startswith("!")].append(pattern)
    kept, left = (re.compile("|".join(f"({each})" for each in patterns[kind])) for kind in (True, False))
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(file for file in files if kept.match(file) or not left.match(file))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout as it looks after much work: the app, and all that must stay here."""
    for name in [*APP[:3], "shared/mcp/tool.py", "shared/tools/catalogue.json", *STAYS]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_the_package_is_the_app_and_nothing_else(checkout: Path) -> None:
    assert [*APP[:3], "shared/mcp/tool.py", "shared/tools/catalogue.json"] == _taken_by_azd(checkout)


def test_the_package_of_this_checkout_is_what_git_has_of_the_app() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *APP],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert sorted(listed.stdout.split()) == _taken_by_azd(_ROOT)


def test_core_tools_pack_the_app_and_nothing_that_is_secret(checkout: Path) -> None:
    taken = _taken_by_core_tools(checkout)

    assert {*APP[:3], "shared/mcp/tool.py", "shared/tools/catalogue.json"} <= set(taken)
    # What it takes too many is public.
    assert {"requirements-dev.txt", "requirements.in"} | {
        name for name in STAYS if name.startswith("shared/")
    } == set(taken) - {
        *APP[:3],
        "shared/mcp/tool.py",
        "shared/tools/catalogue.json",
    }
