"""What the README and docs/deploy.md say about deploying, as far as it can be looked up."""

import json
import re
from typing import Any

import pytest

from tests.infra.infrastructure import FOLDER, Infrastructure

ROOT = FOLDER.parent
DOCUMENT = (ROOT / "docs" / "deploy.md").read_text()
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
SECTION = re.split(r"^## ", README.partition("\n## Deploy to Azure\n")[2], flags=re.MULTILINE)[0]
HOOKS = (FOLDER / "hooks" / "README.md").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
VARIABLES = re.findall(r"\$\{(\w+)", (FOLDER / "main.parameters.json").read_text())
OUTPUTS = re.findall(r"^output (\w+)", (FOLDER / "main.bicep").read_text(), re.MULTILINE)
LINKS = sorted(set(re.findall(r"\]\(([^)]+)\)", SECTION) + re.findall(r"\]\(([^)]+)\)", DOCUMENT)))


def cost(*arguments: Any, **options: Any) -> int:
    """What the document's formula gives."""
    (formula,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(formula, names)
    dollars: int = names["monthly_usd"](*arguments, **options)
    return dollars


def test_the_costs_it_names_are_those_of_the_formula() -> None:
    (row,) = re.findall(r"^\| everything by default \| (.*) \|$", DOCUMENT, re.MULTILINE)
    idle, ten, thousand = (re.findall(r"\d+", cell) for cell in row.split("|"))

    assert [str(cost(0))] == idle
    assert [str(cost(10))] == ten
    assert [str(cost(1000, calls_at_once=4)), str(cost(1000))] == thousand
    assert f"About {cost(10)} US dollars a month for ten users" in SECTION


def test_the_formula_counts_the_alerts_there_are() -> None:
    deployment = Infrastructure(FOLDER).deploy({})
    kinds = [each.type for each in deployment.resources if each.deployed]
    rules = kinds.count("Microsoft.Insights/scheduledQueryRules")
    metrics = kinds.count("Microsoft.Insights/metricAlerts")

    assert f"standing = {rules} * 0.50 + {metrics / 10:.2f} + 0.50" in DOCUMENT
    assert f"`ENABLE_ALERTS=false` leaves out | {round(rules * 0.50 + metrics * 0.10)} |" in DOCUMENT


@pytest.mark.parametrize("text", [SECTION, DOCUMENT], ids=["README", "docs/deploy.md"])
def test_every_choice_it_names_is_one(text: str) -> None:
    chosen = set(re.findall(r"`?([A-Z][A-Z_]{3,})=", text)) | set(re.findall(r"azd env set ([A-Z_]+)", text))
    spoken = set(re.findall(r"(?:env get-value|\$\(value|<)\s*([A-Z][A-Z_]{3,})", text))

    # What the hooks and the image take is theirs to document.
    elsewhere = {*re.findall(r"`([A-Z_]+)`", HOOKS), *re.findall(r"ARG (\w+)=", DOCKERFILE)}

    assert chosen
    assert set() == chosen - {*VARIABLES, *elsewhere, "NAME"}
    assert set() == spoken - {*OUTPUTS}


def test_every_variable_it_explains_in_words_is_known() -> None:
    settings = (FOLDER / "modules" / "app.bicep").read_text() + SETTINGS
    named = set(re.findall(r"`([A-Z][A-Z]+_[A-Z_]+)`", SECTION + DOCUMENT)) - {*VARIABLES, *OUTPUTS}

    # The MCP extension's, azd's, those by which Node and pip trust an authority, those the app does not read.
    others = {
        "CONTAINER_ENCRYPTION_KEY",
        "AZURE_SUBSCRIPTION_ID",
        "NODE_EXTRA_CA_CERTS",
        "PIP_CERT",
        "HTTP_PROXY",
        "HTTPS_PROXY",
    }

    assert others == {name for name in named if name not in settings}


@pytest.mark.parametrize("link", LINKS)
def test_its_links_lead_somewhere(link: str) -> None:
    path, _, heading = link.partition("#")
    if path.startswith("https://"):
        return
    folders = [ROOT, ROOT / "docs"]
    (found,) = {each for folder in folders if (each := (folder / path).resolve()).is_file()}
    headings = [
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)
    ]

    assert not heading or heading in headings


def test_files_it_names_are_there() -> None:
    named = set(
        re.findall(r"`((?:infra|\.github|shared)/[\w./-]+\.\w+|Dockerfile|azure\.yaml|host\.json)`", DOCUMENT)
    )

    assert named
    assert [] == sorted(path for path in named if not (ROOT / path).is_file())


def test_the_package_made_by_hand_holds_what_the_app_needs() -> None:
    (files,) = re.findall(r"zip --quiet --recurse-paths app\.zip (.*) --exclude", DOCUMENT)

    assert [] == [name for name in files.split() if not (ROOT / name).exists()]
    assert {"function_app.py", "host.json", "requirements.txt", "shared"} == set(files.split())


def test_the_parameters_of_az_are_parameters() -> None:
    parameters = json.loads((FOLDER / "main.parameters.json").read_text())["parameters"]
    (command,) = re.findall(r"--parameters environmentName=.*?> outputs\.json", DOCUMENT, re.DOTALL)
    named = re.findall(r"(\w+)=", command)

    assert [] == [name for name in named if name not in parameters]
