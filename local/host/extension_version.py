"""The versions of the Functions MCP extension that the local host plays, and where they differ."""

from __future__ import annotations

import os
from dataclasses import dataclass

SETTING = "LOCAL_MCP_EXTENSION"
"""The environment variable that names the version of the extension to play: `current` or `next`."""


@dataclass(frozen=True)
class ExtensionVersion:
    """What a client or a function can notice of the extension's version.

    `session_for_each_call` has a session id stand in the context of a call whose client sent none;
    `keeps_link_titles` passes on the title of a `resource_link`; `writes_null_types` writes
    `"mimeType": null` for a resource without a type; `skips_unknown_objects` reads past an unknown
    object in a resource's envelope.
    """

    protocols: tuple[str, ...]
    session_for_each_call: bool
    keeps_link_titles: bool
    writes_null_types: bool
    skips_unknown_objects: bool


CURRENT = ExtensionVersion(
    protocols=("2024-11-05", "2025-03-26", "2025-06-18"),
    session_for_each_call=False,
    keeps_link_titles=False,
    writes_null_types=True,
    skips_unknown_objects=False,
)
"""Extension 1.6.0, the one in use."""

NEXT = ExtensionVersion(
    protocols=(*CURRENT.protocols, "2025-11-25"),
    session_for_each_call=True,
    keeps_link_titles=True,
    writes_null_types=False,
    skips_unknown_objects=True,
)
"""The extension's own branch with version 1.4.0 of its SDK."""


def from_environment() -> ExtensionVersion:
    """Returns the version that the environment names, the current one by default.

    Raises:
        ValueError: It names none of them.
    """
    name = os.environ.get(SETTING) or "current"
    versions = {"current": CURRENT, "next": NEXT}
    if name not in versions:
        raise ValueError(f"{SETTING} is {name!r}, neither current nor next")
    return versions[name]
