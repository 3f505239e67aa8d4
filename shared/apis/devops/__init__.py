"""Holds the Azure DevOps client, and the requests and models of its resources."""
