"""The spans and metrics of a call, as OpenTelemetry's own SDK receives them."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import Field

from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.mcp.dispatch import dispatch
from shared.mcp.tool_call import ToolCall
from shared.mcp.toolset import Toolset
from shared.observability.telemetry import observed_request
from shared.observability.tracing import METRICS, SPANS
from shared.server import Server
from tests.shared.calls import context
from tests.shared.counted_exchange import CountedExchange
from tests.shared.issuer import Issuer, Published

PRIVATE = "the-argument-of-a-user"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
READING = "GET /v1.0/me/drive/items/{}"
ALLOWED = {
    "mcp.method.name",
    "gen_ai.tool.name",
    "cache",
    "http.request.method",
    "http.response.status_code",
    "server.address",
    "server.port",
    "url.template",
    "error.type",
}
toolset = Toolset("traced")


class Item(GraphModel):
    """Something of Graph."""

    name: str = ""


@toolset.tool(scopes=["Files.Read"])
async def read_item(caller: Caller, item_id: Annotated[str, Field(description="Which.")]) -> Item:
    """Get an item."""
    return await caller.graph.get(Item, "/me/drive/items/{}", item_id)


(READ_ITEM,) = toolset


class Network:
    """The tenant and Graph; keeps what Graph was sent.

    Attributes:
        status: What Graph answers with.
        asked: The requests to Graph.
    """

    def __init__(self, published: Published) -> None:
        self._published = published
        self.status = 200
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "graph.microsoft.com":
            return self._published(request)
        self.asked.append(request)
        return httpx.Response(self.status, json={"name": PRIVATE, "error": {"code": "x", "message": PRIVATE}})


@pytest.fixture(scope="session")
def received() -> InMemorySpanExporter:
    """Where the spans of this process go. A provider can be set once only, for all."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture(scope="session")
def measured() -> InMemoryMetricReader:
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    return reader


@pytest.fixture
def spans(received: InMemorySpanExporter) -> Iterator[Callable[[], list[ReadableSpan]]]:
    received.clear()
    yield lambda: list(received.get_finished_spans())


@pytest.fixture
def network(published: Published) -> Network:
    return Network(published)


@pytest.fixture
def traced(network: Network, open_server: Callable[..., Server]) -> Server:
    return open_server(network)


async def call(server: Server, issuer: Issuer, item_id: str = PRIVATE, **headers: str) -> None:
    authorization = {"Authorization": f"Bearer {issuer.token()}"}
    await dispatch(
        ToolCall(READ_ITEM), context(authorization, {"item_id": item_id}), lambda: server, trace=headers
    )


def named(spans: list[ReadableSpan], name: str) -> list[dict[str, Any]]:
    return [dict(span.attributes or {}) for span in spans if span.name == name]


async def test_a_call_is_a_tree_of_validation_exchange_and_requests(
    traced: Server, issuer: Issuer, spans: Callable[[], list[ReadableSpan]]
) -> None:
    await call(traced, issuer)

    finished = spans()
    names = {span.context.span_id: span.name for span in finished}
    tree = [(names.get(span.parent.span_id) if span.parent else None, span.name) for span in finished]
    assert [
        ("validate token", "GET"),
        ("validate token", "GET"),
        ("tools/call read_item", "validate token"),
        ("tools/call read_item", "exchange token"),
        ("tools/call read_item", READING),
        (None, "tools/call read_item"),
    ] == tree
    assert 1 == len({span.context.trace_id for span in finished})


async def test_requests_have_the_conventions_names(
    traced: Server, issuer: Issuer, spans: Callable[[], list[ReadableSpan]]
) -> None:
    await call(traced, issuer)

    assert {
        "http.request.method": "GET",
        "server.address": "graph.microsoft.com",
        "http.response.status_code": 200,
        "url.template": "/v1.0/me/drive/items/{}",
    } == named(spans(), READING)[-1]


async def test_no_span_holds_an_argument_a_result_or_words(
    traced: Server, issuer: Issuer, network: Network, spans: Callable[[], list[ReadableSpan]]
) -> None:
    await call(traced, issuer)
    network.status = 404
    await call(traced, issuer)

    assert 0 < len(spans())
    for span in spans():
        assert set(span.attributes or {}) <= ALLOWED
        assert PRIVATE not in span.to_json()
        assert [] == list(span.events)
        assert span.status.description is None


async def test_a_failure_marks_the_call_and_the_request(
    traced: Server, issuer: Issuer, network: Network, spans: Callable[[], list[ReadableSpan]]
) -> None:
    network.status = 404
    await call(traced, issuer)

    assert "404" == named(spans(), READING)[-1]["error.type"]
    assert "not_found" == named(spans(), "tools/call read_item")[0]["error.type"]
    assert trace.StatusCode.ERROR == spans()[-1].status.status_code


async def test_an_exchange_says_whether_it_was_made_shared_or_kept(
    traced: Server,
    issuer: Issuer,
    exchange: CountedExchange,
    spans: Callable[[], list[ReadableSpan]],
) -> None:
    authorization = {"Authorization": f"Bearer {issuer.token()}"}
    exchange.held.add(authorization["Authorization"].removeprefix("Bearer "))

    async def one() -> None:
        await dispatch(ToolCall(READ_ITEM), context(authorization, {"item_id": "1"}), lambda: traced)

    both = asyncio.gather(one(), one())
    await exchange.somebody_waits()
    exchange.let_go.set()
    await both
    await one()

    assert ["hit", "miss", "shared"] == sorted(each["cache"] for each in named(spans(), "exchange token"))


async def test_the_clients_trace_goes_on_and_is_carried_downstream(
    traced: Server, issuer: Issuer, network: Network, spans: Callable[[], list[ReadableSpan]]
) -> None:
    await call(traced, issuer, traceparent=f"00-{TRACE}-{PARENT}-01")

    (asked,) = network.asked
    version, trace_id, parent_id, flags = asked.headers["traceparent"].split("-")
    request = next(span for span in spans() if f"{span.context.span_id:016x}" == parent_id)
    assert ("00", TRACE, "01") == (version, trace_id, flags)
    assert READING == request.name
    assert PARENT == f"{spans()[-1].parent.span_id:016x}"


async def test_calls_failures_exchanges_and_throttling_are_measured(
    traced: Server, issuer: Issuer, network: Network, measured: InMemoryMetricReader
) -> None:
    network.status = 404
    await call(traced, issuer)
    with observed_request("GET", "https://dev.azure.com/any", {}) as request:
        request.response_received(429, {})

    data = measured.get_metrics_data()
    points = {
        metric.name: [dict(point.attributes) for point in metric.data.data_points]
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    assert {"gen_ai.tool.name": "read_item", "outcome": "not_found"} in points["m365_devops_mcp.calls"]
    assert {"error.type": "not_found"} in points["m365_devops_mcp.errors"]
    assert {"cache": "miss"} in points["m365_devops_mcp.exchange.duration"]
    assert {"gen_ai.tool.name": "read_item", "error.type": "not_found"} in points[
        "mcp.server.operation.duration"
    ]
    assert [{"server.address": "dev.azure.com"}] == points["m365_devops_mcp.throttled"]
    assert set(METRICS) == set(points)


def test_the_documentation_names_each_span_and_metric() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", Path("docs/telemetry.md").read_text(), re.MULTILINE))

    assert {**SPANS, **METRICS} == {name: rows.get(name) for name in [*SPANS, *METRICS]}


_WITHOUT_PROVIDER = """
from opentelemetry import trace
from shared.observability import tracing
parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
with tracing.span("call", {}, parent=tracing.continued({"traceparent": parent})):
    with tracing.span("request", {}) as inner:
        print(inner is trace.INVALID_SPAN, tracing.trace_id(), tracing.outgoing()["traceparent"] == parent)
print(tracing.trace_id())
"""


def test_without_a_provider_no_span_is_made_and_the_trace_goes_on() -> None:
    """In a process of its own: a provider can be set once in each."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_PROVIDER], capture_output=True, text=True, check=True
    )

    assert ["True 0af7651916cd43dd8448eb211c80319c True", "None"] == done.stdout.splitlines()
