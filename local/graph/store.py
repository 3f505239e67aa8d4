"""Everything the local Graph remembers, made afresh from the data files."""

from __future__ import annotations

from datetime import datetime


class Tenant:
    """The state of one run: in memory, writable, gone with the process."""

    def __init__(self, now: datetime) -> None:
        self.now = now
