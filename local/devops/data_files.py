"""Loads the data files of the local Azure DevOps, and derives ids for what they only name."""

from __future__ import annotations

import json
import uuid
import zlib
from collections.abc import Sequence
from functools import cache
from hashlib import sha1
from typing import Any

from local.organisation import DATA

_NAMES = uuid.UUID("6f4c1f3e-0a51-4a8e-9c55-2b1d7e90a4c8")


@cache
def data_file(name: str) -> Any:
    """Returns the parsed content of one data file; callers do not change it."""
    return json.loads((DATA / name).read_text())


def named_id(*names: object) -> str:
    """Returns the id of something with this name: the same at every start."""
    return str(uuid.uuid5(_NAMES, "/".join(str(name) for name in names)))


def object_hash(*names: object) -> str:
    """Returns the 40 hex digits git would show for something with this name."""
    return sha1("/".join(str(name) for name in names).encode(), usedforsecurity=False).hexdigest()


def pick[Item](items: Sequence[Item], *names: object) -> Item:
    """Returns one of the items, scattered but the same at every start."""
    return items[zlib.crc32("/".join(str(name) for name in names).encode()) % len(items)]
