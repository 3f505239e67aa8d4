"""Adds categories to an email and takes them away."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from shared.apis.graph.categories import define_categories, names_apart
from shared.apis.graph.mail_messages import READ
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.text.names import Name

Categories = Annotated[
    Sequence[Annotated[str, Field(min_length=1, max_length=255, pattern=r"\S")]], Field(max_length=25)
]


class _Categorized(GraphModel):
    categories: list[Name] = []
    version: str | None = Field(None, validation_alias="@odata.etag")


async def changed_categories(
    caller: Caller, message_id: str, add: Sequence[str], remove: Sequence[str], *, mailbox: str | None
) -> tuple[dict[str, Any], str | None]:
    """Returns the property that adds categories to an email and removes others, and the version it is for.

    Graph replaces all categories of an email at once, so that those it has are read just before. One that
    is new is defined, and called as the user's mailbox does; what another's mailbox calls its categories is
    its owner's to define.
    """
    there = caller.in_mailbox(mailbox, "Mail.ReadWrite.Shared")
    message = await there.graph.get(_Categorized, "/me/messages/{}", message_id, headers=READ)
    if add and mailbox is None:
        add = await define_categories(caller.with_scopes("MailboxSettings.ReadWrite").graph, add)
    held = {each.strip().casefold() for each in message.categories}
    gone = {each.casefold() for each in names_apart(remove, held)}
    kept = [str(each) for each in message.categories if each.strip().casefold() not in gone]
    present = {each.casefold() for each in kept}
    added = [each.strip() for each in add if each.strip().casefold() not in present]
    return {"categories": [*kept, *added]}, message.version
