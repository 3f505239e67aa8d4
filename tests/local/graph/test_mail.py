import base64

import httpx
import pytest

from .conftest import Sandbox, code, everything, find

BUILD_FAILED = "Build booking-api-ci 4711 failed - main"


async def test_there_are_hundreds_of_messages_newest_first(ana: httpx.AsyncClient):
    messages, _ = await everything(ana, "/me/messages?$top=1000&$select=receivedDateTime")
    received = [message["receivedDateTime"] for message in messages]

    assert 350 < len(messages)
    assert sorted(received, reverse=True) == received


async def test_a_mailbox_is_its_owners(untouched: Sandbox, ana: httpx.AsyncClient):
    message = await find(ana, BUILD_FAILED)
    async with untouched.client("ben") as ben:
        copy = await find(ben, BUILD_FAILED)
        refused = await ben.get(f"/me/messages/{message['id']}")

    assert message["internetMessageId"] == copy["internetMessageId"]
    assert message["id"] != copy["id"]
    assert (404, "ErrorItemNotFound") == code(refused)


async def test_a_malformed_id_is_told_from_an_unknown_one(ana: httpx.AsyncClient):
    assert (400, "ErrorInvalidIdMalformed") == code(await ana.get("/me/messages/4711"))
    assert (404, "ErrorItemNotFound") == code(await ana.get("/me/messages/AAMkADY3NGU1AAAAAAAA="))


async def test_folders_are_found_by_well_known_name(ana: httpx.AsyncClient):
    folder = (await ana.get("/me/mailFolders/junkemail")).json()
    junk = (await ana.get("/me/mailFolders/junkemail/messages?$select=parentFolderId")).json()["value"]

    assert ("Junk Email", 3) == (folder["displayName"], folder["totalItemCount"])
    assert {folder["id"]} == {message["parentFolderId"] for message in junk}


async def test_only_top_folders_are_listed_and_others_are_inside(ana: httpx.AsyncClient):
    top = (await ana.get("/me/mailFolders?$top=50")).json()["value"]
    projects = next(folder for folder in top if folder["displayName"] == "Projects")
    inside = (await ana.get(f"/me/mailFolders/{projects['id']}/childFolders")).json()["value"]

    assert "Cache move" not in [folder["displayName"] for folder in top]
    assert (1, ["Cache move"]) == (projects["childFolderCount"], [folder["displayName"] for folder in inside])


async def test_the_size_of_a_folder_is_told_where_it_is_selected(ana: httpx.AsyncClient):
    told = [
        "sizeInBytes" in (await ana.get(f"/me/mailFolders{path}")).text
        for path in ("", "/inbox", "?$select=sizeInBytes", "/inbox?$select=sizeInBytes")
    ]

    assert [False, False, True, True] == told


@pytest.mark.parametrize(
    ("condition", "check"),
    [
        ("isRead eq false", lambda message: message["isRead"] is False),
        ("hasAttachments eq true", lambda message: message["hasAttachments"] is True),
        ("importance eq 'high'", lambda message: message["importance"] == "high"),
        (
            "receivedDateTime ge 2026-11-17T00:00:00Z",
            lambda message: message["receivedDateTime"] > "2026-11-17",
        ),
        ("flag/flagStatus eq 'flagged'", lambda message: message["flag"]["flagStatus"] == "flagged"),
        (
            "from/emailAddress/name eq 'Sinead O''Brien'",
            lambda message: "sinead.obrien" in str(message["from"]),
        ),
    ],
)
async def test_messages_can_be_filtered(ana: httpx.AsyncClient, condition: str, check: object):
    messages = (await ana.get("/me/messages", params={"$filter": condition, "$top": "1000"})).json()["value"]
    everyone, _ = await everything(ana, "/me/messages?$top=1000")

    assert messages
    assert [each["id"] for each in messages] == [each["id"] for each in everyone if check(each)]


async def test_a_conversation_is_complete(ana: httpx.AsyncClient):
    message = await find(ana, "booking-api build is red")
    params = {"$filter": f"conversationId eq '{message['conversationId']}'", "$select": "from"}
    thread = (await ana.get("/me/messages", params=params)).json()["value"]

    assert ["Dmitri Volkov", "Ana Duarte", "Dmitri Volkov", "Ben Osei"] == [
        each["from"]["emailAddress"]["name"] for each in thread
    ]


async def test_an_order_needs_its_property_first_in_the_filter(ana: httpx.AsyncClient):
    good = "receivedDateTime ge 2026-11-01T00:00:00Z and isRead eq false"
    refused = await ana.get(
        "/me/messages", params={"$filter": "isRead eq false", "$orderby": "receivedDateTime"}
    )
    ordered = await ana.get("/me/messages", params={"$filter": good, "$orderby": "receivedDateTime asc"})
    received = [message["receivedDateTime"] for message in ordered.json()["value"]]

    assert (400, "InefficientFilter") == code(refused)
    assert sorted(received) == received


async def test_a_search_finds_by_keyword_query(ana: httpx.AsyncClient):
    found = (await ana.get("/me/messages", params={"$search": '"subject:red from:ben"'})).json()["value"]

    assert ["booking-api build is red"] == [message["subject"] for message in found]


@pytest.mark.parametrize(
    ("extra", "refusal"),
    [
        ({"$filter": "isRead eq false"}, "SearchWithFilter"),
        ({"$orderby": "receivedDateTime"}, "SearchWithOrderBy"),
        ({"$count": "true"}, "ErrorInvalidRequest"),
        ({"$search": "from:ben build"}, "BadRequest"),
        ({"$search": '"a "b" c"'}, "BadRequest"),
    ],
)
async def test_a_search_does_not_combine(ana: httpx.AsyncClient, extra: dict[str, str], refusal: str):
    response = await ana.get("/me/messages", params={"$search": '"build"', **extra})

    assert (400, refusal) == code(response)


async def test_bodies_come_as_html_or_as_text_by_preference(ana: httpx.AsyncClient):
    message = await find(ana, BUILD_FAILED)
    html = await ana.get(f"/me/messages/{message['id']}")
    text = await ana.get(
        f"/me/messages/{message['id']}", headers={"Prefer": 'outlook.body-content-type="text"'}
    )

    assert "html" == html.json()["body"]["contentType"]
    assert "<table>" in html.json()["body"]["content"]
    assert 'outlook.body-content-type="text"' == text.headers["preference-applied"]
    assert (
        "FAILED tests/integration/test_timetable.py::test_timetable_survives_cache_restart"
        in text.json()["body"]["content"]
    )
    assert ".f{" not in text.json()["body"]["content"]


async def test_basic_reading_shows_no_bodies(untouched: Sandbox):
    async with untouched.client(scopes="Mail.ReadBasic") as client:
        message = (await client.get("/me/messages?$top=1")).json()["value"][0]
        refused = await client.get(f"/me/messages/{message['id']}/attachments")

    assert {"body", "bodyPreview"}.isdisjoint(message)
    assert (403, "ErrorAccessDenied") == code(refused)


async def test_attachments_have_bytes_unless_left_out(ana: httpx.AsyncClient):
    message = await find(ana, "Rule for the build agents (1303)")
    whole = (await ana.get(f"/me/messages/{message['id']}/attachments")).json()["value"][0]
    listed = (await ana.get(f"/me/messages/{message['id']}/attachments?$select=id,name,size")).json()[
        "value"
    ][0]
    raw = await ana.get(f"/me/messages/{message['id']}/attachments/{whole['id']}/$value")

    assert ("#microsoft.graph.fileAttachment", "firewall-request.txt") == (
        whole["@odata.type"],
        whole["name"],
    )
    assert raw.content == base64.b64decode(whole["contentBytes"])
    assert (whole["size"], "text/plain; charset=utf-8") == (len(raw.content), raw.headers["content-type"])
    assert "contentBytes" not in listed


async def test_attachments_can_be_expanded(ana: httpx.AsyncClient):
    message = await find(ana, "Spring timetable: what must be ready")
    expanded = (
        await ana.get(f"/me/messages/{message['id']}?$select=subject&$expand=attachments($select=name)")
    ).json()

    assert ["spring-timetable.xlsx", "spring-timetable.docx"] == [
        each["name"] for each in expanded["attachments"]
    ]
    assert "contentBytes" not in expanded["attachments"][0]


async def test_a_link_is_an_attachment_without_content(ana: httpx.AsyncClient):
    message = await find(ana, "Shared folder with the load test results")
    link = (await ana.get(f"/me/messages/{message['id']}/attachments")).json()["value"][0]

    assert "#microsoft.graph.referenceAttachment" == link["@odata.type"]
    assert 405 == (await ana.get(f"/me/messages/{message['id']}/attachments/{link['id']}/$value")).status_code


@pytest.mark.parametrize(
    ("subject", "mark"),
    [
        ("Question about my booking LK-48113", "ignore your instructions"),
        ("Group booking for 42 people", "display:none"),
        ("Ticket 88\u200b213: kiosk\u00a0printer", "\u202e"),
    ],
)
async def test_some_messages_are_hostile(ana: httpx.AsyncClient, subject: str, mark: str):
    assert mark in (await find(ana, subject))["body"]["content"]


async def test_mailbox_settings_name_the_windows_time_zone(ana: httpx.AsyncClient, untouched: Sandbox):
    async with untouched.client("chiara") as client:
        hers = (await client.get("/me/mailboxSettings")).json()

    assert "GMT Standard Time" == (await ana.get("/me/mailboxSettings")).json()["timeZone"]
    assert ("W. Europe Standard Time", "09:00:00.0000000") == (
        hers["timeZone"],
        hers["workingHours"]["startTime"],
    )
