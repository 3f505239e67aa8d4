"""Reads the signed-in user's mail."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.mail_folders import resolve_folder
from shared.apis.graph.mail_messages import (
    ATTACHMENTS,
    NEWEST_FIRST,
    OLDEST_FIRST,
    READ,
    AttachmentSummary,
    Email,
    MailFolder,
    MessageSummary,
    ThreadMessage,
    conversation_filter,
    messages_filter,
)
from shared.apis.literals import search_string
from shared.apis.models import GraphModel
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.paging import Page
from shared.text import time_zones, times
from shared.text.content import Quoted, quote
from shared.text.documents import is_readable, read_document, why_unread
from shared.tools.microsoft365.mail_params import FolderName, MessageId, Person
from shared.tools.microsoft365.mailboxes import Mailbox, open_mailbox
from shared.tools.params import Cursor, Id, Offset, PageSize, RecentDay, day_after, day_meant

toolset = Toolset("mail")

LIMIT_BYTES = 15 * 1024 * 1024


def _query(text: str) -> str:
    if not text.strip() or text.count('"') % 2:
        raise PydanticCustomError("query", 'Must hold words, and each " that opens a phrase must be closed')
    return text


_READ_SHARED = "Mail.Read.Shared"
_LIKE_OTHERS = "Folder, as graph_get_emails takes it"


class Attachment(BaseModel):
    """An attachment and its text; where it has none that can be had here, `advice` says what to do."""

    attachment: AttachmentSummary
    text: Quoted | None = None
    advice: str | None = None


@toolset.tool(scopes=["Mail.Read", "MailboxSettings.Read"], optional_scopes=[_READ_SHARED])
async def graph_get_emails(
    caller: Caller,
    folder: Annotated[
        FolderName,
        Field(
            description="Folder by id, by name (Projects or Projects/Cache move), or inbox, drafts, "
            "sentitems, deleteditems, junkemail, archive, outbox; all for every one."
        ),
    ] = "inbox",
    unread_only: Annotated[bool, Field(description="Leave out what has been read.")] = False,
    sender: Annotated[
        Person | None,
        Field(description="Only from this address. For a name use graph_search_emails with from:name."),
    ] = None,
    since: Annotated[
        RecentDay | None,
        Field(
            description="Only received then or later. A date means its beginning, in the user's time zone."
        ),
    ] = None,
    until: Annotated[
        RecentDay | None,
        Field(description="Only received before; a date counts to its end."),
    ] = None,
    mailbox: Mailbox = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[MessageSummary]:
    """Get the signed-in user's recent emails of a folder, newest first, without their text.

    Filters by unread, sender and dates; for words use graph_search_emails. Read a text with
    graph_get_email. Times received are in UTC.
    """
    zone = time_zones.zone(await caller.time_zone(None) if since or until else "UTC")
    first = times.moment(day_meant(since, zone), zone) if since else None
    end = times.moment(day_after(day_meant(until, zone)), zone) if until else None
    if first and end and end <= first:
        raise ToolError("invalid_argument", "until: is before since.", "Give an until that is after since.")
    condition = messages_filter(since=first, until=end, unread_only=unread_only, sender=sender)
    with open_mailbox(caller, mailbox, _READ_SHARED) as there:
        return await _messages(
            there.graph,
            folder,
            MessageSummary,
            limit=limit,
            cursor=cursor,
            filter=condition,
            orderby=NEWEST_FIRST,
        )


@toolset.tool(scopes=["Mail.Read"], optional_scopes=[_READ_SHARED])
async def graph_search_emails(
    caller: Caller,
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1_000,
            description="Words to look for in sender, subject and text; all must be there. KQL works: "
            '"a phrase", OR, NOT, '
            "from:ben, to:, cc:, participants:, subject:, attachment:, hasattachments:true, "
            "importance:high, received>=2026-11-01, received:yesterday.",
        ),
        AfterValidator(_query),
    ],
    folder: Annotated[FolderName, Field(description=f"{_LIKE_OTHERS}.")] = "all",
    mailbox: Mailbox = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[MessageSummary]:
    """Search the signed-in user's emails by words, most recently sent first, without their text.

    Finds at most 1,000 emails. To list by folder, unread, sender's address or dates use
    graph_get_emails; for events, files and sites use graph_search. Read a text with graph_get_email.
    """
    with open_mailbox(caller, mailbox, _READ_SHARED) as there:
        return await _messages(
            there.graph, folder, MessageSummary, limit=limit, cursor=cursor, odata_search=search_string(query)
        )


@toolset.tool(scopes=["Mail.Read"], optional_scopes=[_READ_SHARED])
async def graph_get_email(
    caller: Caller, message_id: MessageId, mailbox: Mailbox = None, offset: Offset = 0
) -> Email:
    """Get one email of the signed-in user with its text, recipients and list of attachments.

    Read attachments with graph_get_attachment, the emails around it with graph_get_email_thread.
    Reading does not mark it as read.
    """
    with open_mailbox(caller, mailbox, _READ_SHARED) as there:
        email = await there.graph.get(Email, "/me/messages/{}", message_id, headers=READ, expand=ATTACHMENTS)
        return email.read_from(offset)


@toolset.tool(scopes=["Mail.Read"], optional_scopes=[_READ_SHARED])
async def graph_get_email_thread(
    caller: Caller,
    conversation_id: Annotated[Id, Field(description="conversation_id of any email of the thread.")],
    mailbox: Mailbox = None,
    limit: PageSize = 25,
    cursor: Cursor = None,
) -> Page[ThreadMessage]:
    """Get the emails of one conversation of the signed-in user, oldest first, each with what it adds.

    It holds those of all folders, sent ones and drafts too. A text over 4,000 characters is cut
    there, which its next_offset shows: read all of it with graph_get_email, from offset 0.
    """
    with open_mailbox(caller, mailbox, _READ_SHARED) as there:
        thread = await _messages(
            there.graph,
            "all",
            ThreadMessage,
            limit=limit,
            cursor=cursor,
            filter=conversation_filter(conversation_id),
            orderby=OLDEST_FIRST,
        )
    if not thread.items and thread.complete and not cursor:
        raise ToolError(
            "not_found",
            "The mailbox has no conversation with this id.",
            "Give the conversation_id of an email, as graph_get_emails and graph_search_emails return it.",
        )
    return thread


@toolset.tool(scopes=["Mail.Read"], optional_scopes=[_READ_SHARED])
async def graph_get_attachment(
    caller: Caller,
    message_id: MessageId,
    attachment_id: Annotated[Id, Field(description="id of the attachment, from graph_get_email.")],
    mailbox: Mailbox = None,
    offset: Offset = 0,
) -> Attachment:
    """Get the text of one attachment of an email: text, HTML, mails, Word, Excel, PowerPoint and PDF files.

    For all others, and for those too large, it says type, size and what to do instead.
    """
    path = ("/me/messages/{}/attachments/{}", message_id, attachment_id)
    with open_mailbox(caller, mailbox, _READ_SHARED) as there:
        attachment = await there.graph.get(AttachmentSummary, *path, headers=READ)
        advice = _instead_of_text(attachment)
        if advice:
            return Attachment(attachment=attachment, advice=advice)
        content = await there.graph.download(path[0] + "/$value", *path[1:], headers=READ)
    return await _with_text(caller, attachment, content, offset)


@toolset.tool(scopes=["Mail.Read"], optional_scopes=[_READ_SHARED])
async def graph_list_mail_folders(
    caller: Caller,
    inside: Annotated[
        FolderName | None,
        Field(description=f"{_LIKE_OTHERS}, to look inside; left out, the top."),
    ] = None,
    mailbox: Mailbox = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Page[MailFolder]:
    """List the folders of the signed-in user's mailbox, with how many emails are in each and unread.

    Lists one level: folders_inside says where there are more. Other mail tools take the id or name.
    """
    with open_mailbox(caller, mailbox, _READ_SHARED) as there:
        if inside is None:
            return await there.graph.page(MailFolder, "/me/mailFolders", limit=limit, cursor=cursor)
        parent = await resolve_folder(there.graph, inside, argument="inside")
        return await there.graph.page(
            MailFolder, "/me/mailFolders/{}/childFolders", parent, limit=limit, cursor=cursor
        )


async def _messages[M: GraphModel](
    graph: Graph, folder: str, model: type[M], *, limit: int, cursor: str | None, **query: str
) -> Page[M]:
    """Returns a page of the messages of a folder, or of all."""
    path: tuple[str, ...] = ("/me/messages",)
    if folder.strip().casefold() != "all":
        path = ("/me/mailFolders/{}/messages", await resolve_folder(graph, folder, argument="folder"))
    return await graph.page(model, *path, limit=limit, cursor=cursor, headers=READ, **query)


def _instead_of_text(attachment: AttachmentSummary) -> str | None:
    """Says what to do with an attachment whose text cannot be read; None if it can."""
    match attachment.kind:
        case "link":
            return "It is a link to a file in OneDrive or SharePoint: find it with sharepoint_search_files."
    if (attachment.size_bytes or 0) > LIMIT_BYTES:
        return "It is too large to be read here: open the email in Outlook, by its web_link."
    if attachment.kind == "file" and not is_readable(attachment.name or "", attachment.content_type or ""):
        reason, remedy = why_unread(attachment.name or "")
        return f"{reason} {remedy} Or open the email in Outlook, by its web_link, to see it."
    return None


async def _with_text(
    caller: Caller, attachment: AttachmentSummary, content: bytes, offset: int
) -> Attachment:
    name = attachment.name or ""
    # Of an item Graph gives its MIME form: an email by RFC 5322, an event as iCalendar, a contact as vCard.
    is_item = attachment.kind == "item"
    form = "text/calendar" if content.lstrip()[:6].upper() == b"BEGIN:" else "message/rfc822"
    try:
        text = await read_document(
            content,
            "" if is_item else name,
            form if is_item else attachment.content_type or "",
            caller=caller.principal.object_id,
        )
    except ToolError as error:
        return Attachment(attachment=attachment, advice=f"{error.message} {error.remedy}")
    return Attachment(attachment=attachment, text=quote(text, f"E-mail attachment {name}", offset=offset))
