"""Chats, teams, channels and presence of the local Graph, as strict as Teams is."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from local.organisation import organisation

from .conftest import EVERY_SCOPE, Conforms, Sandbox, code, everything

KNOWN = {"Prefer": "include-unknown-enum-members"}
CHAT = "/chats/{chat-id}"
CHANNEL = "/teams/{team-id}/channels/{channel-id}"
NEWEST = "lastMessagePreview/createdDateTime desc"


def id_of(alias: str) -> str:
    return organisation().user(alias).object_id


async def chat_path(client: httpx.AsyncClient, topic: str | None = "Cache move") -> str:
    """The path of a chat by its topic; without one, of that with Ben."""
    chats, _ = await everything(client, "/me/chats?$expand=members")
    chosen = next(
        each
        for each in chats
        if each["topic"] == topic and (topic or "Ben Osei" in [one["displayName"] for one in each["members"]])
    )
    return f"/chats/{quote(chosen['id'], safe='')}"


async def channel_path(client: httpx.AsyncClient, name: str = "Builds") -> str:
    team = (await client.get("/me/joinedTeams")).json()["value"][0]
    channels = (await client.get(f"/teams/{team['id']}/channels")).json()["value"]
    channel = next(each["id"] for each in channels if each["displayName"] == name)
    return f"/teams/{team['id']}/channels/{quote(channel, safe='')}"


def bound(alias: str, **more: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "roles": ["owner"],
        "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{id_of(alias)}')",
        **more,
    }


async def test_chats_come_with_members_and_last_message(ana: httpx.AsyncClient, conforms: Conforms):
    options = {"$expand": "members,lastMessagePreview", "$orderby": NEWEST, "$top": "50"}
    response = await ana.get("/me/chats", params=options)
    chats = response.json()["value"]

    conforms(response, "GET /me/chats")
    assert ["Cache move", None] == [each["topic"] for each in chats[:2]]
    assert [6, 6] == [response.json()["@odata.count"], len(chats)]
    assert chats[-1]["lastMessagePreview"] is None
    assert {"ana", "ben", "dmitri", "nora"} == {
        each["email"].partition(".")[0] for each in chats[0]["members"]
    }


async def test_chats_are_of_those_in_them(untouched: Sandbox, ana: httpx.AsyncClient):
    async with untouched.client("ben") as ben:
        chats = (await ben.get("/me/chats?$expand=members")).json()["value"]
        theirs = next(
            each["id"] for each in chats if "Hugo Meier" in str(each) and each["chatType"] == "oneOnOne"
        )
    path = f"/chats/{quote(theirs, safe='')}"

    for below in ("", "/members", "/messages", "/messages/1"):
        assert (404, "NotFound") == code(await ana.get(path + below))


@pytest.mark.parametrize(
    "options",
    [
        {"$top": "51"},
        {"$select": "id"},
        {"$skip": "1"},
        {"$count": "true"},
        {"$search": '"cache"'},
        {"$orderby": "lastMessagePreview/createdDateTime"},
        {"$orderby": "createdDateTime desc"},
        {"$expand": "tabs"},
    ],
)
async def test_what_a_list_of_chats_cannot_is_refused(ana: httpx.AsyncClient, options: dict[str, str]):
    assert (400, "BadRequest") == code(await ana.get("/me/chats", params=options))


async def test_chats_are_filtered_and_paged(ana: httpx.AsyncClient):
    alone = (await ana.get("/me/chats", params={"$filter": "chatType eq 'group'"})).json()["value"]
    chats, sizes = await everything(ana, "/me/chats?$top=2")

    assert ["Cache move", "Spring timetable", None] == sorted(
        (each["topic"] for each in alone), key=lambda topic: topic or "~"
    )
    assert (6, 0, [2, 0, 2, 2]) == (len(chats), min(sizes), sizes)


async def test_messages_are_read_newest_first(ana: httpx.AsyncClient, conforms: Conforms):
    response = await ana.get(f"{await chat_path(ana)}/messages", headers=KNOWN)
    messages = response.json()["value"]
    one = await ana.get(f"{await chat_path(ana)}/messages/{messages[0]['id']}")

    conforms(response, f"GET {CHAT}/messages")
    conforms(one, f"GET {CHAT}/messages/{{chatMessage-id}}")
    assert ["message"] * 3 == [each["messageType"] for each in messages[:3]]
    assert ["laugh", "laugh", "heart"] == [each["reactionType"] for each in messages[0]["reactions"]]
    assert ("systemEventMessage", None, "PT31M12S") == (
        messages[3]["messageType"],
        messages[3]["from"],
        messages[3]["eventDetail"]["callDuration"],
    )
    assert len(messages[2]["body"]["content"]) > 14_000


async def test_system_messages_are_unknown_to_who_does_not_say_otherwise(ana: httpx.AsyncClient):
    messages = (await ana.get(f"{await chat_path(ana)}/messages")).json()["value"]

    assert "unknownFutureValue" == messages[-1]["messageType"]
    assert messages[-1]["eventDetail"]["initiator"]["user"]["displayName"] is None


async def test_a_deleted_message_is_listed_empty(ana: httpx.AsyncClient):
    messages = (await ana.get(f"{await chat_path(ana, None)}/messages")).json()["value"]
    deleted = [each for each in messages if each["deletedDateTime"]]
    edited = [each for each in messages if each["lastEditedDateTime"]]

    assert [("", [])] == [(each["body"]["content"], each["attachments"]) for each in deleted]
    assert ["messageReference"] == [each["attachments"][0]["contentType"] for each in edited]


async def test_a_filter_counts_only_with_its_own_order(ana: httpx.AsyncClient):
    path = f"{await chat_path(ana, None)}/messages"
    before = "createdDateTime lt 2026-11-17T00:00:00Z"
    ignored = (await ana.get(path, params={"$filter": before})).json()["value"]
    order = {"$orderby": "createdDateTime desc"}
    older = (await ana.get(path, params={"$filter": before, **order})).json()["value"]

    assert (7, 2) == (len(ignored), len(older))


@pytest.mark.parametrize(
    "options",
    [
        {"$top": "51"},
        {"$top": "0"},
        {"$select": "id"},
        {"$search": "cache"},
        {"$expand": "replies"},
        {"$orderby": "createdDateTime asc"},
        {"$orderby": "subject desc"},
        {"$filter": "createdDateTime gt 2026-11-17T00:00:00Z", "$orderby": "createdDateTime desc"},
        {"$filter": "lastModifiedDateTime ge 2026-11-17T00:00:00Z"},
        {"$filter": "importance eq 'high'"},
    ],
)
async def test_what_a_list_of_messages_cannot_is_refused(ana: httpx.AsyncClient, options: dict[str, str]):
    assert (400, "BadRequest") == code(await ana.get(f"{await chat_path(ana)}/messages", params=options))


async def test_members_and_the_chat_itself_are_read(ana: httpx.AsyncClient, conforms: Conforms):
    path = await chat_path(ana)
    members = await ana.get(f"{path}/members")

    conforms(members, f"GET {CHAT}/members")
    conforms(await ana.get(path), f"GET {CHAT}")
    assert ["Ana Duarte", "Ben Osei", "Dmitri Volkov", "Nora Lindt"] == [
        each["displayName"] for each in members.json()["value"]
    ]
    assert 2 == len({each["tenantId"] for each in members.json()["value"]})


async def test_teams_and_channels_are_of_those_in_them(
    untouched: Sandbox, ana: httpx.AsyncClient, conforms: Conforms
):
    teams = await ana.get("/me/joinedTeams")
    booking, harbour = teams.json()["value"]
    channels = await ana.get(f"/teams/{booking['id']}/channels?$select=id,displayName,membershipType")
    async with untouched.client("ben") as ben:
        theirs = (await ben.get(f"/teams/{booking['id']}/channels")).json()["value"]
        refused = await ben.get(f"/teams/{harbour['id']}/channels")
    hiring = quote(theirs[-1]["id"], safe="")

    conforms(teams, "GET /me/joinedTeams")
    conforms(channels, "GET /teams/{team-id}/channels")
    conforms(await ana.get(f"/teams/{booking['id']}"), "GET /teams/{team-id}")
    conforms(await ana.get(await channel_path(ana)), f"GET {CHANNEL}")
    assert ["Booking", "Harbour operations"] == [booking["displayName"], harbour["displayName"]]
    assert ["General", "Builds"] == [each["displayName"] for each in channels.json()["value"]]
    assert ["General", "Builds", "Hiring"] == [each["displayName"] for each in theirs]
    assert (403, "Forbidden") == code(refused)
    assert (404, "NotFound") == code(await ana.get(f"/teams/{booking['id']}/channels/{hiring}/messages"))
    assert (400, "BadRequest") == code(await ana.get("/me/joinedTeams?$top=5"))
    assert (404, "NotFound") == code(await ana.get(f"/teams/{id_of('ana')}"))


async def test_a_channel_holds_threads_the_last_answered_first(ana: httpx.AsyncClient, conforms: Conforms):
    path = await channel_path(ana)
    plain = await ana.get(f"{path}/messages?$top=50")
    whole = await ana.get(f"{path}/messages?$expand=replies")
    red = whole.json()["value"][0]
    replies = await ana.get(f"{path}/messages/{red['id']}/replies?$top=50")
    root = await ana.get(f"{path}/messages/{red['id']}")

    conforms(plain, f"GET {CHANNEL}/messages")
    conforms(replies, f"GET {CHANNEL}/messages/{{chatMessage-id}}/replies")
    conforms(root, f"GET {CHANNEL}/messages/{{chatMessage-id}}")
    assert ["booking-api is red", None, None] == [each["subject"] for each in plain.json()["value"]]
    assert "replies" not in plain.json()["value"][0]
    assert replies.json()["value"] == red["replies"]
    assert [red["id"]] * 4 == [each["replyToId"] for each in red["replies"]]
    assert red["webUrl"].startswith("https://teams.microsoft.com/l/message/19%3A")
    for options in (
        "$filter=id eq '1'",
        "$orderby=createdDateTime desc",
        "$top=51",
        "$expand=hostedContents",
    ):
        assert (400, "BadRequest") == code(await ana.get(f"{path}/messages?{options}"))


async def test_a_message_is_sent_to_a_chat(writer: httpx.AsyncClient, conforms: Conforms):
    path = f"{await chat_path(writer)}/messages"
    mention = {"user": {"id": id_of("ben"), "displayName": "Ben Osei", "userIdentityType": "aadUser"}}
    message = {
        "body": {
            "contentType": "html",
            "content": '<p style="color:red"><at id="0">Ben Osei</at> green</p><script>x</script>',
        },
        "mentions": [{"id": 0, "mentionText": "Ben Osei", "mentioned": mention}],
    }
    sent = await writer.post(path, json=message)
    newest = (await writer.get(path)).json()["value"][0]

    conforms(sent, f"POST {CHAT}/messages")
    assert (201, '<p><at id="0">Ben Osei</at> green</p>') == (sent.status_code, newest["body"]["content"])
    assert sent.json()["id"] == newest["id"]
    assert id_of("ana") == newest["from"]["user"]["id"]


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({}, 400),
        ({"body": {"content": " "}}, 400),
        ({"body": {"content": "x", "contentType": "markdown"}}, 400),
        ({"body": {"content": "x"}, "priority": "high"}, 400),
        ({"body": {"content": "x"}, "importance": "low"}, 400),
        ({"body": {"content": '<at id="0">Ben Osei</at>', "contentType": "html"}}, 400),
        (
            {
                "body": {"content": "Ben", "contentType": "html"},
                "mentions": [{"id": 0, "mentionText": "Ben"}],
            },
            400,
        ),
        ({"body": {"content": "x", "contentType": "html"}, "attachments": [{"id": "1"}]}, 400),
        ({"body": {"content": "x" * 29_000}}, 413),
    ],
)
async def test_a_bad_message_is_refused(writer: httpx.AsyncClient, message: dict[str, Any], status: int):
    path = f"{await chat_path(writer)}/messages"
    before = (await writer.get(path)).json()["value"]

    assert status == (await writer.post(path, json=message)).status_code
    assert before == (await writer.get(path)).json()["value"]


async def test_a_chat_of_two_is_made_once(writer: httpx.AsyncClient, conforms: Conforms):
    body = {"chatType": "oneOnOne", "members": [bound("ana"), bound("chiara")]}
    first = await writer.post("/chats", json=body)
    again = await writer.post("/chats", json={**body, "members": [bound("chiara"), bound("ana")]})
    there = await writer.post("/chats", json={**body, "members": [bound("ana"), bound("ben")]})
    kept = (await writer.get(f"/chats/{quote(there.json()['id'], safe='')}/messages")).json()["value"]
    group = {"chatType": "group", "members": [bound("ana"), bound("ben"), bound("chiara")], "topic": "x"}
    groups = [(await writer.post("/chats", json=group)).json()["id"] for _ in range(2)]

    conforms(first, "POST /chats")
    assert [201, 201] == [first.status_code, again.status_code]
    assert first.json()["id"] == again.json()["id"]
    assert groups[0] != groups[1]
    assert 7 == len(kept)


@pytest.mark.parametrize(
    ("chat", "refused"),
    [
        ({"chatType": "oneOnOne", "members": [bound("ana")]}, 400),
        ({"chatType": "oneOnOne", "members": [bound("ben"), bound("chiara")]}, 403),
        ({"chatType": "oneOnOne", "members": [bound("ana"), bound("ben"), bound("chiara")]}, 400),
        ({"chatType": "meeting", "members": [bound("ana"), bound("ben")]}, 400),
        ({"chatType": "group", "members": [bound("ana"), {**bound("ben"), "roles": []}]}, 400),
        ({"chatType": "group", "members": [bound("ana"), {"roles": ["owner"]}]}, 400),
        ({"chatType": "oneOnOne", "topic": "x", "members": [bound("ana"), bound("ben")]}, 400),
    ],
)
async def test_a_bad_chat_is_refused(writer: httpx.AsyncClient, chat: dict[str, Any], refused: int):
    assert refused == (await writer.post("/chats", json=chat)).status_code


async def test_a_thread_is_begun_and_answered(writer: httpx.AsyncClient, conforms: Conforms):
    path = f"{await channel_path(writer)}/messages"
    body = {"body": {"contentType": "html", "content": "<p>Green</p>"}}
    root = await writer.post(path, json={"subject": "Release", **body})
    reply = await writer.post(f"{path}/{root.json()['id']}/replies", json=body)
    threads = (await writer.get(f"{path}?$expand=replies")).json()["value"]

    conforms(root, f"POST {CHANNEL}/messages")
    conforms(reply, f"POST {CHANNEL}/messages/{{chatMessage-id}}/replies")
    assert ("Release", [reply.json()["id"]]) == (
        threads[0]["subject"],
        [each["id"] for each in threads[0]["replies"]],
    )
    assert (404, "NotFound") == code(await writer.post(f"{path}/17/replies", json=body))


async def test_presence_is_of_ids(ana: httpx.AsyncClient, conforms: Conforms):
    stranger = "6c1f0a52-8e3d-4b7a-9c25-0d4e7f8a9b16"
    path = "/communications/getPresencesByUserId"
    response = await ana.post(path, json={"ids": [id_of("ben"), stranger]})

    conforms(response, f"POST {path}")
    assert [("Busy", "InAMeeting")] == [
        (each["availability"], each["activity"]) for each in response.json()["value"]
    ]
    for ids in ([], ["ben.osei@larkspur.example"], [stranger] * 651, None):
        assert (400, "BadRequest") == code(await ana.post(path, json={"ids": ids}))


@pytest.mark.parametrize(
    ("permission", "method", "path"),
    [
        ("Chat.Read", "GET", "/me/chats?$expand=lastMessagePreview"),
        ("Team.ReadBasic.All", "GET", "/me/joinedTeams"),
        ("Presence.Read.All", "POST", "/communications/getPresencesByUserId"),
        ("Chat.Create", "POST", "/chats"),
    ],
)
async def test_each_needs_its_permission(untouched: Sandbox, permission: str, method: str, path: str):
    without = " ".join(each for each in EVERY_SCOPE.split() if each != permission)
    async with untouched.client("ana", without) as client:
        response = await client.request(method, path, json={} if method == "POST" else None)

    assert (403, "Forbidden") == code(response)
    assert "Missing scope permissions" in response.json()["error"]["message"]


async def test_messages_are_found_where_the_permissions_reach(untouched: Sandbox, ana: httpx.AsyncClient):
    def asked(size: int = 25, start: int = 0, query: str = "4711") -> dict[str, Any]:
        request = {
            "entityTypes": ["chatMessage"],
            "query": {"queryString": query},
            "from": start,
            "size": size,
        }
        return {"requests": [request]}

    async def found(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
        answer = (await client.post("/search/query", json=body)).raise_for_status().json()
        return dict(answer["value"][0]["hitsContainers"][0])

    everywhere = await found(ana, asked())
    async with untouched.client("ana", "Chat.Read") as client:
        chats = await found(client, asked())
    async with untouched.client("ana", "Mail.Read") as client:
        refused = await client.post("/search/query", json=asked())
    page = await found(ana, asked(size=1))
    hit = chats["hits"][0]["resource"]

    assert (2, 1) == (len(everywhere["hits"]), len(chats["hits"]))
    assert 403 == refused.status_code
    assert (1, True) == (page["total"], page["moreResultsAvailable"])
    assert ({}, "Ben Osei") == (hit["channelIdentity"], hit["from"]["emailAddress"]["name"])
    assert "body" not in hit
    assert (await ana.get(f"/chats/{quote(hit['chatId'], safe='')}/messages/{hit['id']}")).is_success
    assert "hits" not in await found(ana, asked(query="sent>2030-01-01"))
    assert 400 == (await ana.post("/search/query", json=asked(size=26))).status_code
