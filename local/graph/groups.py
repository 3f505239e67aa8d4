"""Serves the groups of a user, by name to those who may read groups, and else by id alone."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse, Response

from local.graph.denials import DIRECTORY
from local.graph.errors import bad_request, directory_not_found
from local.graph.filters import filtered
from local.graph.odata import EntityType, Resource, ordered, ordering, unsupported_query
from local.graph.operations import Area, Call
from local.organisation import User, organisation

area = Area(DIRECTORY)

_GROUP = EntityType.of_directory(
    "microsoft.graph.group",
    (
        "id", "displayName", "description", "mail", "mailEnabled", "mailNickname", "securityEnabled",
        "groupTypes", "visibility", "createdDateTime", "classification", "roleTemplateId",
    ),
)  # fmt: skip
_CHECKED_AT_ONCE = 20


def _groups(user: User, *, named: bool) -> list[Resource]:
    """Returns the user's groups; without the right to read groups, all is null but the id."""
    groups = [
        {
            "@odata.type": f"#{_GROUP.name}",
            "id": group["id"],
            "displayName": group["display_name"],
            "description": group.get("description"),
            "mail": None,
            "mailEnabled": False,
            "securityEnabled": True,
            "groupTypes": [],
            "visibility": None,
        }
        for group in organisation().document["groups"]
        if user.alias in group["members"]
    ]
    if named:
        return groups
    return [
        {name: value if name in ("@odata.type", "id") else None for name, value in group.items()}
        for group in groups
    ]


def _eventual(call: Call) -> bool:
    return (call.header("consistencylevel") or "").casefold() == "eventual"


@area.operation("GET", "/me/memberOf", permissions=("User.Read",))
@area.operation("GET", "/me/transitiveMemberOf", permissions=("User.Read",))
@area.operation("GET", "/me/memberOf/microsoft.graph.group", permissions=("User.Read",))
@area.operation("GET", "/me/transitiveMemberOf/microsoft.graph.group", permissions=("User.Read",))
async def list_groups(call: Call) -> Response:
    """Returns the groups of the signed-in user; no group here holds another."""
    query = call.query
    advanced = any(query.option(name) for name in ("search", "filter", "orderby")) or query.counts
    if advanced and not (_eventual(call) and (query.counts or query.option("search"))):
        raise unsupported_query("The query needs ConsistencyLevel: eventual and $count=true.")
    groups = filtered(_groups(call.user, named=call.may("GroupMember.Read.All")), query.option("filter"))
    search = (query.option("search") or "").strip('"').partition(":")[2].casefold()
    if search:
        groups = [group for group in groups if search in str(group["displayName"]).casefold()]
    return call.many(
        ordered(groups, ordering(query.option("orderby"))),
        call.context("directoryObjects"),
        _GROUP,
    )


@area.operation("GET", "/me/memberOf/$count", permissions=("User.Read",))
@area.operation("GET", "/me/transitiveMemberOf/$count", permissions=("User.Read",))
@area.operation("GET", "/me/transitiveMemberOf/microsoft.graph.group/$count", permissions=("User.Read",))
async def count_groups(call: Call) -> Response:
    """Returns how many groups the signed-in user is in, as plain text."""
    if not _eventual(call):
        raise unsupported_query("$count is not currently supported without ConsistencyLevel: eventual.")
    return PlainTextResponse(str(len(_groups(call.user, named=True))))


@area.operation("POST", "/me/checkMemberGroups", permissions=("User.ReadBasic.All", "GroupMember.Read.All"))
async def check_member_groups(call: Call) -> Response:
    """Returns those of at most twenty group ids that the signed-in user is in."""
    ids = (await call.document()).get("groupIds")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise bad_request("A collection of group ids is expected.", "Request_BadRequest")
    if len(ids) > _CHECKED_AT_ONCE:
        raise bad_request("The number of group ids exceeds the limit of 20.", "Request_BadRequest")
    existing = {group["id"] for group in organisation().document["groups"]}
    unknown = next((each for each in ids if each not in existing), None)
    if unknown is not None:
        raise directory_not_found(unknown)
    mine = {group["id"] for group in _groups(call.user, named=True)}
    return JSONResponse(
        {
            "@odata.context": call.context("Collection(Edm.String)"),
            "value": [each for each in ids if each in mine],
        }
    )
