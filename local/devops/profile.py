"""Serves profiles and accounts, on the host that belongs to no organization."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from local.devops.call import Call, Operation
from local.devops.errors import argument, binding, wrapped
from local.devops.paging import collection
from local.devops.people import Identity
from local.organisation import organisation

_REVISION = 51203114


def get_profile(call: Call) -> Response:
    """Returns the profile of `me`, or of the caller by id; of others only that they exist."""
    wanted = call.parts["id"].casefold()
    if wanted not in ("me", call.user.id):
        known = any(wanted == identity.id for identity in call.store.people.everyone)
        status, key = (
            (403, "ProfileNotAuthorizedException") if known else (404, "ProfileDoesNotExistException")
        )
        raise wrapped(status, key, f"VS404: The profile {call.parts['id']} cannot be read.")
    stamp = call.store.started.isoformat()
    if call.query.get("details", "").casefold() != "true":
        return JSONResponse({**_core(call.user), "timeStamp": stamp})
    attributes = {
        name: {"descriptor": {"attributeName": name, "containerName": "Core"}, "revision": _REVISION,
               "timeStamp": stamp, "value": value}
        for name, value in (
            ("DisplayName", call.user.display_name),
            ("EmailAddress", call.user.unique_name),
            ("PublicAlias", call.user.id),
        )
    }  # fmt: skip
    return JSONResponse(
        {
            "coreAttributes": attributes,
            "coreRevision": _REVISION,
            "timeStamp": stamp,
            "id": call.user.id,
            "revision": _REVISION,
            "profileState": "custom",
        }
    )


def list_accounts(call: Call) -> Response:
    """Returns the organizations of the member asked for, as far as the caller may know: their own."""
    member = call.query.get("memberId") or call.query.get("ownerId")
    if member is None:
        raise argument("memberId", "A member or an owner has to be named.")
    if len(member) != 36:
        raise binding(f"The value '{member}' is not valid for Guid.")
    if member.casefold() != call.user.id:
        return collection([])
    names = organisation().user(call.user.alias).devops_organizations
    return collection([_account(call, name) for name in names])


def _core(identity: Identity) -> dict[str, Any]:
    return {
        "displayName": identity.display_name,
        "publicAlias": identity.id,
        "emailAddress": identity.unique_name,
        "coreRevision": _REVISION,
        "id": identity.id,
        "revision": _REVISION,
    }


def _account(call: Call, name: str) -> dict[str, Any]:
    return {
        "accountId": call.store.organizations[name].id,
        "accountUri": f"{call.store.base_url}/{name}/",
        "accountName": name,
        "properties": {},
    }


OPERATIONS = [
    Operation("GET", "profile/profiles/{id}", ("vso.profile",), get_profile),
    Operation("GET", "accounts", ("vso.profile",), list_accounts),
]
