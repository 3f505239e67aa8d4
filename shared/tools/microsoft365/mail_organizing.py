"""Moves, marks and flags the signed-in user's mail."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.mail_folders import resolve_folder
from shared.apis.graph.mail_messages import READ, Flag, OrganizedMessage, organizing_properties
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import after, report_unknown_outcome
from shared.tools.microsoft365.mail_categories import Categories, changed_categories
from shared.tools.microsoft365.mail_params import FolderName, MessageId
from shared.tools.microsoft365.mailboxes import Mailbox, open_mailbox

toolset = Toolset("mail")

_LOOK = "Read the email with graph_get_email before you change it again."


@toolset.tool(
    scopes=["Mail.ReadWrite"],
    optional_scopes=["Mail.ReadWrite.Shared", "MailboxSettings.ReadWrite"],
    writes=True,
)
async def graph_organize_email(
    caller: Caller,
    message_id: MessageId,
    move_to: Annotated[
        FolderName | None,
        Field(
            description="Folder to move it to: archive to archive it, deleteditems to delete it (it can be "
            "moved back), or any other by id or name, as graph_list_mail_folders shows them."
        ),
    ] = None,
    mark: Annotated[Literal["read", "unread"] | None, Field(description="Mark it as read or unread.")] = None,
    flag: Annotated[
        Flag | None, Field(description="Flag it for follow-up, as done (complete), or take its flag away.")
    ] = None,
    add_categories: Annotated[Categories, Field(description="Made if missing.")] = (),
    remove_categories: Annotated[Categories, Field(description="By name.")] = (),
    mailbox: Mailbox = None,
) -> OrganizedMessage:
    """Move, archive, flag, categorize or mark as read one email of the signed-in user: any of these at once.

    What is left out stays as it is. The id stays the same when the email moves.
    """
    changes = organizing_properties(mark=mark, flag=flag)
    if move_to is None and not (changes or add_categories or remove_categories):
        raise ToolError("invalid_argument", "move_to: is missing.", "Give at least one thing to change.")
    version = None
    with open_mailbox(caller, mailbox, "Mail.ReadWrite.Shared") as there:
        # Nothing is changed, and no category defined, before it is known where the email goes.
        destination = await resolve_folder(there.graph, move_to, argument="move_to") if move_to else None
        if add_categories or remove_categories:
            categories, version = await changed_categories(
                caller, message_id, add_categories, remove_categories, mailbox=mailbox
            )
            changes |= categories
        if destination is None:
            return await _marked(there.graph, message_id, changes, version)
        with report_unknown_outcome(_LOOK):
            moved = await there.graph.post(
                OrganizedMessage,
                "/me/messages/{}/move",
                message_id,
                body={"destinationId": destination},
                headers=READ,
            )
        if not changes:
            return moved
        with after("The email was moved."):
            return await _marked(there.graph, moved.id, changes)


async def _marked(
    graph: Graph, message_id: str, changes: Mapping[str, Any], version: str | None = None
) -> OrganizedMessage:
    with report_unknown_outcome(_LOOK):
        return await graph.patch(
            OrganizedMessage, "/me/messages/{}", message_id, body=changes, version=version, headers=READ
        )
