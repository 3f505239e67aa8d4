"""Builds the attendees of events: people who must or may come, and rooms. Nothing here does I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.errors import ToolError


def invited(addresses: Sequence[str], kind: str = "required") -> list[dict[str, Any]]:
    """Returns attendees of one kind: required, optional or resource."""
    return [{"type": kind, "emailAddress": {"address": each}} for each in addresses]


@dataclass(frozen=True, slots=True)
class PeopleChange:
    """Describes who is invited to an event in addition, otherwise, or no more.

    Attributes:
        required: Addresses of who comes in addition, or is to be required from now on.
        optional: Likewise of who may come.
        remove: Of who is invited no more.
        only: Of all who are invited, in place of whoever is; rooms stay.
        room: Of the room that takes the place of all others.
        drop_people: Whether none of the people stay.
        drop_rooms: Whether none of the rooms stay.
    """

    required: Sequence[str] = ()
    optional: Sequence[str] = ()
    remove: Sequence[str] = ()
    only: Sequence[str] = ()
    room: str | None = None
    drop_people: bool = False
    drop_rooms: bool = False

    def __bool__(self) -> bool:
        people = (self.required, self.optional, self.remove, self.only)
        return any((*people, self.room, self.drop_people, self.drop_rooms))

    @property
    def invited(self) -> Mapping[str, Sequence[str]]:
        """Returns who is to be invited, by kind."""
        rooms = [self.room] if self.room else []
        return {"required": self.required, "optional": self.optional, "resource": rooms}

    def keeps(self, attendee: Mapping[str, Any]) -> bool:
        """Tells whether a present attendee stays."""
        address = address_of(attendee)
        if address in {each.casefold() for each in self.remove}:
            return False
        if attendee.get("type") != "resource":
            if self.only and address:
                return address in {each.casefold() for each in self.only}
            return not self.drop_people
        return address == (self.room or "").casefold() or not (self.drop_rooms or self.room)


def all_invited(required: Sequence[str], optional: Sequence[str], room: str | None) -> list[dict[str, Any]]:
    """Returns the attendees of a new event.

    Raises:
        ToolError: `invalid_argument`: an address is given as two kinds.
    """
    return changed_attendees([], PeopleChange(required=required, optional=optional, room=room))


def changed_attendees(present: Sequence[Mapping[str, Any]], change: PeopleChange) -> list[dict[str, Any]]:
    """Returns the attendees after a change; whoever stays is written back as they were.

    A written collection takes the place of the old one, types and answers included.

    Args:
        present: The attendees as Graph has them.
        change: Who is to be invited, and who no more.

    Raises:
        ToolError: `invalid_argument`: an address is given twice for different things, or somebody is to
            be removed who is not invited.
    """
    _check_once({**change.invited, "removed": change.remove, "one of all": change.only})
    held = {address_of(each) for each in present}
    if strangers := [each for each in change.remove if each.casefold() not in held]:
        raise ToolError(
            "invalid_argument",
            f"remove_attendees: {', '.join(strangers)} is not invited.",
            "Read the event with graph_get_event: attendees names who is.",
        )
    # Somebody without an address is nobody else.
    kept = {
        address_of(each) or f"{number}": dict(each)
        for number, each in enumerate(present)
        if change.keeps(each)
    }
    new_people = [each for each in change.only if each.casefold() not in held]
    for kind, addresses in {**change.invited, "required": [*change.required, *new_people]}.items():
        for new in invited(addresses, kind):
            address = address_of(new)
            kept[address] = {**kept.get(address, new), "type": kind}
    return list(kept.values())


def address_of(attendee: Mapping[str, Any]) -> str:
    """Returns the address of an attendee in lower case, by which two are the same."""
    return str((attendee.get("emailAddress") or {}).get("address") or "").casefold()


def _check_once(given: Mapping[str, Sequence[str]]) -> None:
    roles: dict[str, str] = {}
    for role, addresses in given.items():
        for address in addresses:
            other = roles.setdefault(address.casefold(), role)
            if other != role:
                raise ToolError(
                    "invalid_argument",
                    f"attendees: {address} is given as {other} and as {role}.",
                    "Give each address once.",
                )
