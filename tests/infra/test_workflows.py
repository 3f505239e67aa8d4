"""The GitHub workflows: valid, without secrets, with no more rights than they need, and nothing unpinned."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = _ROOT / ".github" / "workflows"
_RIGHTS = {
    "ci.yml": {"contents": "read"},
    "deploy.yml": {"contents": "read", "id-token": "write"},
    "supply-chain.yml": {"contents": "read"},
}
_NAMES = tuple(_RIGHTS)


def _load(text: str) -> dict[str, Any]:
    return dict(YAML(typ="safe").load(text))


def _text(name: str) -> str:
    return (_FOLDER / name).read_text()


def _steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def violations(name: str, text: str) -> list[str]:
    """What a workflow must not be."""
    workflow = _load(text)
    found = []
    if re.search(r"\bsecrets\b", re.sub(r"#.*", "", text)):
        found.append("it reads a secret")
    if workflow["on"].keys() & {"pull_request_target", "workflow_run"}:
        found.append("strangers can start it with the repository's rights")
    if workflow.get("permissions") != {}:
        found.append("its jobs have rights by default")
    if "concurrency" not in workflow:
        found.append("it can run twice at a time")
    for used in re.findall(r"^\s*(?:- )?uses: (.*)$", text, re.MULTILINE):
        if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used):
            found.append(f"{used} is not pinned")
    for job in workflow["jobs"].values():
        found += _of_job(job, _RIGHTS[name])
    for step in _steps(workflow):
        found += _of_step(step)
    return found


def _of_job(job: dict[str, Any], rights: dict[str, str]) -> Iterator[str]:
    if job.get("permissions") != rights:
        yield "a job has other rights than it needs"
    if not job.get("timeout-minutes"):
        yield "a job may run for hours"
    if str(job["runs-on"]).endswith("latest"):
        yield "its machine changes without notice"


def _of_step(step: dict[str, Any]) -> Iterator[str]:
    if "${{" in step.get("run", ""):
        yield "a script is put together from an expression"
    checks_out = step.get("uses", "").startswith("actions/checkout")
    if checks_out and step["with"].get("persist-credentials") is not False:
        yield "the checkout leaves its token behind"


@pytest.mark.parametrize("name", _NAMES)
def test_a_workflow_breaks_no_rule(name: str) -> None:
    assert [] == violations(name, _text(name))


@pytest.mark.parametrize(
    ("name", "old", "new", "violation"),
    [
        ("deploy.yml", "vars.AZURE_CLIENT_ID", "secrets.AZURE_CLIENT_ID", "it reads a secret"),
        (
            "ci.yml",
            "pull_request:",
            "pull_request_target:",
            "strangers can start it with the repository's rights",
        ),
        ("ci.yml", "permissions: {}", "permissions: write-all", "its jobs have rights by default"),
        ("ci.yml", "contents: read", "contents: write", "a job has other rights than it needs"),
        ("deploy.yml", "id-token: write", "id-token: none", "a job has other rights than it needs"),
        ("deploy.yml", "timeout-minutes: 60", "timeout-minutes: 0", "a job may run for hours"),
        ("deploy.yml", "concurrency:", "env:", "it can run twice at a time"),
        ("ci.yml", "ubuntu-24.04", "ubuntu-latest", "its machine changes without notice"),
        (
            "ci.yml",
            "persist-credentials: false",
            "persist-credentials: true",
            "the checkout leaves its token behind",
        ),
        (
            "deploy.yml",
            "run: azd deploy --no-prompt",
            "run: azd deploy ${{ inputs.environment }}",
            "a script is put together from an expression",
        ),
    ],
)
def test_a_slip_is_caught(name: str, old: str, new: str, violation: str) -> None:
    text = _text(name)

    assert old in text
    assert violation in violations(name, text.replace(old, new, 1))


@pytest.mark.parametrize("pin", ["v2", "main", "0b7e3a3", "0b7e3a35ab00f2eee7080c845eb39c3f0ebfa553"])
def test_an_action_that_is_not_pinned_by_hash_and_version_is_caught(pin: str) -> None:
    text = re.sub(r"Azure/setup-azd@.*", f"Azure/setup-azd@{pin}", _text("deploy.yml"))

    assert [f"Azure/setup-azd@{pin} is not pinned"] == violations("deploy.yml", text)


def _by_schema(path: Path) -> int:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        str(path),
    ]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode


def test_the_workflows_are_as_github_takes_them(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(_text("ci.yml").replace("runs-on:", "run-on:"))

    assert [0, 0, 0, 1] == [_by_schema(path) for path in (*(_FOLDER / name for name in _NAMES), broken)]


def test_there_is_no_workflow_that_is_not_looked_at() -> None:
    assert sorted(_NAMES) == sorted(path.name for path in _FOLDER.iterdir())


def test_an_action_has_one_version_everywhere() -> None:
    used = {line for name in _NAMES for line in re.findall(r"uses: (.*)", _text(name))}

    assert len(used) == len({line.partition("@")[0] for line in used})


def test_ci_runs_what_the_project_says_ci_runs() -> None:
    workflow = _load(_text("ci.yml"))

    assert {"push": {"branches": ["main"]}, "pull_request": None} == workflow["on"]
    assert [".ci/run", "make conformance"] == [
        step.get("run") for step in workflow["jobs"]["check"]["steps"]
    ][-2:]
    assert (_ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_ci_runs_microsofts_compiler_of_one_version_and_takes_no_word_from_it() -> None:
    install, lint = [
        step["run"] for step in _load(_text("ci.yml"))["jobs"]["infra"]["steps"] if "run" in step
    ]

    assert re.fullmatch(r"az bicep install --version v\d+\.\d+\.\d+", install)
    assert ["lint infra/main.bicep", "test ! -s said.txt"] == [
        re.sub(r'^"\$HOME/\.azure/bin/bicep" | 2>&1 \| tee said\.txt$', "", line)
        for line in lint.splitlines()
    ]


def test_what_a_deployment_installs_is_listed_and_audited_with_each_change_and_each_week() -> None:
    workflow = _load(_text("supply-chain.yml"))
    scripts = [step["run"] for step in _steps(workflow) if "run" in step]

    assert {"push", "pull_request", "schedule"} == workflow["on"].keys()
    assert re.match(r"python -m pip install --require-hashes .* --requirement requirements\.txt", scripts[0])
    assert ["make sbom", "make audit"] == scripts[2:]
    (kept,) = [step["with"] for step in _steps(workflow) if step.get("uses", "").startswith("actions/upload")]
    assert ("sbom.json", "error") == (kept["path"], kept["if-no-files-found"])
    # Without --strict pip-audit passes packages it could not ask about.
    made = (_ROOT / "Makefile").read_text()
    assert re.search(r"pip_audit --strict .*--requirement requirements\.txt", made)
    assert re.search(r"cyclonedx_py requirements .*\n?.*--output-file sbom\.json requirements\.txt", made)


@pytest.mark.parametrize("name", ["ci.yml", "deploy.yml", "supply-chain.yml"])
def test_the_python_is_the_projects(name: str) -> None:
    (setup,) = [step for step in _steps(_load(_text(name))) if "setup-python" in step.get("uses", "")]

    assert {"python-version-file": ".python-version"} == setup["with"]


def test_a_deployment_signs_in_by_openid_connect_and_tests_what_it_deployed() -> None:
    workflow = _load(_text("deploy.yml"))
    scripts = [step["run"].split(" --")[0] for step in _steps(workflow) if "run" in step]

    assert [
        "azd auth login",
        'azd env new "$AZURE_ENV_NAME"',
        "python infra/hooks/choose.py",
        "azd provision",
        "azd deploy",
    ] == scripts[:5]
    login, environment, _, provision, deploy, *_ = (step["run"] for step in _steps(workflow) if "run" in step)
    assert "--federated-credential-provider github" in login
    assert "--client-secret" not in login
    assert all(command.endswith("--no-prompt") for command in (environment, provision, deploy))
    (az,) = [step["with"] for step in _steps(workflow) if step.get("uses", "").startswith("azure/login")]
    assert {"client-id", "tenant-id", "subscription-id"} == az.keys()


def test_a_deployment_waits_for_its_environment_and_for_the_one_before() -> None:
    workflow = _load(_text("deploy.yml"))

    assert {"workflow_dispatch", "push"} == workflow["on"].keys()
    assert {"tags": ["v*"]} == workflow["on"]["push"]
    assert "inputs.environment || 'production'" in workflow["jobs"]["deploy"]["environment"]["name"]
    assert workflow["concurrency"]["cancel-in-progress"] is False
