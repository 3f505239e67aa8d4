"""Serves items by the addresses people have for them: sharing links, pages that show a file, plain paths."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.responses import Response

from local.graph.denials import SHAREPOINT
from local.graph.drive import Drive, DriveItem
from local.graph.errors import bad_request, item_not_found
from local.graph.files import ITEM, item_shown
from local.graph.operations import Area, Call

area = Area(SHAREPOINT)

_LINK = re.compile(r"/:[a-z]:/[a-z]/[^/]+/E(?P<item>\w+)")


@area.operation("GET", "/shares/{share}/driveItem", permissions=("Files.Read.All",))
async def get_shared_item(call: Call) -> Response:
    """Returns the item of an address, whose token is `u!` and the address in base64url."""
    drive, item = _find(call, _address(call.arguments["share"]))
    return call.one(item_shown(call, drive, item), call.context("shares/driveItem/$entity"), ITEM)


def _address(token: str) -> str:
    encoded = token.removeprefix("u!")
    try:
        address = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, ValueError):
        address = ""
    if not token.startswith("u!") or "=" in token or not address.startswith("https://"):
        raise bad_request("Invalid shares key", "invalidRequest")
    return address


def _find(call: Call, address: str) -> tuple[Drive, DriveItem]:
    """Returns the item at an address, for somebody who may see it.

    Raises:
        GraphError: There is none.
    """
    parts = urlsplit(address)
    path = unquote(parts.path).casefold()
    shown = parse_qs(parts.query).get("sourcedoc", [""])[0].strip("{}").casefold()
    link = _LINK.fullmatch(unquote(parts.path))
    for drive in [call.tenant.one_drive(call.user), *call.tenant.libraries(call.user)]:
        own = unquote(urlsplit(drive.web_url).path)
        for item in [drive.root, *drive.below(drive.root)]:
            if (
                (shown and shown == str(item.unique_id))
                or (link and link["item"] == item.id)
                or (not shown and path == (own + drive.path(item)).casefold())
            ):
                return drive, item
    raise item_not_found()
