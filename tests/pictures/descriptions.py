"""Reads the text that a picture is drawn from, and puts the facts of code and infrastructure in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def read(name: str, facts: Mapping[str, str]) -> dict[str, Any]:
    """A description by its file's name, with each `{fact}` put in.

    Raises:
        KeyError: It names a fact there is not.
    """
    return dict(_filled(tomllib.loads((HERE / name).read_text()), facts))


def _filled(value: Any, facts: Mapping[str, str]) -> Any:
    match value:
        case str():
            return value.format_map(facts)
        case list():
            return [_filled(each, facts) for each in value]
        case dict():
            return {key: _filled(each, facts) for key, each in value.items()}
    return value
