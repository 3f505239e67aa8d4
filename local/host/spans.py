"""Receives the spans of the function app, as Azure Monitor would, and notes them in the host's journal.

The beginning of a span is observed too, for whoever looks on while a call is running.
"""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

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


class SpanObserver(SimpleSpanProcessor):
    """Notes spans that ended, and observes those that begin as the event `span_begun`."""

    def __init__(self, control: Control) -> None:
        super().__init__(JournalExporter(control))
        self._control = control

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Observe the span, whose attributes may still change."""
        super().on_start(span, parent_context)
        self._control.observe(
            "span_begun",
            name=span.name,
            span_id=trace.format_span_id(span.context.span_id),
            parent_id=trace.format_span_id(span.parent.span_id) if span.parent else None,
            started=span.start_time or 0,
            attributes=dict(span.attributes or {}),
        )


def receive(control: Control) -> None:
    """Note the spans of this process from now on, whatever clients sample; a process can be told so once."""
    provider = TracerProvider(sampler=ALWAYS_ON)
    provider.add_span_processor(SpanObserver(control))
    trace.set_tracer_provider(provider)
