import base64

import httpx
import pytest

from .conftest import Sandbox, code, find

BEN = {"emailAddress": {"address": "ben.osei@larkspur.example", "name": "Ben Osei"}}
OUTSIDE = {"emailAddress": {"address": "sinead.obrien@quayside.example"}}
NOTE = {"subject": "Lunch", "body": {"contentType": "Text", "content": "12:30?"}, "toRecipients": [BEN]}


async def newest(client: httpx.AsyncClient, folder: str) -> dict[str, object]:
    return (await client.get(f"/me/mailFolders/{folder}/messages?$top=1")).json()["value"][0]


async def test_send_mail_says_202_and_nothing_else(sandbox: Sandbox, writer: httpx.AsyncClient):
    response = await writer.post("/me/sendMail", json={"message": NOTE})
    async with sandbox.client("ben") as ben:
        received = await newest(ben, "inbox")

    assert (202, b"") == (response.status_code, response.content)
    assert ("Lunch", False, "Ana Duarte") == (
        received["subject"],
        received["isRead"],
        received["from"]["emailAddress"]["name"],
    )
    assert "Lunch" == (await newest(writer, "sentitems"))["subject"]


async def test_names_of_action_parameters_have_no_case(writer: httpx.AsyncClient):
    response = await writer.post("/me/sendMail", json={"Message": NOTE, "SaveToSentItems": False})

    assert 202 == response.status_code
    assert "Lunch" != (await newest(writer, "sentitems"))["subject"]


@pytest.mark.parametrize(
    ("message", "refusal"),
    [
        ({**NOTE, "toRecipients": []}, (400, "ErrorInvalidRecipients")),
        (
            {**NOTE, "toRecipients": [{"emailAddress": {"address": "nobody"}}]},
            (400, "ErrorInvalidRecipients"),
        ),
        ({**NOTE, "toRecipients": [{"emailAddress": "ben@x"}]}, (400, "RequestBodyRead")),
        ({**NOTE, "colour": "red"}, (400, "RequestBodyRead")),
        ({**NOTE, "subject": 7}, (400, "RequestBodyRead")),
        ({**NOTE, "importance": "huge"}, (400, "RequestBodyRead")),
        ({**NOTE, "body": {"contentType": "rtf"}}, (400, "RequestBodyRead")),
        ({**NOTE, "from": OUTSIDE}, (403, "ErrorSendAsDenied")),
        ({**NOTE, "attachments": [{"name": "x"}]}, (400, "RequestBodyRead")),
    ],
)
async def test_a_bad_message_is_not_sent(
    writer: httpx.AsyncClient, message: dict[str, object], refusal: tuple[int, str]
):
    response = await writer.post("/me/sendMail", json={"message": message})

    assert refusal == code(response)
    assert 0 == (await writer.get("/me/mailFolders/drafts")).json()["totalItemCount"]


async def test_a_draft_is_made_changed_and_sent(sandbox: Sandbox, writer: httpx.AsyncClient):
    created = await writer.post("/me/messages", json=NOTE)
    draft = created.json()
    changed = await writer.patch(
        f"/me/messages/{draft['id']}",
        json={"subject": "Lunch at one"},
        headers={"If-Match": draft["@odata.etag"]},
    )
    sent = await writer.post(f"/me/messages/{draft['id']}/send")
    async with sandbox.client("ben") as ben:
        received = await newest(ben, "inbox")

    assert (201, True) == (created.status_code, draft["isDraft"])
    assert draft["@odata.etag"] != changed.json()["@odata.etag"]
    assert (202, b"") == (sent.status_code, sent.content)
    assert "Lunch at one" == received["subject"]
    assert 404 == (await writer.get(f"/me/messages/{draft['id']}")).status_code


async def test_an_old_version_cannot_be_changed(writer: httpx.AsyncClient):
    draft = (await writer.post("/me/messages", json=NOTE)).json()
    await writer.patch(f"/me/messages/{draft['id']}", json={"subject": "Changed"})
    response = await writer.patch(
        f"/me/messages/{draft['id']}", json={"subject": "Lost"}, headers={"If-Match": draft["@odata.etag"]}
    )

    assert (412, "ErrorIrresolvableConflict") == code(response)


async def test_what_was_sent_keeps_its_words(writer: httpx.AsyncClient):
    message = await find(writer, "booking-api build is red")
    read = await writer.patch(
        f"/me/messages/{message['id']}", json={"isRead": True, "flag": {"flagStatus": "complete"}}
    )
    refused = await writer.patch(f"/me/messages/{message['id']}", json={"subject": "All green"})

    assert (True, "complete") == (read.json()["isRead"], read.json()["flag"]["flagStatus"])
    assert (400, "ErrorInvalidPropertySet") == code(refused)
    assert 400 == (await writer.post(f"/me/messages/{message['id']}/send")).status_code


async def test_a_move_changes_the_id_unless_ids_are_immutable(writer: httpx.AsyncClient):
    message = await find(writer, "booking-api build is red")
    moved = (
        await writer.post(f"/me/messages/{message['id']}/move", json={"destinationId": "archive"})
    ).json()
    kept = await writer.post(
        f"/me/messages/{moved['id']}/move",
        json={"destinationId": "inbox"},
        headers={"Prefer": 'IdType="ImmutableId"'},
    )
    unknown = await writer.post(f"/me/messages/{moved['id']}/move", json={"destinationId": "attic"})

    assert message["id"] != moved["id"]
    assert (404, "ErrorItemNotFound") == code(await writer.get(f"/me/messages/{message['id']}"))
    assert (201, moved["id"]) == (kept.status_code, kept.json()["id"])
    assert (400, "ErrorInvalidIdMalformed") == code(unknown)


async def test_deleting_moves_to_deleted_items_first(writer: httpx.AsyncClient):
    message = await find(writer, "booking-api build is red")
    response = await writer.delete(f"/me/messages/{message['id']}")
    again = await find(writer, "booking-api build is red")

    assert 204 == response.status_code
    assert (await writer.get("/me/mailFolders/deleteditems")).json()["id"] == again["parentFolderId"]


async def test_a_reply_to_all_leaves_out_who_replies(writer: httpx.AsyncClient):
    message = await find(writer, "booking-api build is red")
    draft = (
        await writer.post(f"/me/messages/{message['id']}/createReplyAll", json={"comment": "On it."})
    ).json()

    assert "RE: booking-api build is red" == draft["subject"]
    assert ["ben.osei@larkspur.example"] == [
        each["emailAddress"]["address"] for each in draft["toRecipients"]
    ]
    assert ["dmitri.volkov@larkspur.example"] == [
        each["emailAddress"]["address"] for each in draft["ccRecipients"]
    ]
    assert message["conversationId"] == draft["conversationId"]
    assert "On it." in draft["body"]["content"]


async def test_a_comment_and_a_body_exclude_each_other(writer: httpx.AsyncClient):
    message = await find(writer, "booking-api build is red")
    body = {"comment": "a", "message": {"body": {"contentType": "text", "content": "b"}}}
    response = await writer.post(f"/me/messages/{message['id']}/reply", json=body)

    assert (400, "ErrorInvalidRequest") == code(response)


async def test_a_reply_arrives_in_the_conversation(sandbox: Sandbox, writer: httpx.AsyncClient):
    message = await find(writer, "booking-api build is red")
    response = await writer.post(f"/me/messages/{message['id']}/reply", json={"comment": "On it."})
    async with sandbox.client("ben") as ben:
        received = await newest(ben, "inbox")

    assert (202, b"") == (response.status_code, response.content)
    assert "RE: booking-api build is red" == received["subject"]


async def test_an_answer_that_cannot_be_sent_leaves_nothing_behind(writer: httpx.AsyncClient):
    message = await find(writer, "booking-api build is red")
    refused = [
        await writer.post(f"/me/messages/{message['id']}/reply", json={"message": {"toRecipients": []}}),
        await writer.post(f"/me/messages/{message['id']}/forward", json={"comment": "FYI"}),
    ]

    assert [(400, "ErrorInvalidRecipients")] * 2 == [code(each) for each in refused]
    assert 0 == (await writer.get("/me/mailFolders/drafts")).json()["totalItemCount"]


async def test_forwarding_takes_attachments_along(sandbox: Sandbox, writer: httpx.AsyncClient):
    message = await find(writer, "Rule for the build agents (1303)")
    response = await writer.post(
        f"/me/messages/{message['id']}/forward", json={"toRecipients": [BEN], "comment": "FYI"}
    )
    nobody = await writer.post(f"/me/messages/{message['id']}/forward", json={"comment": "FYI"})
    async with sandbox.client("ben") as ben:
        received = await newest(ben, "inbox")
        attached = (await ben.get(f"/me/messages/{received['id']}/attachments")).json()["value"]

    assert 202 == response.status_code
    assert ("FW: Rule for the build agents (1303)", True) == (received["subject"], received["hasAttachments"])
    assert ["firewall-request.txt"] == [each["name"] for each in attached]
    assert (400, "ErrorInvalidRecipients") == code(nobody)


async def test_a_file_can_be_attached(writer: httpx.AsyncClient):
    draft = (await writer.post("/me/messages", json=NOTE)).json()
    file = {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": "a.txt",
        "contentBytes": base64.b64encode(b"hello").decode(),
    }
    added = await writer.post(f"/me/messages/{draft['id']}/attachments", json=file)
    big = await writer.post(
        f"/me/messages/{draft['id']}/attachments",
        json={**file, "contentBytes": base64.b64encode(bytes(3 << 20)).decode()},
    )

    assert (201, 5) == (added.status_code, added.json()["size"])
    assert (413, "ErrorMessageSizeExceeded") == code(big)


async def test_a_big_attachment_arrives_in_ranges_at_the_other_host(
    sandbox: Sandbox, writer: httpx.AsyncClient
):
    size = 5 << 20
    draft = (await writer.post("/me/messages", json=NOTE)).json()
    path = f"/me/messages/{draft['id']}/attachments/createUploadSession"
    small = await writer.post(
        path, json={"AttachmentItem": {"attachmentType": "file", "name": "b.bin", "size": 100}}
    )
    session = await writer.post(
        path, json={"AttachmentItem": {"attachmentType": "file", "name": "b.bin", "size": size}}
    )
    half = size - (2 << 20)
    async with sandbox.files() as files:
        first = await files.put(
            session.json()["uploadUrl"],
            content=bytes(half),
            headers={"Content-Range": f"bytes 0-{half - 1}/{size}"},
        )
        last = await files.put(
            session.json()["uploadUrl"],
            content=bytes(size - half),
            headers={"Content-Range": f"bytes {half}-{size - 1}/{size}"},
        )
    attached = (await writer.get(f"/me/messages/{draft['id']}/attachments?$select=name,size")).json()["value"]

    assert (400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize") == code(small)
    assert (201, ["0"]) == (session.status_code, session.json()["nextExpectedRanges"])
    assert (200, [str(half)]) == (first.status_code, first.json()["NextExpectedRanges"])
    assert (201, b"") == (last.status_code, last.content)
    assert last.headers["location"].startswith("http://graph.test/v1.0/me/messages/")
    assert [("b.bin", size)] == [(each["name"], each["size"]) for each in attached]


async def test_reading_permissions_do_not_write(sandbox: Sandbox):
    async with sandbox.client(scopes="Mail.Read") as client:
        created, sent = (
            await client.post("/me/messages", json=NOTE),
            await client.post("/me/sendMail", json={"message": NOTE}),
        )

    assert [(403, "ErrorAccessDenied")] * 2 == [code(created), code(sent)]


@pytest.mark.parametrize(("content", "status"), [(b"{", 400), (b"[]", 400), (b"\xff", 400)])
async def test_a_body_that_is_no_object_is_refused(writer: httpx.AsyncClient, content: bytes, status: int):
    response = await writer.post(
        "/me/messages", content=content, headers={"Content-Type": "application/json"}
    )

    assert status == response.status_code


async def test_a_body_of_another_type_is_refused(writer: httpx.AsyncClient):
    assert (
        415
        == (
            await writer.post("/me/messages", content=b"{}", headers={"Content-Type": "text/plain"})
        ).status_code
    )


async def test_an_attachment_is_taken_off(writer: httpx.AsyncClient):
    draft = (await writer.post("/me/messages", json=NOTE)).json()
    path = f"/me/messages/{draft['id']}"
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "YQ=="}
    attached = (await writer.post(f"{path}/attachments", json=file)).json()
    removed = await writer.delete(f"{path}/attachments/{attached['id']}")

    assert 204 == removed.status_code
    assert not (await writer.get(path)).json()["hasAttachments"]
    assert (404, "ErrorItemNotFound") == code(await writer.delete(f"{path}/attachments/{attached['id']}"))


async def test_a_message_larger_than_a_mailbox_sends_is_refused(sandbox: Sandbox, writer: httpx.AsyncClient):
    draft = (await writer.post("/me/messages", json=NOTE)).json()
    size = 27 << 20
    item = {"attachmentType": "file", "name": "a.bin", "size": size}
    session = (
        await writer.post(
            f"/me/messages/{draft['id']}/attachments/createUploadSession", json={"AttachmentItem": item}
        )
    ).json()
    async with sandbox.files() as files:
        for first in range(0, size, 3 << 20):
            response = await files.put(
                session["uploadUrl"],
                content=bytes(3 << 20),
                headers={"Content-Range": f"bytes {first}-{first + (3 << 20) - 1}/{size}"},
            )

    assert (413, "ErrorMessageSizeExceeded") == code(response)
