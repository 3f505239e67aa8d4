"""Pages, partial results, version conflicts and failed writes."""
