"""Serves the teams of the signed-in user, their channels, and the threads in these."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from local.graph.conversations import Channel, Team, channel_link, stamp, teams_not_found
from local.graph.denials import TEAMS
from local.graph.errors import bad_request
from local.graph.filters import filtered
from local.graph.odata import EntityType, Resource, selected
from local.graph.operations import Area, Call
from local.graph.teams_messages import listed, only, send, shown

area = Area(TEAMS)

_EXPANDED_REPLIES = 1000
_TEAM = EntityType("microsoft.graph.team", (), page=200, limit=999)
_CHANNEL = EntityType(
    "microsoft.graph.channel",
    ("id", "displayName", "description", "createdDateTime", "email", "membershipType", "webUrl", "tenantId",
     "isArchived"),
    page=100,
)  # fmt: skip


@area.operation("GET", "/me/joinedTeams", permissions=("Team.ReadBasic.All",))
async def list_teams(call: Call) -> Response:
    """Returns the teams of the signed-in user, of which only a few properties are filled."""
    only(call)
    teams = call.tenant.conversations.teams_of(call.user)
    return listed(call, [_team(each) for each in teams], "teams", _TEAM)


@area.operation("GET", "/teams/{team}", permissions=("Team.ReadBasic.All",))
async def get_team(call: Call) -> Response:
    """Returns one team."""
    team = call.tenant.conversations.team(call.arguments["team"], call.user)
    return JSONResponse({"@odata.context": call.context("teams/$entity")} | _team(team))


def _team(team: Team) -> Resource:
    known = {"id": team.id, "displayName": team.name, "description": team.description}
    return known | dict.fromkeys(("createdDateTime", "isArchived", "visibility", "webUrl", "internalId"))


@area.operation("GET", "/teams/{team}/channels", permissions=("Channel.ReadBasic.All",))
async def list_channels(call: Call) -> Response:
    """Returns the channels of a team; private ones to their members."""
    only(call, "filter", "select")
    team = call.tenant.conversations.team(call.arguments["team"], call.user)
    channels = [_channel(each) for each in team.channels.values() if call.user.object_id in each.members]
    found = [
        selected(each, call.query.select, _CHANNEL)
        for each in filtered(channels, call.query.option("filter"))
    ]
    return listed(call, found, f"teams('{team.id}')/channels", _CHANNEL)


@area.operation("GET", "/teams/{team}/channels/{channel}", permissions=("Channel.ReadBasic.All",))
async def get_channel(call: Call) -> Response:
    """Returns one channel."""
    shown_ = selected(_channel(_found(call)), call.query.select, _CHANNEL)
    return JSONResponse({"@odata.context": call.context("channels/$entity")} | shown_)


def _channel(channel: Channel) -> Resource:
    return {
        "id": channel.id,
        "displayName": channel.name,
        "description": channel.description,
        "createdDateTime": stamp(channel.created),
        "email": "",
        "membershipType": channel.kind,
        "webUrl": f"https://teams.microsoft.com/l/channel/{channel.id}/{channel.name}",
        "isArchived": False,
    }


@area.operation("GET", "/teams/{team}/channels/{channel}/messages", permissions=("ChannelMessage.Read.All",))
async def list_messages(call: Call) -> Response:
    """Returns the roots of the threads of a channel, those answered last first."""
    only(call, "top", "expand")
    if set(call.query.expand) - {"replies"}:
        raise bad_request("Only replies can be expanded.")
    channel = _found(call)
    roots = sorted(channel.messages, key=lambda each: _last(channel, each), reverse=True)
    found = []
    for root in roots:
        whole = shown(call, root)
        if call.query.expand:
            replies = [shown(call, each) for each in reversed(channel.replies.get(root["id"], []))]
            whole["replies"] = replies[:_EXPANDED_REPLIES]
            if len(replies) > _EXPANDED_REPLIES:
                whole["replies@odata.nextLink"] = f"{call.url}/{root['id']}/replies"
        found.append(whole)
    return listed(call, found, "chatMessages")


def _last(channel: Channel, root: Resource) -> str:
    return max(str(each["createdDateTime"]) for each in [root, *channel.replies.get(root["id"], [])])


@area.operation(
    "GET", "/teams/{team}/channels/{channel}/messages/{message}", permissions=("ChannelMessage.Read.All",)
)
async def get_message(call: Call) -> Response:
    """Returns the root of a thread, without the replies."""
    only(call)
    root = _root(call, _found(call))
    return JSONResponse({"@odata.context": call.context("chatMessages/$entity")} | shown(call, root))


@area.operation(
    "GET",
    "/teams/{team}/channels/{channel}/messages/{message}/replies",
    permissions=("ChannelMessage.Read.All",),
)
async def list_replies(call: Call) -> Response:
    """Returns the replies of a thread, newest first."""
    only(call, "top")
    channel = _found(call)
    replies = channel.replies.get(_root(call, channel)["id"], [])
    return listed(call, [shown(call, each) for each in reversed(replies)], "replies")


@area.operation("POST", "/teams/{team}/channels/{channel}/messages", permissions=("ChannelMessage.Send",))
async def post_message(call: Call) -> Response:
    """Returns the message posted."""
    channel = _found(call)
    message = send(call, channel.messages, await call.document(), {})
    message |= channel_link(_its_team(call), channel, message["id"], None)
    return JSONResponse({"@odata.context": call.context("chatMessages/$entity")} | message, 201)


@area.operation(
    "POST",
    "/teams/{team}/channels/{channel}/messages/{message}/replies",
    permissions=("ChannelMessage.Send",),
)
async def post_reply(call: Call) -> Response:
    """Returns the reply posted."""
    channel = _found(call)
    root = _root(call, channel)
    replies = channel.replies.setdefault(root["id"], [])
    message = send(call, replies, await call.document(), {"replyToId": root["id"]})
    message |= channel_link(_its_team(call), channel, message["id"], root["id"])
    return JSONResponse({"@odata.context": call.context("chatMessages/$entity")} | message, 201)


def _its_team(call: Call) -> Team:
    return call.tenant.conversations.team(call.arguments["team"], call.user)


def _found(call: Call) -> Channel:
    return call.tenant.conversations.channel(call.arguments["team"], call.arguments["channel"], call.user)


def _root(call: Call, channel: Channel) -> Resource:
    for message in channel.messages:
        if message["id"] == call.arguments["message"]:
            return message
    raise teams_not_found("Message")
