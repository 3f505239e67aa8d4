"""Keeps who has which calendars, and who may see and change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from local.graph.agenda import Agenda
from local.organisation import User

type Right = Literal["freeBusy", "read", "edit"]


@dataclass
class SharedCalendar:
    """Holds a calendar of somebody, with what others may do in it, by their alias."""

    owner: User
    name: str
    agenda: Agenda
    is_main: bool = True
    rights: Mapping[str, Right] = field(default_factory=dict)

    def right(self, user: User) -> Right | None:
        """Returns what somebody may do in it; None means that they do not see that it is there."""
        return "edit" if user == self.owner else self.rights.get(user.alias)

    def is_listed_for(self, user: User) -> bool:
        """Tells whether it is among the calendars of somebody: their own, and added ones shared with them."""
        return user == self.owner or (not self.is_main and self.right(user) in ("read", "edit"))
