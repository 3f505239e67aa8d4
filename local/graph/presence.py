"""Serves who is present."""

from __future__ import annotations

import uuid

from starlette.responses import JSONResponse, Response

from local.graph.denials import TEAMS
from local.graph.errors import bad_request
from local.graph.operations import Area, Call
from local.graph.written import argument

area = Area(TEAMS)

_MOST = 650


@area.operation("POST", "/communications/getPresencesByUserId", permissions=("Presence.Read.All",))
async def get_presences(call: Call) -> Response:
    """Returns how available people are, by their ids; who is unknown here is left out."""
    ids = argument(await call.document(), "ids")
    if not isinstance(ids, list) or not ids or not all(map(_is_guid, ids)):
        raise bad_request("Ids of users are expected: GUIDs.")
    if len(ids) > _MOST:
        raise bad_request(f"No more than {_MOST} ids can be asked for at once.")
    known = call.tenant.conversations.presence
    found = [
        {"id": each, "availability": known[each][0], "activity": known[each][1]}
        for each in ids
        if each in known
    ]
    return JSONResponse(
        {"@odata.context": call.context("Collection(microsoft.graph.presence)"), "value": found}
    )


def _is_guid(text: object) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return isinstance(text, str)
