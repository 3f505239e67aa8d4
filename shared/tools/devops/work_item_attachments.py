"""Reads files attached to Azure DevOps work items, and attaches files."""

import mimetypes
from typing import Annotated

from pydantic import BaseModel, Field

from shared.apis.devops.work_item_attached_files import (
    MOST_ATTACHMENTS,
    AttachedFile,
    attach_operation,
    attached_files,
    download,
    find_attached_file,
    upload,
)
from shared.apis.devops.work_item_changes import change
from shared.apis.devops.work_item_documents import fetch_relations
from shared.caller import Caller
from shared.errors import ToolError
from shared.mcp.toolset import Toolset
from shared.results.write_failures import after
from shared.text.content import Line, Quoted, quote
from shared.text.documents import LIMIT_BYTES, is_readable, read_document, why_unread
from shared.tools.devops.work_item_params import Revision, WorkItemId, resolve_work_items
from shared.tools.devops.work_item_views import WorkItemSummary, summary, web_url
from shared.tools.microsoft365.file_content import (
    AttachedName,
    FileContent,
    check_text_content,
    read_file_content,
)
from shared.tools.microsoft365.file_params import FileName, Library
from shared.tools.params import Offset, Organization

toolset = Toolset("work_items")

_LONGEST_TEXT = 4_000_000
_LINK_INSTEAD = "Link to its web_url with devops_link_work_items instead, as a hyperlink."


class AttachmentText(BaseModel):
    """A file attached to a work item, with its text or a part of it."""

    work_item_id: int
    id: str
    name: Line
    media_type: str | None = Field(description="By the suffix of its name.")
    size_bytes: int | None
    comment: Line | None
    text: Quoted | None = None
    advice: str | None = Field(None, description="Why there is no text, and what to do instead.")
    web_url: str = Field(description="The work item in the browser.")


class Attached(BaseModel):
    """A file that was attached; `rev` is the work item's new revision."""

    work_item: WorkItemSummary
    id: str
    name: Line
    size_bytes: int


@toolset.tool(scopes=["vso.work"])
async def devops_get_work_item_attachment(
    caller: Caller,
    work_item_id: WorkItemId,
    attachment: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=1_000,
            description="Name, id, or url of its link; else the only one there is.",
        ),
    ] = None,
    offset: Offset = 0,
    organization: Organization = None,
) -> AttachmentText:
    """Get the text of a file attached to an Azure DevOps work item: logs, text, HTML, mail, Office, PDF.

    Of pictures and other files without text it tells name, type and size.
    """
    chosen, [item] = await resolve_work_items(caller, organization, [work_item_id])
    present = await fetch_relations(caller.devops, chosen, item)
    file = find_attached_file(attached_files(caller.devops, present.relations or []), attachment)
    address = web_url(caller.devops, chosen, item, present.fields)
    text, advice = await _text(caller, chosen, item, file, offset, address)
    return AttachmentText(
        work_item_id=item,
        id=file.id,
        name=file.name,
        media_type=_media_type(file.name) or None,
        size_bytes=file.size,
        comment=file.comment,
        text=text,
        advice=advice,
        web_url=address,
    )


@toolset.tool(scopes=["vso.work_write"], optional_scopes=["Files.Read.All"], writes=True)
async def devops_attach_to_work_item(
    caller: Caller,
    work_item_id: WorkItemId,
    rev: Revision,
    file: Annotated[
        FileName | None, Field(description="Id, web address, or path in the library of site.")
    ] = None,
    site: Annotated[
        Library, Field(description="Whose library path is in, as sharepoint_read_file takes it.")
    ] = None,
    text: Annotated[
        str | None,
        Field(min_length=1, max_length=_LONGEST_TEXT, description="In place of file: the content."),
    ] = None,
    name: Annotated[AttachedName | None, Field(description="With suffix; else that of file.")] = None,
    comment: Annotated[str | None, Field(max_length=255, description="Why it is attached.")] = None,
    organization: Organization = None,
) -> Attached:
    """Add a file of SharePoint or OneDrive, or a text, as an attachment to a work item, for all who read it.

    It is attached only if the work item is still at rev; up to 16 MB.
    """
    _check_source(file, text, name)
    chosen, [item] = await resolve_work_items(caller, organization, [work_item_id])
    present = await fetch_relations(caller.devops, chosen, item)
    if present.rev != rev:
        # Refused as every change to another revision, before anything is uploaded.
        await change(caller.devops, chosen, item, [], rev=rev)
    if len(attached_files(caller.devops, present.relations or [])) >= MOST_ATTACHMENTS:
        raise ToolError(
            "invalid_argument",
            f"work_item_id: {item} has {MOST_ATTACHMENTS} attachments, the most there can be.",
            "Take one away with devops_link_work_items first.",
        )
    source, content = (
        FileContent(name or "", check_text_content(text or "", limit_bytes=LIMIT_BYTES))
        if file is None
        else await read_file_content(caller, file, site, too_large=_LINK_INSTEAD, limit_bytes=LIMIT_BYTES)
    )
    named = name or source
    attachment_id, url = await upload(caller.devops, chosen, named, content)
    with after("The file was uploaded."):
        changed = await change(caller.devops, chosen, item, [attach_operation(url, comment)], rev=rev)
    return Attached(
        work_item=summary(caller.devops, chosen, changed),
        id=attachment_id,
        name=named,
        size_bytes=len(content),
    )


def _check_source(file: str | None, text: str | None, name: str | None) -> None:
    if (file is None) == (text is None):
        raise ToolError(
            "invalid_argument",
            "file: give either it or text.",
            "Name a file, or give the text of the attachment.",
        )
    if text is not None and name is None:
        raise ToolError("invalid_argument", "name: is needed with text.", "Give a name such as trace.log.")


async def _text(
    caller: Caller, organization: str, item: int, file: AttachedFile, offset: int, address: str
) -> tuple[Quoted | None, str | None]:
    """Returns the text of a file, or what to do in its place."""
    media_type = _media_type(file.name)
    if media_type.startswith("image/") and not is_readable(file.name, media_type):
        return None, f"It is a picture: open the work item, {address}, to see it."
    if not is_readable(file.name, media_type):
        reason, remedy = why_unread(file.name)
        return None, f"{reason} {remedy} Or open the work item, {address}."
    if (file.size or 0) > LIMIT_BYTES:
        return None, f"It is too large to be read here: open the work item, {address}."
    content = await download(caller.devops, organization, file)
    try:
        text = await read_document(content, file.name, media_type, caller=caller.principal.object_id)
    except ToolError as error:
        return None, f"{error.message} {error.remedy}"
    return quote(text, f"Attachment {file.name} of work item {item}", offset=offset), None


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or ""
