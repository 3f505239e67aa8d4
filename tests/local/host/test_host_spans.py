"""The app's spans in the host's journal."""

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from local.control import Control
from local.host.spans import JournalExporter
from local.span_tree import span_tree


def test_spans_that_ended_are_noted_with_their_parents_and_attributes():
    control = Control()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(JournalExporter(control)))
    tracer = provider.get_tracer("any")

    with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner") as inner:
        inner.set_attribute("cache", "hit")

    noted = {entry["name"]: entry for entry in control.journal}
    assert {entry["event"] for entry in control.journal} == {"span"}
    assert noted["outer"]["parent_id"] is None
    assert noted["inner"]["parent_id"] == noted["outer"]["span_id"]
    assert noted["inner"]["trace_id"] == noted["outer"]["trace_id"]
    assert noted["inner"]["attributes"] == {"cache": "hit"}
    assert [line.split(" ms ")[1] for line in span_tree(control.journal)] == [" outer", "   inner  cache=hit"]
