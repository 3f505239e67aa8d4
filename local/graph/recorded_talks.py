"""Keeps what was recorded of online meetings, and fills it from the data file."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

_NAMES = uuid.UUID("6f0a1c0e-52f4-4f0e-9b61-0f2d7c5e8a11")


@dataclass(frozen=True)
class RecordedTalk:
    """Holds a transcript, or a recording without its bytes, of the meeting with this address."""

    address: str
    start: datetime
    end: datetime
    words: str = ""

    @property
    def call_id(self) -> str:
        """Returns the id of the call in which it was made."""
        return str(uuid.uuid5(_NAMES, f"{self.address}/{self.start.isoformat()}"))

    @property
    def id(self) -> str:
        """Returns its id, which is base64 as Teams makes them."""
        return base64.b64encode(f"1##0#{self.call_id}".encode()).decode()


def recorded_talks(told: list[dict[str, Any]], day: Any) -> Iterator[RecordedTalk]:
    """Yields what the data file tells of; `day` gives the midnight of a working day by its count."""
    for each in told:
        midnight: datetime = day(each["day"])
        start, end = (
            datetime.combine(midnight, time.fromisoformat(each[edge]), midnight.tzinfo)
            for edge in ("from", "to")
        )
        address = f"https://teams.microsoft.com/l/meetup-join/{each['online']}"
        yield RecordedTalk(address, start, end, "\r\n".join(each.get("vtt", [])))
