"""The queries of alerts and workbook, as Kusto's own language service reads them."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.infra.infrastructure import FOLDER, Infrastructure

MODULES = Path(__file__).parents[2] / ".venv" / "kusto" / "node_modules"
PACKAGE = "@kusto/language-service-next@12.4.1"

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and MODULES.is_dir()),
    reason=f"Kusto's language service is not there: npm install --prefix .venv/kusto {PACKAGE}",
)

_SIGN_IN = (
    "TimeGenerated:datetime, UserId:string, AppId:string, ResourceIdentity:string, ResultType:string, "
    "Location:string, IPAddress:string"
)
# "Application Insights telemetry data model", as far as the queries use it.
TABLES = {
    "traces": "timestamp:datetime, message:string, severityLevel:int, customDimensions:dynamic",
    "exceptions": "timestamp:datetime, ['type']:string, outerMessage:string, customDimensions:dynamic",
    # "Azure Monitor Logs reference": what is dynamic in one of these is text in the other.
    "SigninLogs": f"{_SIGN_IN}, LocationDetails:dynamic",
    "AADNonInteractiveUserSignInLogs": f"{_SIGN_IN}, LocationDetails:string",
}
# What the workbook puts in for its parameters.
CHOSEN = {"Tool": "'*'", "Outcome": "'*'", "User": "'*'", "Client": "'*'", "TimeRange:grain": "1h"}
INVALID = {
    "unknown column": "traces | where nothing == 1",
    "unknown operator": "traces | summarise count()",
    "reserved name": "traces | summarize last = max(timestamp)",
    "column of two types": "union SigninLogs, AADNonInteractiveUserSignInLogs | project LocationDetails",
}


@pytest.fixture(scope="module")
def wrong() -> dict[str, list[str]]:
    """What is wrong in each query. All at once: the service takes seconds to load."""
    done = subprocess.run(
        [str(shutil.which("node")), str(Path(__file__).with_name("kusto.js"))],
        input=json.dumps(
            {
                "tables": TABLES,
                "queries": {**alert_queries(), **workbook_queries(), **documented_queries(), **INVALID},
            }
        ),
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_every_query_of_the_alerts_is_valid(wrong: Mapping[str, list[str]]) -> None:
    names = alert_queries().keys()

    assert 8 == len(names)
    assert {name: [] for name in names} == {name: wrong[name] for name in names}


def test_every_query_of_the_workbook_is_valid(wrong: Mapping[str, list[str]]) -> None:
    names = workbook_queries().keys()

    assert 15 <= len(names)
    assert {name: [] for name in names} == {name: wrong[name] for name in names}


def test_every_query_of_the_documents_is_valid(wrong: Mapping[str, list[str]]) -> None:
    names = documented_queries().keys()

    assert 2 <= len(names)
    assert {name: [] for name in names} == {name: wrong[name] for name in names}


@pytest.mark.parametrize("name", INVALID)
def test_a_query_that_is_not_valid_is_found(name: str, wrong: Mapping[str, list[str]]) -> None:
    assert wrong[name]


def documented_queries() -> dict[str, str]:
    """The queries of the documents, by the document and their place in it."""
    return {
        f"{path.name} {number}": query
        for path in sorted((FOLDER.parent / "docs").glob("*.md"))
        for number, query in enumerate(re.findall(r"```kusto\n(.*?)```", path.read_text(), re.DOTALL))
    }


def alert_queries() -> dict[str, str]:
    """The queries of the alerts by the alert's name."""
    resources = Infrastructure(FOLDER).deploy({}).resources
    return {
        each.name: each.property("properties.criteria")["allOf"][0]["query"]
        for each in resources
        if each.type == "Microsoft.Insights/scheduledQueryRules"
    }


def workbook_queries() -> dict[str, str]:
    """The queries of the workbook by their item's or parameter's name, with choices put in."""
    workbook: dict[str, Any] = json.loads((FOLDER / "modules" / "workbook.json").read_text())
    parts = [part for item in workbook["items"] for part in [item, *item["content"].get("parameters", [])]]
    queries = {part["name"]: part.get("query") or part.get("content", {}).get("query") for part in parts}
    return {
        name: re.sub(r"\{([A-Za-z:]+)\}", lambda match: CHOSEN[match[1]], query)
        for name, query in queries.items()
        if query
    }
