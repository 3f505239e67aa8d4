"""Attaches files to drafts: a small one in one request, a larger one by an upload session."""

import base64
import mimetypes
from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.mail_messages import READ
from shared.apis.graph.upload import UploadSession
from shared.apis.models import GraphModel

SESSION_BYTES = 3 * 1024 * 1024
"""From this size on a file needs an upload session; a session for a smaller one is refused
(Attach large files to Outlook messages)."""
PART_BYTES = 3 * 1024 * 1024
"""Parts are smaller than 4 MB each."""


class NewAttachment(NamedTuple):
    """Holds a file that is to be attached."""

    name: str
    content_type: str
    content: bytes


class _Attached(GraphModel):
    """What Graph says of a file that it attached."""

    id: str


def new_attachment(
    name: str, content: bytes, content_type: str | None = None, *, otherwise: str = "application/octet-stream"
) -> NewAttachment:
    """Returns a file to attach; its type is the one given, or that of its name, or else another."""
    return NewAttachment(name, content_type or mimetypes.guess_type(name)[0] or otherwise, content)


def attachment_properties(file: NewAttachment) -> Mapping[str, Any]:
    """Returns a file in the form in which it is part of a request."""
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": file.name,
        "contentType": file.content_type,
        "contentBytes": base64.b64encode(file.content).decode(),
    }


async def attach(graph: Graph, draft_id: str, file: NewAttachment) -> None:
    """Attaches a file to a draft.

    Raises:
        ToolError: As always; also where the file would make the message larger than the mailbox sends.
    """
    if len(file.content) < SESSION_BYTES:
        await graph.post(
            _Attached,
            "/me/messages/{}/attachments",
            draft_id,
            body=attachment_properties(file),
            headers=READ,
        )
        return
    item = {
        "attachmentType": "file",
        "name": file.name,
        "size": len(file.content),
        "contentType": file.content_type,
    }
    session = await graph.post(
        UploadSession,
        "/me/messages/{}/attachments/createUploadSession",
        draft_id,
        body={"AttachmentItem": item},
        headers=READ,
    )
    for offset in range(0, len(file.content), PART_BYTES):
        part = file.content[offset : offset + PART_BYTES]
        await graph.upload_part(session.upload_url, part, offset=offset, total=len(file.content))
