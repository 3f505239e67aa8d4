"""Holds the pages of MCP Apps, which clients show beside the results of tools."""
