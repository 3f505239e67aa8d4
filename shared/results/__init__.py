"""Holds pages, partial results, version conflicts and failed writes."""
