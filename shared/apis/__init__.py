"""Holds the clients of Microsoft Graph and Azure DevOps, and what both share."""
