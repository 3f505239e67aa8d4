"""Validates access tokens of Microsoft Entra ID, and exchanges them on behalf of the user."""
