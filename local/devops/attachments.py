"""Serves attachments of work items: uploaded first, then attached by a relation."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import RefusalError, argument, wrapped
from local.devops.work_item import Attachment

_PATH = "wit/attachments"
_LARGEST = 60 * 1024 * 1024


def upload(call: Call) -> Response:
    """Returns the id and the address of uploaded bytes, which belong to no work item yet."""
    content_type = call.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if content_type != "application/octet-stream":
        message = f"The media type '{content_type}' is not supported for this resource."
        raise RefusalError(415, {"count": 1, "value": {"Message": message}})
    if call.query.get("uploadType", "simple").casefold() != "simple":
        raise argument("uploadType", "Attachments are uploaded here in one piece.")
    if len(call.body) > _LARGEST:
        raise wrapped(
            400,
            "AttachmentExceededMaxSizeException",
            f"TF237082: An attachment has {_LARGEST} bytes at most.",
        )
    name = call.query.get("fileName") or "unnamed"
    attachment = Attachment(str(uuid.uuid4()), name, call.body)
    call.organization.attachments[attachment.id] = attachment
    url = call.store.url(call.organization, f"_apis/{_PATH}", attachment.id)
    return JSONResponse({"id": attachment.id, "url": f"{url}?fileName={quote(name)}"}, 201)


def download(call: Call) -> Response:
    """Returns the bytes of an attachment, whatever they are."""
    wanted = call.parts["id"].casefold()
    attachment = call.organization.attachments.get(wanted)
    if attachment is None:
        raise wrapped(404, "AttachmentNotFoundException", f"TF237086: There is no attachment {wanted}.")
    return Response(attachment.content, media_type="application/octet-stream")


OPERATIONS = [
    Operation("POST", _PATH, ("vso.work_write",), upload),
    Operation("GET", f"{_PATH}/{{id}}", ("vso.work",), download),
]
