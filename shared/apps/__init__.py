"""Declares the MCP Apps: pages that show results, and ask for more through the host."""
