"""Every fault at every place a call depends on, for a tool that reads and one that writes.

The app runs in the test's process, what it asks are the processes of a tenant: so a cell can have an
app that knows nothing yet, which is when signing keys and the managed identity are asked for.
A cell calls the tool while the fault is in force, and then again, on the same app, when it is gone.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest

from local import tenant as local_tenant
from local.host.settings import app_settings
from local.organisation import organisation
from local.tenant import Tenant
from shared.mcp.dispatch import dispatch
from shared.mcp.tool_call import ToolCall
from shared.server import Server
from shared.settings import Settings
from shared.tools import CATALOGUE
from tests.journeys.conftest import started
from tests.journeys.steps import control, fail, issue

TIMEOUT = 2.5
"""The deadline of a call here."""
GRACE = 0.7
"""How much later its result may be there: the machine does other things too."""

type Access = Literal["read", "write"]
type Place = Literal["token endpoint", "JWKS", "managed identity", "Graph", "DevOps"]

ORGANIZATION = organisation().user("ana").devops_organizations[0]
HTML = "<html><body>Sign in</body></html>"
ELSEWHERE = "https://elsewhere.invalid/token"


@dataclass(frozen=True)
class Spot:
    """Where a place is: the service that fails, the paths that do, and the tools that get there."""

    service: str
    paths: dict[Access, str]
    tools: dict[Access, tuple[str, dict[str, Any]]]


MAIL = {"to": ["ben.adler@example.com"], "subject": "RetryPolicy", "body": "Fair."}
GRAPH_TOOLS: dict[Access, tuple[str, dict[str, Any]]] = {
    "read": ("graph_get_profile", {}),
    "write": ("graph_send_email", MAIL),
}
DEVOPS_TOOLS: dict[Access, tuple[str, dict[str, Any]]] = {
    "read": ("devops_list_projects", {"organization": ORGANIZATION}),
    "write": (
        "devops_comment_on_work_item",
        {"organization": ORGANIZATION, "work_item_id": 1304, "text": "Fair weather."},
    ),
}


def everywhere(path: str) -> dict[Access, str]:
    return {"read": path, "write": path}


SPOTS: dict[Place, Spot] = {
    "token endpoint": Spot("entra", everywhere("*/token"), GRAPH_TOOLS),
    "JWKS": Spot("entra", everywhere("*/keys"), GRAPH_TOOLS),
    "managed identity": Spot("identity", everywhere("/msi/token"), GRAPH_TOOLS),
    "Graph": Spot("graph", {"read": "/v1.0/me", "write": "/v1.0/me/sendMail"}, GRAPH_TOOLS),
    "DevOps": Spot("devops", {"read": "*/_apis/projects", "write": "*/comments"}, DEVOPS_TOOLS),
}

FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"latency": TIMEOUT + 0.5, "status": 504},
    "reset mid-body": {"reset": True},
    "429": {"status": 429, "headers": {"Retry-After": "30"}, "json": {"statusCode": 429, "message": "No."}},
    "500": {"status": 500, "json": {"statusCode": 500, "message": "No."}, "carried_out": True},
    "503": {"status": 503, "headers": {"Retry-After": "0.05"}, "json": {"statusCode": 503, "message": "No."}},
    "HTML instead of JSON": {"status": 200, "headers": {"Content-Type": "text/html"}, "body": HTML},
    "truncated JSON": {"status": 200, "body": '{"value": [{"id": "1', "carried_out": True},
    "wrong content type": {"status": 200, "headers": {"Content-Type": "image/png"}, "body": "\x89PNG"},
    "huge body": {"status": 200, "body": "x" * 1024, "repeat": 17 * 1024, "carried_out": True},
    "redirect elsewhere": {"status": 302, "headers": {"Location": ELSEWHERE}},
    "redirect loop": {"status": 302, "headers": {"Location": "."}},
    "empty body": {"status": 200, "carried_out": True},
}
OUTAGES = ("refused", "TLS error")

CODES: dict[Place, dict[str, str]] = {
    "token endpoint": {**dict.fromkeys(FAULTS, "unavailable"), "slow": "timeout", "429": "throttled"},
    "JWKS": dict.fromkeys(FAULTS, "unavailable"),
    "managed identity": {
        **dict.fromkeys(FAULTS, "unavailable"),
        "slow": "timeout",
    },
    "Graph": {
        **dict.fromkeys(FAULTS, "upstream_error"),
        **dict.fromkeys(("reset mid-body", "500", "503"), "unavailable"),
        "slow": "timeout",
        "429": "throttled",
    },
    "DevOps": {
        **dict.fromkeys(FAULTS, "upstream_error"),
        **dict.fromkeys(("reset mid-body", "500", "503"), "unavailable"),
        # Each of these is how Azure DevOps asks for a sign-in.
        **dict.fromkeys(("HTML instead of JSON", "redirect elsewhere", "redirect loop"), "sign_in_required"),
        "slow": "timeout",
        "429": "throttled",
    },
}

NOT_APPLICABLE: dict[tuple[Place, str, Access], str] = {
    ("managed identity", "TLS error", "read"): "the endpoint is on the machine itself and speaks plain HTTP",
    ("managed identity", "TLS error", "write"): "the endpoint is on the machine itself and speaks plain HTTP",
    ("Graph", "reset mid-body", "write"): "Graph's answer to a sent email has none",
    ("Graph", "empty body", "write"): "Graph's answer to a sent email has none",
}
ACCESSES: tuple[Access, ...] = ("read", "write")
CELLS = [
    (place, fault, access)
    for place in SPOTS
    for fault in FAULTS
    for access in ACCESSES
    if (place, fault, access) not in NOT_APPLICABLE
]

GONE = [
    (place, outage, access)
    for place in SPOTS
    for outage in OUTAGES
    for access in ACCESSES
    if (place, outage, access) not in NOT_APPLICABLE
]


class App:
    """The app, with nothing in its caches, and calls of it."""

    def __init__(self, tenant: Tenant) -> None:
        self._environ = {**app_settings(tenant.layout), "TOOL_TIMEOUT_SECONDS": str(TIMEOUT)}

    @cached_property
    def server(self) -> Server:
        """The server, which the first call opens: it asks for what it needs from then on."""
        return Server.open(Settings.from_environ(self._environ), CATALOGUE)

    async def call(self, token: str, tool: str, arguments: dict[str, Any]) -> tuple[str, float]:
        """The code of the result (`ok` if it is none of a failure), and how long it took."""
        headers = {"Authorization": f"Bearer {token}"}
        context = {
            "arguments": arguments,
            "transport": {"name": "http-streamable", "properties": {"headers": headers}},
        }
        declared = next(each for each in CATALOGUE if each.name == tool)
        begun = time.monotonic()
        envelope = await dispatch(
            ToolCall(declared), json.dumps({"name": tool, **context}), lambda: self.server
        )
        taken = time.monotonic() - begun
        result = json.loads(json.loads(envelope)["content"])
        error = result.get("_meta", {}).get("m365-devops-mcp/error", {"code": "ok"})
        return str(error["code"]), taken


@pytest.fixture(scope="module")
def stormy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A tenant whose services fail, with the environment the platform gives the app for its identity."""
    with pytest.MonkeyPatch.context() as environ:
        for tenant in started(tmp_path_factory, "stormy"):
            for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "NO_PROXY"):
                environ.setenv(name, app_settings(tenant.layout)[name])
            yield tenant


@pytest.fixture(scope="module")
async def warm(stormy: Tenant) -> AsyncIterator[App]:
    """An app that goes through all weathers: it has its keys and its identity's token."""
    app = App(stormy)
    assert "ok" == (await app.call(issue(stormy.layout, "ben"), "graph_get_profile", {}))[0]
    yield app
    await app.server.close()


@pytest.fixture
async def cold(stormy: Tenant) -> AsyncIterator[App]:
    """An app that has asked for nothing yet."""
    app = App(stormy)
    yield app
    await app.server.close()


def writes(tenant: Tenant) -> int:
    """How many emails Graph sent and comments Azure DevOps took since their journals were cleared."""
    graph, devops = (local_tenant.journal(tenant.layout, service) for service in ("graph", "devops"))
    return sum(
        each["event"] in ("answered", "request") and str(each["path"]).endswith(("/sendMail", "/comments"))
        for each in [*graph, *devops]
        if each.get("method") == "POST"
    )


def expected_writes(place: Place, fault: str, access: Access) -> int:
    """How many writes were carried out while the fault was there; never more than one."""
    if access == "read" or place not in ("Graph", "DevOps"):
        return 0
    return int("reset" in FAULTS[fault] or "carried_out" in FAULTS[fault])


def strike(tenant: Tenant, place: Place, fault: str, access: Access) -> None:
    fail(tenant.layout, SPOTS[place].service, {"path": SPOTS[place].paths[access], **FAULTS[fault]})


def clear(tenant: Tenant) -> None:
    for service in ("graph", "devops"):
        control(tenant.layout, service, "DELETE", "journal")


async def again(app: App, token: str, tool: tuple[str, dict[str, Any]]) -> str:
    """The code of a call once the weather is fair: `ok` within a few seconds, or what it is instead."""
    end = time.monotonic() + 5
    while True:
        code, _ = await app.call(token, *tool)
        if code == "ok" or time.monotonic() > end:
            return code
        await asyncio.sleep(0.1)


def test_every_cell_is_tried_or_has_a_reason() -> None:
    tried = len(CELLS) + len(GONE)
    every = len(SPOTS) * (len(FAULTS) + len(OUTAGES)) * len(ACCESSES)

    assert (140, 140) == (every, tried + len(NOT_APPLICABLE))


def cells(*places: Place) -> pytest.MarkDecorator:
    chosen = [cell for cell in CELLS if cell[0] in places]
    return pytest.mark.parametrize(("place", "fault", "access"), chosen, ids=map(", ".join, chosen))


@cells("token endpoint", "Graph", "DevOps")
async def test_a_fault_is_told_in_time_to_those_it_meets(
    place: Place, fault: str, access: Access, stormy: Tenant, warm: App
) -> None:
    tool = SPOTS[place].tools[access]
    elsewhere = (DEVOPS_TOOLS if place == "Graph" else GRAPH_TOOLS)["read"]
    token, other = issue(stormy.layout, "ana"), issue(stormy.layout, "ben")
    assert "ok" == await again(warm, other, elsewhere)
    clear(stormy)

    strike(stormy, place, fault, access)
    (code, taken), (others, _) = await asyncio.gather(warm.call(token, *tool), warm.call(other, *elsewhere))
    written = writes(stormy)
    fail(stormy.layout, SPOTS[place].service)
    mended = await again(warm, token, tool)

    assert (CODES[place][fault], "ok", "ok") == (code, others, mended)
    assert taken < TIMEOUT + GRACE
    assert expected_writes(place, fault, access) == written


@cells("JWKS", "managed identity")
async def test_a_fault_at_the_start_is_told_in_time_and_made_good(
    place: Place, fault: str, access: Access, stormy: Tenant, cold: App
) -> None:
    tool = SPOTS[place].tools[access]
    token = issue(stormy.layout, "ana")
    clear(stormy)

    strike(stormy, place, fault, access)
    code, taken = await cold.call(token, *tool)
    written = writes(stormy)
    fail(stormy.layout, SPOTS[place].service)
    mended = await again(cold, token, tool)

    assert (CODES[place][fault], "ok") == (code, mended)
    assert taken < TIMEOUT + GRACE
    assert 0 == written


@pytest.mark.parametrize("place", SPOTS)
async def test_a_service_that_is_gone_or_speaks_no_tls_is_told_in_time_and_forgotten(
    place: Place, stormy: Tenant
) -> None:
    spot = SPOTS[place]
    tokens = {access: issue(stormy.layout, "ana") for access in ACCESSES}
    app = App(stormy)
    if place in ("token endpoint", "Graph", "DevOps"):
        assert "ok" == await again(app, issue(stormy.layout, "ben"), spot.tools["read"])
    clear(stormy)

    stormy.stop(spot.service)
    found = {("refused", access): await app.call(tokens[access], *spot.tools[access]) for access in ACCESSES}
    async with plain_text(stormy, spot.service):
        for access in ACCESSES:
            if (place, "TLS error", access) not in NOT_APPLICABLE:
                found["TLS error", access] = await app.call(tokens[access], *spot.tools[access])
    stormy.start(spot.service)
    written = writes(stormy)
    if place == "token endpoint":
        # The local Entra starts again with other keys, to which this app's own assertion is nothing.
        await app.server.close()
        app = App(stormy)
    token = issue(stormy.layout, "ana")
    mended = [await again(app, token, spot.tools[access]) for access in ACCESSES]
    await app.server.close()

    expected = [cell[1:] for cell in GONE if cell[0] == place]
    assert dict.fromkeys(expected, "unavailable") == {cell: code for cell, (code, _) in found.items()}
    assert max(taken for _, taken in found.values()) < TIMEOUT + GRACE
    assert (0, ["ok", "ok"]) == (written, mended)


@contextlib.asynccontextmanager
async def plain_text(tenant: Tenant, service: str) -> AsyncIterator[None]:
    """In the place of a service, one that answers whatever it hears without TLS."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with contextlib.AsyncExitStack() as listening:
        for name in local_tenant.LISTENERS[service]:
            port = urlsplit(getattr(tenant.layout, name)).port
            await listening.enter_async_context(await asyncio.start_server(answer, "localhost", port))
        yield
