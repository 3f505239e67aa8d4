"""Runs a tool for the MCP extension: declaration, invocation, dispatch, result."""
