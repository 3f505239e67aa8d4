"""Microsoft Graph and Azure DevOps: how to ask them, and how to read their answers."""
