"""Holds the tools for Azure DevOps, one file per family."""
