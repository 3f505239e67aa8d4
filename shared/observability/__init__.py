"""Records what happened: spans, metrics, and the audit record."""
