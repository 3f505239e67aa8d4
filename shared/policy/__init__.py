"""Decides whether a caller may use a tool: app roles, groups, rate limits."""
