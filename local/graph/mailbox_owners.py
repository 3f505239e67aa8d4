"""Names whose mailboxes there are: those of people, and shared ones, which belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from local.graph.demo_text import data
from local.graph.odata import Resource
from local.organisation import User, organisation


@dataclass(frozen=True)
class Owner:
    """Describes whose a mailbox is; `rights` are those of other people by alias."""

    alias: str
    object_id: str
    display_name: str
    address: str
    rights: Mapping[str, tuple[str, ...]]

    @property
    def identity(self) -> Resource:
        """Returns the owner as sender or recipient."""
        return {"emailAddress": {"name": self.display_name, "address": self.address}}

    def gives(self, user: User, right: str) -> bool:
        """Tells whether a user has a right in the mailbox: `full_access`, `send_as` or `send_on_behalf`."""
        return right in self.rights.get(user.alias, ())


@cache
def shared_mailboxes() -> tuple[Owner, ...]:
    """Returns the mailboxes that belong to nobody: their accounts cannot sign in."""
    domain = organisation().document["domain"]
    return tuple(
        Owner(
            alias,
            told["object_id"],
            told["display_name"],
            f"{alias}@{domain}",
            {name: tuple(rights) for name, rights in told["rights"].items()},
        )
        for alias, told in data("mail")["shared_mailboxes"].items()
    )


@cache
def owners() -> tuple[Owner, ...]:
    """Returns who has a mailbox: people, and the shared ones."""
    people = (
        Owner(user.alias, user.object_id, user.display_name, user.user_principal_name, {})
        for user in organisation().users
    )
    return (*people, *shared_mailboxes())
