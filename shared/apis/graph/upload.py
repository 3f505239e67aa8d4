"""Uploads files to a drive: a small one in one request, a larger one in parts."""

from datetime import datetime
from typing import Literal

from shared.apis.graph.graph_client import Graph
from shared.apis.graph.graph_responses import SERVICE
from shared.apis.graph.resource_paths import Address
from shared.apis.models import GraphModel
from shared.apis.requests import parse

type IfThere = Literal["fail", "rename"]

SMALL_BYTES = 4 * 1024 * 1024
PART_BYTES = 16 * 320 * 1024
"""Parts are multiples of 320 KiB, except the last (Upload large files with an upload session)."""

_BEHAVIOUR = "@microsoft.graph.conflictBehavior"


class UploadSession(GraphModel):
    """Where the parts of a file go. The address needs no token, so it is a secret."""

    upload_url: str
    expiration_date_time: datetime | None = None


async def write_file[M: GraphModel](
    graph: Graph,
    model: type[M],
    address: Address,
    content: bytes,
    *,
    content_type: str,
    if_there: IfThere | None = None,
    version: str | None = None,
) -> M:
    """Uploads a file and returns it as the drive holds it.

    Args:
        graph: As the caller.
        model: Of the file.
        address: The file's own address, up to what follows it, such as `/drives/{}/items/{}:/{}:`.
        content: All of it.
        content_type: Its media type.
        if_there: What a new file does if there is one of its name.
        version: Of the file that is replaced, and of no other.

    Raises:
        ToolError: `conflict`: there is such a file, or it has another version.
    """
    path, *segments = address
    behaviour = {_BEHAVIOUR: str(if_there)} if if_there else {}
    if len(content) <= SMALL_BYTES:
        return await graph.upload(
            model,
            f"{path}/content",
            *segments,
            content=content,
            content_type=content_type,
            version=version,
            **behaviour,
        )
    session = await graph.post(
        UploadSession,
        f"{path}/createUploadSession",
        *segments,
        body={"item": behaviour},
        headers={"If-Match": version} if version else None,
    )
    for offset in range(0, len(content), PART_BYTES):
        part = content[offset : offset + PART_BYTES]
        document = await graph.upload_part(session.upload_url, part, offset=offset, total=len(content))
    return parse(model, document, service=SERVICE)
