"""Serves items by the addresses people have for them: sharing links, pages that show a file, plain paths."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qs, unquote, urlsplit

from starlette.responses import Response

from local.graph.denials import SHAREPOINT
from local.graph.drive import Drive
from local.graph.drive_items import DriveItem, Grant
from local.graph.errors import GraphError, bad_request, item_not_found
from local.graph.files import ITEM, item_shown, redirected
from local.graph.operations import Area, Call
from local.graph.sharepoint import HOSTNAME, MY_HOSTNAME

area = Area(SHAREPOINT)

_LINK = re.compile(r"/:[a-z]:/[a-z]/[^/]+/E(?P<item>\w+)")


@area.operation("GET", "/shares/{share}/driveItem", permissions=("Files.Read.All",))
async def get_shared_item(call: Call) -> Response:
    """Returns the item of an address, whose token is `u!` and the address in base64url."""
    drive, item = _the_item(call)
    return call.one(item_shown(call, drive, item), call.context("shares/driveItem/$entity"), ITEM)


@area.operation("GET", "/shares/{share}/driveItem/content", permissions=("Files.Read",))
async def get_shared_content(call: Call) -> Response:
    """Returns a redirect to the bytes of the file at an address."""
    call.require("Files.Read.All")
    drive, item = _the_item(call)
    return redirected(call, drive, item)


def _the_item(call: Call) -> tuple[Drive, DriveItem]:
    """Returns the item of the address in the path.

    A link for the organization is taken up by a preference: for this request alone, or for good.

    Raises:
        GraphError: There is none, or it is not for this user.
    """
    address = _address(call.arguments["share"])
    host = (urlsplit(address).hostname or "").casefold()
    if host not in (HOSTNAME, MY_HOSTNAME):
        raise _no_link()
    found = _linked(call, address)
    if found is None:
        return _find(call, address)
    drive, item, grant = found
    if call.tenant.is_open(drive, call.user) or drive.shared_with(call.user, item):
        return drive, item
    redeems = call.preference("redeemSharingLink") is not None
    if grant.scope != "organization" or not (
        redeems or call.preference("redeemSharingLinkIfNecessary") is not None
    ):
        raise _no_link()
    if redeems:
        item.grants.append(Grant(f"{grant.id}/{call.user.alias}", grant.role, call.user))
    return drive, item


def _linked(call: Call, address: str) -> tuple[Drive, DriveItem, Grant] | None:
    plain = address.partition("?")[0]
    for drive in call.tenant.drives.values():
        for item in drive.items.values():
            for grant in item.grants:
                if grant.link == plain:
                    return drive, item, grant
    return None


def _no_link() -> GraphError:
    said = "The sharing link no longer exists, or you do not have permission to access it."
    return GraphError(403, "accessDenied", said, inner_name="innererror")


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
    for drive in call.tenant.drives.values():
        own = unquote(urlsplit(drive.web_url).path)
        for item in [drive.root, *drive.below(drive.root)]:
            is_open = call.tenant.is_open(drive, call.user) or drive.shared_with(call.user, item)
            if is_open and (
                (shown and shown == str(item.unique_id))
                or (link and link["item"] == item.id)
                or (not shown and path == (own + drive.path(item)).casefold())
            ):
                return drive, item
    raise item_not_found()
