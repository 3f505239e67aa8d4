"""Mailboxes of others: which scopes and rights they need, and what is refused how."""

import httpx
import pytest

from local.organisation import organisation

from .conftest import Conforms, Sandbox, code, find

FINANCE = "/users/finance@larkspur.example"
BERTHS = "/users/berths@larkspur.example"
CHIARA = "/users/chiara.rossi@larkspur.example"
BEN = {"emailAddress": {"address": "ben.osei@larkspur.example"}}
NOTE = {"subject": "Invoice 2217", "body": {"contentType": "Text", "content": "Paid."}, "toRecipients": [BEN]}
DENIED = (403, "ErrorAccessDenied")
HIDDEN = (404, "ErrorItemNotFound")


def author(address: str) -> dict[str, object]:
    return {"emailAddress": {"address": address}}


async def newest(client: httpx.AsyncClient, path: str) -> dict[str, object]:
    return dict((await client.get(f"{path}/messages?$top=1")).raise_for_status().json()["value"][0])


async def test_a_shared_mailbox_is_read_by_who_has_full_access(ana: httpx.AsyncClient, conforms: Conforms):
    response = await ana.get(f"{FINANCE}/messages")
    folders = await ana.get(f"{FINANCE}/mailFolders")
    conforms(response, "GET /users/{user-id}/messages")
    conforms(folders, "GET /users/{user-id}/mailFolders")

    assert ["Reminder: invoice 2217"] == [each["subject"] for each in response.json()["value"]]
    assert "Inbox" in [each["displayName"] for each in folders.json()["value"]]


async def test_ids_belong_to_their_mailbox(ana: httpx.AsyncClient):
    own = (await find(ana, "booking-api build is red"))["id"]
    others = (await newest(ana, FINANCE))["id"]

    assert 200 == (await ana.get(f"{FINANCE}/messages/{others}")).status_code
    assert [HIDDEN] * 2 == [
        code(await ana.get(f"{FINANCE}/messages/{own}")),
        code(await ana.get(f"/me/messages/{others}")),
    ]


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        (f"{FINANCE}/messages", DENIED),
        (f"{FINANCE}/mailFolders", DENIED),
        (f"{FINANCE}/mailFolders/inbox/messages", HIDDEN),
        ("/users/nobody@larkspur.example/messages", (404, "ErrorInvalidUser")),
        ("/users/ben/messages", (404, "ErrorInvalidUser")),
    ],
)
async def test_others_have_no_rights(untouched: Sandbox, path: str, refusal: tuple[int, str]):
    async with untouched.client("ben") as ben:
        assert refusal == code(await ben.get(path))


@pytest.mark.parametrize(
    ("method", "path", "lacks", "suffices"),
    [
        ("GET", "/messages", "Mail.Read Mail.ReadWrite Mail.Send.Shared", "Mail.Read.Shared"),
        ("GET", "/messages", "Mail.Read", "Mail.ReadWrite.Shared"),
        ("POST", "/messages", "Mail.ReadWrite Mail.Read.Shared", "Mail.ReadWrite.Shared"),
        ("POST", "/sendMail", "Mail.Send Mail.ReadWrite.Shared", "Mail.Send.Shared"),
    ],
)
async def test_another_mailbox_needs_a_scope_for_shared_ones(
    sandbox: Sandbox, method: str, path: str, lacks: str, suffices: str
):
    body = {"POST": {"message": NOTE} if path == "/sendMail" else NOTE}.get(method)
    async with sandbox.client("ana", lacks) as less, sandbox.client("ana", suffices) as enough:
        refused = await less.request(method, FINANCE + path, json=body)
        done = await enough.request(method, FINANCE + path, json=body)

    assert DENIED == code(refused)
    assert done.is_success


async def test_scopes_for_shared_mailboxes_hold_for_ones_own(untouched: Sandbox):
    async with untouched.client("ana", "Mail.Read.Shared") as client:
        response = await client.get("/me/messages?$top=1&$select=body")

    assert response.json()["value"][0]["body"]["content"]


async def test_of_a_folder_that_is_shared_alone_nothing_else_is_seen(
    untouched: Sandbox, ana: httpx.AsyncClient
):
    async with untouched.client("chiara") as chiara:
        sent = await newest(chiara, "/me/mailFolders/sentitems")
    inbox = await newest(ana, f"{CHIARA}/mailFolders/inbox")

    assert 200 == (await ana.get(f"{CHIARA}/messages/{inbox['id']}")).status_code
    assert DENIED == code(await ana.get(f"{CHIARA}/messages"))
    assert DENIED == code(await ana.get(f"{CHIARA}/mailFolders"))
    assert HIDDEN == code(await ana.get(f"{CHIARA}/mailFolders/sentitems/messages"))
    assert HIDDEN == code(await ana.get(f"{CHIARA}/messages/{sent['id']}"))


async def test_a_folder_that_is_shared_alone_is_only_read(writer: httpx.AsyncClient):
    inbox = await newest(writer, f"{CHIARA}/mailFolders/inbox")
    path = f"{CHIARA}/messages/{inbox['id']}"

    assert DENIED == code(await writer.patch(path, json={"isRead": True}))
    assert DENIED == code(await writer.delete(path))
    assert DENIED == code(await writer.post(f"{path}/createReply"))


async def test_what_is_sent_from_a_shared_mailbox_is_its_own_and_kept_there(
    sandbox: Sandbox, writer: httpx.AsyncClient
):
    response = await writer.post(f"{FINANCE}/sendMail", json={"message": NOTE})
    kept = await newest(writer, f"{FINANCE}/mailFolders/sentitems")
    async with sandbox.client("ben") as ben:
        arrived = await newest(ben, "/me/mailFolders/inbox")

    assert 202 == response.status_code
    assert "Invoice 2217" == kept["subject"] == arrived["subject"]
    assert ["finance@larkspur.example"] * 2 == [
        arrived[name]["emailAddress"]["address"] for name in ("from", "sender")
    ]


async def test_a_copy_of_what_is_sent_by_ones_own_mailbox_is_kept_there(writer: httpx.AsyncClient):
    message = {**NOTE, "from": author("finance@larkspur.example")}
    response = await writer.post("/me/sendMail", json={"message": message})

    assert 202 == response.status_code
    assert "Invoice 2217" == (await newest(writer, "/me/mailFolders/sentitems"))["subject"]
    assert 0 == (await writer.get(f"{FINANCE}/mailFolders/sentitems")).json()["totalItemCount"]


async def test_who_sends_on_behalf_of_a_mailbox_is_seen_as_the_sender(sandbox: Sandbox):
    async with sandbox.client("grace") as grace, sandbox.client("ben") as ben:
        await grace.post(f"{BERTHS}/sendMail", json={"message": NOTE})
        arrived = await newest(ben, "/me/mailFolders/inbox")

    assert ["berths@larkspur.example", "grace.kim@larkspur.example"] == [
        arrived[name]["emailAddress"]["address"] for name in ("from", "sender")
    ]


async def test_full_access_is_no_right_to_send(writer: httpx.AsyncClient):
    draft = (await writer.post(f"{BERTHS}/messages", json=NOTE)).json()

    assert (403, "ErrorSendAsDenied") == code(await writer.post(f"{BERTHS}/sendMail", json={"message": NOTE}))
    assert (403, "ErrorSendAsDenied") == code(await writer.post(f"{BERTHS}/messages/{draft['id']}/send"))


async def test_a_shared_mailbox_receives(writer: httpx.AsyncClient):
    await writer.post(
        "/me/sendMail", json={"message": {**NOTE, "toRecipients": [author("finance@larkspur.example")]}}
    )

    assert "Invoice 2217" == (await newest(writer, f"{FINANCE}/mailFolders/inbox"))["subject"]


async def test_a_big_file_gets_no_session_in_another_mailbox(writer: httpx.AsyncClient):
    draft = (await writer.post(f"{FINANCE}/messages", json=NOTE)).json()
    item = {"attachmentType": "file", "name": "a.bin", "size": 3 << 20}
    path = "attachments/createUploadSession"

    assert DENIED == code(
        await writer.post(f"{FINANCE}/messages/{draft['id']}/{path}", json={"AttachmentItem": item})
    )


async def test_a_shared_mailbox_is_an_account_of_the_directory(ana: httpx.AsyncClient):
    by_address = (await ana.get("/users/finance@larkspur.example")).json()
    listed = (await ana.get("/users", params={"$filter": "mail eq 'finance@larkspur.example'"})).json()

    assert "Larkspur Finance" == by_address["displayName"]
    assert [by_address["id"]] == [each["id"] for each in listed["value"]]
    assert "finance" not in {user.alias for user in organisation().users}
