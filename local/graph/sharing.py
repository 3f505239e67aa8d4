"""Serves who has access to an item, invitations and links."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.responses import JSONResponse, Response

from local.graph.denials import SHAREPOINT
from local.graph.drive import Drive
from local.graph.drive_items import DriveItem, Grant
from local.graph.errors import GraphError, bad_request
from local.graph.files import on_items, the_item
from local.graph.odata import EntityType, Resource
from local.graph.operations import Area, Call
from local.graph.sharepoint import HOSTNAME
from local.graph.written import argument
from local.organisation import User, organisation

area = Area(SHAREPOINT)

_PERMISSION = EntityType(
    "microsoft.graph.permission",
    (
        "id", "expirationDateTime", "grantedTo", "grantedToV2", "grantedToIdentities",
        "grantedToIdentitiesV2", "hasPassword", "inheritedFrom", "invitation", "link", "roles", "shareId",
    ),
    page=200,
    always=frozenset(),
)  # fmt: skip
_ROLES = {"read": "view", "write": "edit"}
_LONGEST_MESSAGE = 2_000
_LETTERS = {".docx": "w", ".xlsx": "x", ".pptx": "p", ".pdf": "b"}


@area.operation("GET", *on_items("/permissions"), permissions=("Files.Read",))
async def list_permissions(call: Call) -> Response:
    """Returns who has access: to the owner everybody, to others what concerns them."""
    drive, item = the_item(call)
    shown = [_shown(drive, grant, of, item) for grant, of in drive.grants_on(item)]
    if drive.owner == call.user or drive.site_id:
        shown += _of_the_drive(drive)
    else:
        shown = [
            _shown(drive, grant, of, item) for grant, of in drive.grants_on(item) if grant.user == call.user
        ]
    context = call.context(f"drives('{drive.id}')/items('{item.id}')/permissions")
    return call.many(shown, context, _PERMISSION)


@area.operation("POST", *on_items("/invite"), permissions=("Files.ReadWrite",))
async def invite(call: Call) -> Response:
    """Returns what was granted to each; 207 where somebody could not be invited."""
    drive, item = the_item(call, "Files.ReadWrite.All", to_write=True)
    document = await call.document()
    recipients, roles = argument(document, "recipients"), argument(document, "roles")
    sign_in, sends = argument(document, "requireSignIn", False), argument(document, "sendInvitation", False)
    if not sign_in and not sends:
        raise bad_request("RequireSignIn and SendInvitation cannot both be false", "invalidRequest")
    if not isinstance(recipients, list) or not recipients or roles not in (["read"], ["write"]):
        raise bad_request("The request is malformed or incorrect.", "invalidRequest")
    if len(argument(document, "message", "") or "") > _LONGEST_MESSAGE:
        raise bad_request("The message is too long.", "invalidRequest")
    shown, refused = [], False
    for recipient in recipients:
        email = str(recipient.get("email") or "")
        user = _colleague(email)
        if "@" not in email or (user is None and not sends):
            raise bad_request("Some users in the request cannot be invited securely.", "invalidRequest")
        if user is None and email.endswith(".invalid"):
            shown.append(_refused(email, roles))
            refused = True
            continue
        grant = Grant(_id(item, email), roles[0], user, email)
        item.grants = [each for each in item.grants if each.id != grant.id] + [grant]
        shown.append(_shown(drive, grant, item, item))
    context = call.context("Collection(permission)")
    return JSONResponse({"@odata.context": context, "value": shown}, 207 if refused else 200)


@area.operation("POST", *on_items("/createLink"), permissions=("Files.ReadWrite",))
async def create_link(call: Call) -> Response:
    """Returns a link: 201 if it is new, 200 if there was one. This tenant has none for anyone."""
    drive, item = the_item(call, "Files.ReadWrite.All", to_write=True)
    document = await call.document()
    kind, scope = argument(document, "type"), argument(document, "scope", "users")
    role = next((role for role, name in _ROLES.items() if name == kind), None)
    if role is None or scope not in ("anonymous", "organization", "users"):
        raise bad_request("The type or scope of the link is not valid.", "invalidRequest")
    if scope == "anonymous":
        raise GraphError(403, "accessDenied", "Sharing has been disabled for this site.")
    letter = next((each for suffix, each in _LETTERS.items() if item.name.casefold().endswith(suffix)), "u")
    address = f"https://{HOSTNAME}/:{'f' if item.is_folder else letter}:/s/{drive.name}/"
    grant = Grant(_id(item, scope, role), role, scope=scope, link=f"{address}S{_id(item, scope, role)[:20]}")
    existing = next((each for each in item.grants if each.id == grant.id), None)
    if existing is None:
        item.grants.append(grant)
    shown = _shown(drive, existing or grant, item, item)
    context = call.context("permission")
    return JSONResponse({"@odata.context": context} | shown, 201 if existing is None else 200)


def _id(item: DriveItem, *names: str) -> str:
    return hashlib.sha256("/".join((item.id, *names)).casefold().encode()).hexdigest()


def _colleague(email: str) -> User | None:
    try:
        user = organisation().user(email)
    except KeyError:
        return None
    return user if user.user_principal_name.casefold() == email.casefold() else None


def _refused(email: str, roles: list[str]) -> Resource:
    error = {"code": "notAllowed", "message": "Account verification needed to unblock sharing."}
    return {"roles": roles, "invitation": {"email": email, "signInRequired": True}, "error": error}


def _shown(drive: Drive, grant: Grant, of: DriveItem, item: DriveItem) -> Resource:
    shown: Resource = {"id": grant.id, "roles": [grant.role], "hasPassword": False}
    if grant.link:
        link = {"type": _ROLES[grant.role], "scope": grant.scope, "webUrl": grant.link}
        shown |= {
            "shareId": f"u!{grant.id[:12]}",
            "grantedToIdentitiesV2": [],
            "grantedToIdentities": [],
            "link": link | {"preventsDownload": False},
        }
    elif grant.user:
        name = grant.user.display_name
        user = {"displayName": name, "email": grant.user.user_principal_name, "id": grant.user.object_id}
        site = {"displayName": name, "id": "7", "loginName": f"i:0#.f|membership|{user['email']}"}
        shown |= {"grantedToV2": {"user": user, "siteUser": site}, "grantedTo": {"user": user}}
    else:
        shown |= {"invitation": {"email": grant.email, "signInRequired": True}}
    if of is not item:
        shown["inheritedFrom"] = {"driveId": drive.id, "id": of.id, "path": f"/drive/root:{drive.path(of)}"}
    return shown


def _of_the_drive(drive: Drive) -> list[Resource]:
    """Returns what everything in a drive inherits from it: an owner's, or those of the groups of a site."""
    if not drive.site_id:
        owner: dict[str, Any] = {"displayName": drive.owner.display_name, "id": drive.owner.object_id}
        return [
            {
                "id": "owner",
                "roles": ["owner"],
                "grantedToV2": {"user": owner | {"email": drive.owner.user_principal_name}},
                "inheritedFrom": {"driveId": drive.id, "id": drive.root.id},
            }
        ]
    groups = (("3", "Owners", "owner"), ("5", "Members", "write"), ("4", "Visitors", "read"))
    return [
        {
            "id": f"group{number}",
            "roles": [role],
            "grantedToV2": {"siteGroup": {"displayName": name, "id": number, "loginName": name}},
            "grantedTo": {"user": {"displayName": name}},
            "inheritedFrom": {},
        }
        for number, name, role in groups
    ]
