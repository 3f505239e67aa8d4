"""Records calls: spans, metrics, and the audit record."""
