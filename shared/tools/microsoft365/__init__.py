"""Holds the tools for Microsoft 365, one file per family."""
