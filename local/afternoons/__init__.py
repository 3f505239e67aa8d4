"""Drives afternoons of work through the official MCP client (`python -m local afternoon`).

Each is of one role. A step uses what the steps before it returned, as a model would.
"""
