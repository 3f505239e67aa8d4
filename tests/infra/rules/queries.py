"""The queries of alerts and workbook: tables, fields, events and outcomes that there are."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import shared
from shared.entra import access_token
from shared.errors import CODES
from shared.observability import audit
from tests.infra.infrastructure import Infrastructure

OUTCOMES = frozenset({"ok", "cancelled", *CODES})
# Of the audit record's fields, those with members of their own.
_BY_HOST = {"downstream", "request_ids"}
_TABLES = ("traces", "exceptions", "requests", "dependencies")
_EVENT = re.compile(r'"event"\s*:\s*"([^"]*)"')
_FIELD = re.compile(r"\bcall\.(\w+)((?:\.\w+|\[)?)")
_INDEXED_FIELD = re.compile(r"""\bcall\[["'](\w+)["']\]""")
_COMPARED = re.compile(r"""\b(outcome|reason|tool|access)\s*(?:==|!=|=~|!~)\s*["']([^"']*)["']""")
_LISTED = re.compile(r"\b(outcome|reason|tool|access)\s+!?in~?\s*\(([^)]*)\)")
_TEXT = re.compile(r"""["']([^"']*)["']""")
_CODE = re.compile(r"[a-z0-9_]{1,64}")


def queries_read_fields_of_the_audit_record(infrastructure: Infrastructure) -> Iterator[str]:
    for where, query in _queries(infrastructure):
        for field, member in _FIELD.findall(query):
            if field not in audit.FIELDS:
                yield f"{where}: call.{field} is no field of the audit record"
            elif member and field not in _BY_HOST:
                yield f"{where}: call.{field} has no members"
        for field in _INDEXED_FIELD.findall(query):
            if field not in audit.FIELDS:
                yield f"{where}: call.{field} is no field of the audit record"


def queries_read_events_that_are_written(infrastructure: Infrastructure) -> Iterator[str]:
    """The line of the record begins with the event, as `shared.observability.audit.write` writes it."""
    beginning = json.dumps({"event": audit.EVENT}, separators=(",", ":"))[:-1]
    for where, query in _queries(infrastructure):
        for event in _EVENT.findall(query):
            if event != audit.EVENT:
                yield f"{where}: no event is called {event}"
        if "call." in query and f"message startswith '{beginning}'" not in query:
            yield f"{where}: does not pick the lines of the audit record"


def queries_ask_tables_of_application_insights(infrastructure: Infrastructure) -> Iterator[str]:
    """Scoped to the component, which knows the tables by these names, not by those of the workspace."""
    for where, query in _queries(infrastructure):
        if query.split(maxsplit=1)[0] not in _TABLES:
            yield f"{where}: asks the table {query.split(maxsplit=1)[0]}"


def queries_compare_with_values_there_are(infrastructure: Infrastructure) -> Iterator[str]:
    known = {
        "outcome": OUTCOMES,
        "reason": reasons(),
        "access": frozenset({"read", "write"}),
        "tool": frozenset(each["name"] for each in _permissions(infrastructure)["tools"]),
    }
    for where, query in _queries(infrastructure):
        compared = _COMPARED.findall(query)
        compared += [
            (field, value)
            for field, listed in _LISTED.findall(query)
            for value in _TEXT.findall(listed)
            if "{" not in listed
        ]
        for field, value in compared:
            if value not in known[field]:
                yield f"{where}: no call has the {field} {value!r}"


def p95_is_measured_where_it_is_made(infrastructure: Infrastructure) -> Iterator[str]:
    """What an alert measures is a column that its query ends with."""
    for _, rule in infrastructure.deployed("Microsoft.Insights/scheduledQueryRules"):
        for criterion in rule.property("properties.criteria.allOf"):
            column = criterion.get("metricMeasureColumn")
            counted = criterion["timeAggregation"] == "Count"
            if counted == bool(column):
                yield f"{rule.place}: {criterion['timeAggregation']} of the column {column}"
            elif column and not re.search(rf"\b{column}\s*=", criterion["query"]):
                yield f"{rule.place}: the query makes no column {column}"


def everything_that_can_go_wrong_is_watched(infrastructure: Infrastructure) -> Iterator[str]:
    """Refused sign-ins, exchanges, consent, latency, throttling, failures of ours."""
    wanted = (
        "sign_in_required",
        "misconfigured",
        "consent_required",
        "percentile(",
        "throttled",
        "internal_error",
    )
    for name, deployment in infrastructure.deployments.items():
        if not deployment.value_of("enableAlerts"):
            continue
        queries = " ".join(
            criterion["query"]
            for each in deployment.resources
            if each.type == "Microsoft.Insights/scheduledQueryRules" and each.deployed
            for criterion in each.property("properties.criteria.allOf")
        )
        for what in wanted:
            if what not in queries:
                yield f"with {name}: no alert watches {what}"
        metrics = json.dumps(
            [each.body for each in deployment.resources if each.type == "Microsoft.Insights/metricAlerts"],
            default=str,
        )
        if '"Http5xx"' not in metrics:
            yield f"with {name}: no alert watches answers of 5xx"


@cache
def reasons() -> frozenset[str]:
    """Every cause the code gives by name: those of refused tokens, and each text handed on as `reason`."""
    given = {*OUTCOMES, *get_args(access_token.Reason.__value__)}
    sources = [path.read_text() for path in Path(shared.__file__).parent.rglob("*.py")]
    for tree in (ast.parse(source) for source in sources if "reason=" in source):
        constants = {
            target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for keyword in (
            node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "reason"
        ):
            value = keyword.value
            text = value.value if isinstance(value, ast.Constant) else constants.get(getattr(value, "id", ""))
            if isinstance(text, str) and _CODE.fullmatch(text):
                given.add(text)
    return frozenset(given)


def _queries(infrastructure: Infrastructure) -> Iterator[tuple[str, str]]:
    """Each query of an alert or a workbook, by where it stands."""
    for _, resource in infrastructure.deployed("Microsoft.Insights/"):
        if resource.type == "Microsoft.Insights/scheduledQueryRules":
            for criterion in resource.property("properties.criteria.allOf"):
                yield f"{resource.place} {resource.name}", criterion["query"].strip()
        if resource.type == "Microsoft.Insights/workbooks":
            document = json.loads(resource.property("properties.serializedData"))
            for query in _queries_in(document):
                yield resource.place, query.strip()


def _queries_in(document: Any) -> Iterator[str]:
    match document:
        case dict():
            for key, value in document.items():
                if key == "query" and isinstance(value, str):
                    yield value
                else:
                    yield from _queries_in(value)
        case list():
            for each in document:
                yield from _queries_in(each)


def _permissions(infrastructure: Infrastructure) -> dict[str, Any]:
    return dict(json.loads((infrastructure.folder / "permissions.json").read_text()))
