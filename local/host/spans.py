"""Receives the spans of the function app, as Azure Monitor would, and notes them in the host's journal."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from local.control import Control


class JournalExporter(SpanExporter):
    """Notes each span that ended as the event `span`."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Note the spans."""
        for span in spans:
            context, started = span.context, span.start_time or 0
            self._control.record(
                "span",
                name=span.name,
                trace_id=trace.format_trace_id(context.trace_id),
                span_id=trace.format_span_id(context.span_id),
                parent_id=trace.format_span_id(span.parent.span_id) if span.parent else None,
                started=started,
                milliseconds=((span.end_time or started) - started) / 1e6,
                attributes=dict(span.attributes or {}),
            )
        return SpanExportResult.SUCCESS


def receive(control: Control) -> None:
    """Note the spans of this process from now on; a process can be told so once."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(JournalExporter(control)))
    trace.set_tracer_provider(provider)
