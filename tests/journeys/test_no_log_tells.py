"""All logs of all services, at DEBUG, after calls of every tool that worked, were refused, or met a fault."""

import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import httpx
import pytest
from mcp import Client

from local.afternoons import command as afternoons
from local.mcp_client import connected
from local.organisation import organisation
from local.serving import SERVICES
from local.tenant import Tenant
from shared.mcp.tool import Tool
from tests.journeys.conftest import started
from tests.journeys.steps import call_with, fail, issue
from tests.journeys.token_text import token_in
from tests.tool_counts import OFFERED

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
MARK = "quokka"
"""What every argument holds that may hold anything, and every body of a service that fails."""
VALID: dict[str, Any] = {
    "organization": "larkspur",
    "project": "Booking",
    "date": "2031-03-03",
    "date-time": "2031-03-03T09:00:00Z",
}
SPOILT = f"<html><body>{MARK} of Ana Duarte, ana.duarte@larkspur.example</body></html>"
FAULTS: dict[str, list[dict[str, Any]]] = {
    "graph": [
        {"path": "/v1.0/*", "status": 403, "body": '{"error": {"message": "' + SPOILT + '"}}'},
        {"path": "/v1.0/*", "status": 200, "body": SPOILT},
        # Fewer than those after which the host is left alone.
        {"path": "/v1.0/*", "status": 500, "times": 8, "body": SPOILT},
        {"path": "/v1.0/*", "reset": True},
    ],
    "devops": [
        {"path": "*/_apis/*", "status": 404, "body": '{"message": "' + SPOILT + '"}'},
        {"path": "*/_apis/*", "status": 429, "headers": {"Retry-After": "0"}, "body": SPOILT},
        {"path": "*/_apis/*", "status": 203, "body": SPOILT},
    ],
    "entra": [
        {"path": "*/token", "status": 200, "body": '{"access_token": "eyJhbGciOiJSUzI1NiJ9.' + MARK},
        {"path": "*/token", "status": 302, "headers": {"Location": f"https://elsewhere.invalid/{MARK}"}},
        {"path": "*/token", "status": 503, "body": SPOILT},
    ],
}


READS: list[tuple[str, dict[str, Any]]] = [
    ("graph_read", {"path": f"/groups/{MARK}/members", "filter": f"displayName eq '{MARK}'"}),
    ("graph_read", {"path": f"/me/messages/{MARK}", "select": ["subject"], "expand": MARK}),
    ("graph_read", {"path": f"/me/drive/items/{MARK}/workbook/worksheets/a/range(address='{MARK}')"}),
    ("graph_read", {"path": "/me/contacts", "search": MARK, "order_by": MARK}),
    (
        "devops_read",
        {
            "path": f"/{{project}}/_apis/wit/tags/{MARK}",
            "organization": "larkspur",
            "project": "Booking",
        },
    ),
    (
        "devops_read",
        {
            "path": "/{project}/_apis/git/pullrequests",
            "parameters": {"searchCriteria.title": MARK, "searchCriteria.sourceRefName": MARK},
            "organization": "larkspur",
            "project": "Booking",
        },
    ),
]
"""Reads with the mark in every id and in every query."""


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant that offers all tools and has everything in its logs that there is."""
    yield from started(tmp_path_factory, "telling", READ_MORE="graph:*;devops:*")


@pytest.fixture
async def http(telling: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """A client that trusts this tenant's CA."""
    tls = ssl.create_default_context(cafile=str(telling.layout.ca_file))
    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=30) as client:
        yield client


def filled(schema: dict[str, Any], name: str, root: dict[str, Any]) -> Any:
    """A value of the schema's form, with the mark wherever a text may hold anything."""
    match schema:
        case {"$ref": str(reference)}:
            return filled(root["$defs"][reference.rsplit("/", 1)[-1]], name, root)
        case {"enum": [first, *_]} | {"const": first}:
            return first
        case {"anyOf": [first, *_]} | {"oneOf": [first, *_]}:
            return filled(first, name, root)
        case {"type": "array", "items": items}:
            return [filled(items, name, root)]
        case {"type": "object", "properties": properties}:
            return {each: filled(inner, each, root) for each, inner in properties.items()}
        case {"type": "object"}:
            return {MARK: MARK}
        case {"type": "integer" | "number"}:
            return schema.get("minimum", 1)
        case {"type": "boolean"}:
            return True
        case _:
            return VALID.get(name) or VALID.get(str(schema.get("format"))) or f"{MARK} {name}"


def met_by_faults_of(service: str) -> list[Tool]:
    """Tools that ask the service; few for Entra, as each of its faults is met again by further attempts."""
    apis = ("graph", "devops") if service == "entra" else (service,)
    tools = [tool for tool in OFFERED if any(tool.scopes_of(api) for api in apis)]
    return tools[:4] if service == "entra" else tools


def texts(document: Any) -> Iterator[str]:
    """The texts in a result that somebody wrote: of several words, as ids and times are not."""
    match document:
        case dict():
            for value in document.values():
                yield from texts(value)
        case list():
            for value in document:
                yield from texts(value)
        case str() if " " in document and len(document) >= 10:
            yield document


class Callers:
    """Calls through the official client, and what came of them.

    Attributes:
        codes: How often calls ended in which way.
        told: The texts in their results.
        tokens: The access tokens of those who called.
    """

    def __init__(self) -> None:
        self.codes: Counter[str] = Counter()
        self.told: set[str] = set()
        self.tokens: set[str] = set()

    async def call_reads(self, client: Client) -> None:
        """Call the reads beyond the tools with the mark wherever it may be."""
        for name, arguments in READS:
            result = await client.call_tool(name, arguments)
            error = (result.meta or {}).get("m365-devops-mcp/error", {"code": "ok"})
            self.codes[error["code"]] += 1

    async def call_all(
        self, client: Client, tools: Iterable[Tool] = OFFERED, *, required_only: bool = True
    ) -> None:
        """Call tools, with all their parameters or only with those they must have."""
        for tool in tools:
            schema = tool.input_schema
            arguments = {
                name: filled(each, name, schema)
                for name, each in schema["properties"].items()
                if not required_only or name in schema.get("required", []) or name in VALID
            }
            result = await client.call_tool(tool.name, arguments)
            error = (result.meta or {}).get("m365-devops-mcp/error", {"code": "ok"})
            self.codes[error["code"]] += 1
            if not result.is_error:
                self.told.update(texts(result.structured_content))


async def test_no_log_of_any_service_tells_a_token_an_address_a_name_an_argument_or_a_result(
    telling: Tenant, http: httpx.AsyncClient
):
    layout = telling.layout
    callers = Callers()
    await afternoons.spend(layout, organisation().user("ben"), ["developer", "scrum"])
    await afternoons.spend(layout, organisation().user("ana"), ["office"])
    for alias in ("ana", "chiara", "dmitri", "farid"):
        async with connected(layout, organisation().user(alias)) as (client, journey):
            assert journey.tokens is not None
            callers.tokens.add(journey.tokens.access_token)
            await callers.call_all(client, required_only=alias != "ana")
            await callers.call_reads(client)
    for service, faults in FAULTS.items():
        for fault in faults:
            async with connected(layout, organisation().user("ana")) as (client, journey):
                assert journey.tokens is not None
                callers.tokens.add(journey.tokens.access_token)
                fail(layout, service, fault)
                await callers.call_all(client, met_by_faults_of(service))
                fail(layout, service)
    for changes in ({"scp": None}, {"aud": f"api://{MARK}"}, {"exp": 1_700_000_000}, {"name": MARK}):
        token = issue(layout, "ana", **changes)
        callers.tokens.add(token)
        await call_with(http, layout, token)

    logs = {service: telling.log(service).splitlines() for service in SERVICES}
    lines = [line for log in logs.values() for line in log]
    log = "\n".join(lines)
    people = [name for user in organisation().users for name in (user.display_name, user.alias)]
    secrets = [layout.secret("client_secret"), layout.secret("identity_header")]
    print(f"{len(lines):,} lines of {len(logs)} logs, {callers.codes.total():,} calls: {dict(callers.codes)}")

    assert {
        "ok",
        "invalid_argument",
        "not_found",
        "forbidden",
        "consent_required",
        "sign_in_required",
        "throttled",
        "unavailable",
        "upstream_error",
    } <= set(callers.codes)
    assert 0 == callers.codes["internal_error"]
    assert callers.codes["ok"] > 50
    assert 50 < len(callers.told)
    assert callers.codes.total() < len(logs["host"])
    assert any(" DEBUG " in line for line in logs["host"])
    assert [] == [line for line in lines if token_in(line)]
    assert [] == [line for line in lines if ADDRESS.search(line)]
    assert [] == [line for line in lines if MARK in line.casefold()]
    assert [] == [name for name in people if re.search(rf"\b{re.escape(name)}\b", log, re.IGNORECASE)]
    assert [] == [secret for secret in secrets if secret in log]
    assert [] == [part for token in callers.tokens for part in token.split(".") if part in log]
    assert [] == [text for text in callers.told if text in log]
