"""Recognizes GUIDs, the form of the ids of Entra, Microsoft Graph and Azure DevOps."""

import re

PATTERN = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""A GUID with hyphens and without braces, in either case; to be put into longer patterns."""

_GUID = re.compile(PATTERN)


def is_guid(text: str) -> bool:
    """Tells whether a text is a GUID, with nothing around it."""
    return _GUID.fullmatch(text) is not None
