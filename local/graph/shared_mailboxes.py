"""Opens mailboxes of others: a team's for who has full access, and single folders that somebody shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.graph.demo_text import data
from local.graph.denials import OUTLOOK
from local.graph.errors import GraphError, mailbox_item_not_found
from local.graph.mailbox import Attachment, Mailbox
from local.graph.mailbox_owners import Owner, owners
from local.graph.odata import Resource
from local.graph.operations import Area, Call, Handler

if TYPE_CHECKING:
    from collections.abc import Callable

_SHARED_FORM: Mapping[str, str] = {
    "Mail.ReadBasic": "Mail.Read.Shared",
    "Mail.Read": "Mail.Read.Shared",
    "Mail.ReadWrite": "Mail.ReadWrite.Shared",
    "Mail.Send": "Mail.Send.Shared",
}
"""The permission that a path of another's mailbox needs in place of that of one's own."""


class SharedFolders(Mailbox):
    """Shows the folders of a mailbox that are shared alone, to be read; the rest is not there.

    What holds all folders, such as the list of them, is denied.
    """

    def __init__(self, box: Mailbox, shared: frozenset[str]) -> None:
        self.__dict__.update(box.__dict__)
        self._shared = shared

    def folder_id(self, name: str) -> str:
        """Returns the id of a folder that is shared."""
        found = super().folder_id(name)
        if found == self.root_id:
            raise OUTLOOK.error()
        if found not in self._shared:
            raise mailbox_item_not_found()
        return found

    def message(self, message_id: str) -> Resource:
        """Returns a message of a folder that is shared."""
        found = super().message(message_id)
        if found["parentFolderId"] not in self._shared:
            raise mailbox_item_not_found()
        return found

    def add(self, *_: Any, **__: Any) -> Resource:
        """Refuses the change."""
        raise OUTLOOK.error()

    def change(self, *_: Any) -> None:
        """Refuses the change."""
        raise OUTLOOK.error()

    def move(self, *_: Any, **__: Any) -> Resource:
        """Refuses the change."""
        raise OUTLOOK.error()

    def remove(self, *_: Any) -> None:
        """Refuses the change."""
        raise OUTLOOK.error()

    def detach(self, *_: Any) -> None:
        """Refuses the change."""
        raise OUTLOOK.error()

    def attach(self, *_: Any) -> Attachment:
        """Refuses the change."""
        raise OUTLOOK.error()


def owner_of(call: Call) -> Owner:
    """Returns whose mailbox a request is about.

    Raises:
        GraphError: Nobody has a mailbox of this name.
    """
    wanted = call.arguments.get("mailbox", call.user.object_id).casefold()
    for owner in owners():
        if wanted in (owner.object_id, owner.address):
            return owner
    raise GraphError(404, "ErrorInvalidUser", f"The requested user '{wanted}' is invalid.")


def mailbox(call: Call) -> Mailbox:
    """Returns the mailbox a request is about, as far as the user may see it.

    Raises:
        GraphError: There is none.
    """
    owner = owner_of(call)
    box = call.tenant.mailboxes[owner.object_id]
    if owner.object_id == call.user.object_id or owner.gives(call.user, "full_access"):
        return box
    shared = data("mail")["shared_folders"].get(owner.alias, {})
    return SharedFolders(
        box, frozenset(box.folder_id(name) for name, people in shared.items() if call.user.alias in people)
    )


def authors(call: Call, author: str) -> dict[str, Resource]:
    """Returns `from` and `sender` of a message from this address: the same, or the user on behalf of it.

    Raises:
        GraphError: The user may not send in its name.
    """
    owner = next((each for each in owners() if each.address == author.casefold()), None)
    if owner and (owner.object_id == call.user.object_id or owner.gives(call.user, "send_as")):
        return {"from": owner.identity, "sender": owner.identity}
    if owner and owner.gives(call.user, "send_on_behalf"):
        own = {"name": call.user.display_name, "address": call.user.user_principal_name}
        return {"from": owner.identity, "sender": {"emailAddress": own}}
    raise GraphError(
        403, "ErrorSendAsDenied", "The user account does not have the right to send as this mailbox."
    )


class MailboxArea(Area):
    """Declares operations of mail for the user's own mailbox, and with them those for others' mailboxes."""

    def operation(
        self, method: str, *templates: str, permissions: tuple[str, ...]
    ) -> Callable[[Handler], Handler]:
        """Declares that a function answers these paths, `/users/{mailbox}/…` for `/me/…` among them."""
        others = [
            f"/users/{{mailbox}}{each.removeprefix('/me')}"
            for each in templates
            if set(permissions) <= set(_SHARED_FORM)
        ]
        shared = tuple(_SHARED_FORM.get(each, each) for each in permissions)

        def declare(handler: Handler) -> Handler:
            super(MailboxArea, self).operation(method, *templates, permissions=permissions)(handler)
            super(MailboxArea, self).operation(method, *others, permissions=shared)(handler)
            return handler

        return declare
