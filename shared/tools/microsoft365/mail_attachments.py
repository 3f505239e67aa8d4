"""Fetches what is to be attached to outgoing mail: files, attachments of other mail, and texts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.apis.graph.attachment_upload import SESSION_BYTES, NewAttachment, new_attachment
from shared.apis.graph.mail_messages import READ, AttachmentSummary
from shared.apis.graph.sites_and_drives import validate_file_reference
from shared.caller import Caller
from shared.errors import ToolError
from shared.text.documents import LIMIT_BYTES
from shared.tools.microsoft365.file_content import (
    AttachedName,
    check_text_content,
    read_file_content,
)
from shared.tools.microsoft365.file_params import LibraryName
from shared.tools.params import Id

TOTAL_BYTES = 25 * 1024 * 1024
"""Encoded, these stay below the 35 MB that a mailbox sends unless an administrator changes it."""

_LINK_INSTEAD = "Attachments may have 16 MB each and 25 MB together: put the file's web_url into the body."
_ITEM_TYPES = {
    b"BEGIN:VCALENDAR": ("ics", "text/calendar"),
    b"BEGIN:VCARD": ("vcf", "text/vcard"),
}


class AttachmentSource(BaseModel):
    """Give file and site as for sharepoint_read_file, or text and name, or message_id and attachment_id."""

    model_config = ConfigDict(extra="forbid", strict=True)

    file: (
        Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(validate_file_reference)] | None
    ) = None
    site: LibraryName | None = None
    message_id: Id | None = None
    attachment_id: Id | None = None
    text: Annotated[str, Field(min_length=1, max_length=4_000_000)] | None = None
    name: AttachedName | None = None

    def check(self) -> None:
        """Refuses what does not name one thing to attach.

        Raises:
            ToolError: `invalid_argument`: it names none, several, or one incompletely.
        """
        if sum(each is not None for each in (self.file, self.text, self.attachment_id)) != 1:
            raise ToolError(
                "invalid_argument",
                "attachments: each needs one of file, text and attachment_id.",
                "Give one of them for each; several things are several attachments.",
            )
        if self.text is not None and self.name is None:
            raise ToolError(
                "invalid_argument", "attachments: name is needed with text.", "Give a name such as trace.log."
            )
        if (self.message_id is None) != (self.attachment_id is None):
            raise ToolError(
                "invalid_argument",
                "attachments: message_id and attachment_id go together.",
                "Give both, as graph_get_email shows them.",
            )


Attachments = Annotated[
    Sequence[AttachmentSource],
    Field(max_length=20, description="Files to attach, 16 MB each, 25 MB together."),
]


async def fetch_attachments(
    caller: Caller, mail: Caller, sources: Sequence[AttachmentSource]
) -> list[NewAttachment]:
    """Returns what is to be attached, with its bytes; nothing is written before all of it is there.

    Args:
        caller: Who reads files, with the optional scope `Files.Read.All`.
        mail: The caller in the mailbox of the messages, with a scope to read them.
        sources: Where to find each.

    Raises:
        ToolError: One is not there, is no file, or they are too large.
    """
    for each in sources:
        each.check()
    found: list[NewAttachment] = []
    left = TOTAL_BYTES
    for each in sources:
        # One after the other, so that no more than these are held at a time.
        file = await _fetch(caller, mail, each, min(left, LIMIT_BYTES))
        left -= len(file.content)
        found.append(file)
    return found


@contextmanager
def explain_large_files(mailbox: str | None, files: Sequence[NewAttachment]) -> Iterator[None]:
    """Tells of a refusal that Graph is known to deny sessions for large files in others' mailboxes.

    Raises:
        ToolError: As inside.
    """
    try:
        yield
    except ToolError as error:
        is_large = any(len(each.content) >= SESSION_BYTES for each in files)
        if mailbox is None or error.code != "forbidden" or not is_large:
            raise
        raise ToolError(
            "invalid_argument",
            f"attachments: {error.message} Files of 3 MB and more can often not be attached in a shared "
            "mailbox.",
            "Put the web_url of a large file into the body, or write from the user's own mailbox.",
            details=error.details,
            reason=error.reason,
        ) from error


async def _fetch(caller: Caller, mail: Caller, source: AttachmentSource, limit_bytes: int) -> NewAttachment:
    if source.message_id and source.attachment_id:
        return await _attached(mail, source, source.message_id, source.attachment_id, limit_bytes)
    if source.file:
        read = await read_file_content(
            caller, source.file, source.site, too_large=_LINK_INSTEAD, limit_bytes=limit_bytes
        )
        return new_attachment(source.name or read.name, read.content)
    content = check_text_content(source.text or "", limit_bytes=limit_bytes)
    return new_attachment(source.name or "", content, otherwise="text/plain")


async def _attached(
    mail: Caller, source: AttachmentSource, message_id: str, attachment_id: str, limit_bytes: int
) -> NewAttachment:
    path = ("/me/messages/{}/attachments/{}", message_id, attachment_id)
    attachment = await mail.graph.get(AttachmentSummary, *path, headers=READ)
    name = source.name or attachment.name or "attachment"
    if attachment.kind == "link":
        raise ToolError(
            "invalid_argument",
            f"attachments: {name} is a link to a file in OneDrive or SharePoint.",
            "Find it with sharepoint_search_files, and give it as file.",
        )
    if (attachment.size_bytes or 0) > limit_bytes:
        raise ToolError(
            "invalid_argument",
            f"attachments: {name} has {attachment.size_bytes:,} bytes; up to {limit_bytes:,} are taken.",
            "Attachments may have 16 MB each and 25 MB together: forward the email instead.",
        )
    content = await mail.graph.download(path[0] + "/$value", *path[1:], headers=READ)
    if attachment.kind == "file":
        return new_attachment(name, content, attachment.content_type)
    # Of an item Graph gives its MIME form: an email by RFC 5322, an event as iCalendar, a contact as vCard.
    begin = content.lstrip()[:15].upper()
    suffix, content_type = next(
        (each for key, each in _ITEM_TYPES.items() if begin.startswith(key)), ("eml", "message/rfc822")
    )
    return new_attachment(source.name or f"{name}.{suffix}", content, content_type)
