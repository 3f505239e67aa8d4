"""Describes the app under given settings, by running it in a process of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from local.child_process import run
from local.doctor.check_result import CannotCheckError

_ROOT = Path(__file__).resolve().parents[2]
_LIMIT = 60.0
# What a process needs to run at all; everything else the app sees is a setting.
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "TEMP", "VIRTUAL_ENV")


@dataclass(frozen=True)
class AppSettings:
    """Holds the settings others have to agree with, as the app reads them."""

    tenant_id: str
    client_id: str
    credential: str
    managed_identity_client_id: str | None
    authority_host: str
    token_exchange_audience: str
    required_scope: str
    allowed_client_ids: tuple[str, ...]
    graph_endpoint: str
    resources: Mapping[str, str]


@dataclass(frozen=True)
class AppDescription:
    """Holds what is wrong with the settings, or what they say and which tools they offer.

    `catalogue` has the scopes that every call of a tool needs, by the names of all tools there are and by
    API, whatever the settings; `optional` has those that only some arguments need, where there are any.
    """

    problems: tuple[str, ...]
    settings: AppSettings | None
    tools: tuple[str, ...] | None
    catalogue: Mapping[str, Mapping[str, list[str]]]
    optional: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)

    def scopes(self, tool: str, api: str) -> set[str]:
        """Returns all scopes of an API that a tool may ask for; none of a tool that is not known here."""
        return {
            scope for each in (self.catalogue, self.optional) for scope in each.get(tool, {}).get(api, ())
        }


async def describe(settings: Mapping[str, str]) -> AppDescription:
    """Returns what the app says of itself with these app settings.

    Raises:
        CannotCheckError: It does not run on this machine.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    command = [sys.executable, "-m", "shared.self_description"]
    try:
        ended = await run(command, limit=_LIMIT, env={**kept, **settings}, folder=_ROOT)
    except TimeoutError as error:
        raise CannotCheckError(f"The app's code did not load within {_LIMIT:g} seconds.", _CURE) from error
    if ended.status != 0:
        lines = ended.errors.splitlines()
        raise CannotCheckError(f"The app's code does not load: {(lines or ['it said nothing'])[-1]}", _CURE)
    return _parsed(json.loads(ended.output))


_CURE = "Install what it needs: python -m pip install -r requirements.txt"


def _parsed(told: Mapping[str, Any]) -> AppDescription:
    settings = told["settings"]
    if settings is not None:
        known = {field.name: settings[field.name] for field in fields(AppSettings)}
        settings = AppSettings(**{**known, "allowed_client_ids": tuple(known["allowed_client_ids"])})
    tools = told["tools"]
    return AppDescription(
        tuple(told["problems"]),
        settings,
        None if tools is None else tuple(tools),
        told["catalogue"],
        told["optional"],
    )
