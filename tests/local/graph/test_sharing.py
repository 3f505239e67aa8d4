"""Who has access to files, invitations, links, and what is shared from another's drive."""

import base64
from typing import Any

import httpx
import pytest

from .conftest import Conforms, Sandbox, code

BEN = "ben.osei@larkspur.example"
OF_ITEM = "/drives/{drive-id}/items/{driveItem-id}"
INVITATION = {"requireSignIn": True, "sendInvitation": True, "roles": ["write"]}


def share_token(url: str) -> str:
    return "u!" + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


async def notes(client: httpx.AsyncClient) -> str:
    found = (await client.get("/me/drive/root:/notes.md")).raise_for_status().json()
    return f"/drives/{found['parentReference']['driveId']}/items/{found['id']}"


async def invite(client: httpx.AsyncClient, file: str, *people: str, **more: Any) -> httpx.Response:
    body = {**INVITATION, "recipients": [{"email": each} for each in people], **more}
    return await client.post(f"{file}/invite", json=body)


async def test_whoever_is_invited_may_read_or_write_that_file_alone(
    sandbox: Sandbox, writer: httpx.AsyncClient, conforms: Conforms
):
    file = await notes(writer)
    async with sandbox.client("ben") as ben:
        before = await ben.get(file)
        read = await invite(writer, file, BEN, roles=["read"])
        reads, writes = await ben.get(file), await ben.patch(file, json={"name": "x.md"})
        await invite(writer, file, BEN)
        then = await ben.patch(file, json={"name": "x.md"})
        theirs = (await ben.get(f"{file}/permissions")).json()["value"]
        root = await ben.get(f"{file.partition('/items')[0]}/root/children")

    conforms(read, f"POST {OF_ITEM}/invite")
    assert [(403, "accessDenied")] * 3 == [code(each) for each in (before, writes, root)]
    assert (200, 200) == (reads.status_code, then.status_code)
    assert [(["write"], BEN)] == [(each["roles"], each["grantedToV2"]["user"]["email"]) for each in theirs]


async def test_the_owner_sees_everybody(untouched: Sandbox, ana: httpx.AsyncClient, conforms: Conforms):
    permissions = await ana.get("/me/drive/root:/Documents/objectives.docx:/permissions")
    site = await ana.get(
        "/sites/larkspur.sharepoint.com:/sites/engineering:/drive/root:/glossary.csv:/permissions"
    )

    conforms(permissions, f"GET {OF_ITEM}/permissions")
    conforms(site, f"GET {OF_ITEM}/permissions")
    assert [["read"], ["owner"]] == [each["roles"] for each in permissions.json()["value"]]
    assert ["Owners", "Members", "Visitors"] == [
        each["grantedToV2"]["siteGroup"]["displayName"] for each in site.json()["value"]
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"requireSignIn": False, "sendInvitation": False},
        {"roles": ["owner"]},
        {"recipients": []},
        {"recipients": [{"email": "nobody"}]},
        {"recipients": [{"email": "someone@quayside.example"}], "sendInvitation": False},
        {"message": "x" * 2_001},
    ],
)
async def test_an_invitation_that_cannot_be_is_refused(writer: httpx.AsyncClient, change: dict[str, Any]):
    assert (400, "invalidRequest") == code(await invite(writer, await notes(writer), BEN, **change))


async def test_of_several_people_some_may_not_be_invited(writer: httpx.AsyncClient):
    response = await invite(writer, await notes(writer), BEN, "x@blocked.invalid")

    assert (207, [False, True]) == (
        response.status_code,
        ["error" in each for each in response.json()["value"]],
    )


async def test_a_link_is_new_once_and_none_is_for_anyone(writer: httpx.AsyncClient, conforms: Conforms):
    file = await notes(writer)
    link = {"type": "view", "scope": "organization"}
    new, same = [await writer.post(f"{file}/createLink", json=link) for _ in range(2)]
    anyone = await writer.post(f"{file}/createLink", json={**link, "scope": "anonymous"})

    conforms(new, f"POST {OF_ITEM}/createLink")
    assert (201, 200) == (new.status_code, same.status_code)
    assert new.json()["link"] == same.json()["link"]
    assert (403, "accessDenied") == code(anyone)


async def test_a_link_for_the_organization_is_looked_at_or_taken_up(
    sandbox: Sandbox, writer: httpx.AsyncClient
):
    file = await notes(writer)
    body = {"type": "view", "scope": "organization"}
    link = (await writer.post(f"{file}/createLink", json=body)).json()["link"]["webUrl"]
    shared = f"/shares/{share_token(link + '?e=1')}/driveItem"
    async with sandbox.client("ben") as ben:
        bare = await ben.get(shared)
        looked = await ben.get(shared, headers={"Prefer": "redeemSharingLinkIfNecessary"})
        content = await ben.get(f"{shared}/content", headers={"Prefer": "redeemSharingLinkIfNecessary"})
        closed = await ben.get(file)
        taken = await ben.get(shared, headers={"Prefer": "redeemSharingLink"})
        opened = await ben.get(file)

    assert [(403, "accessDenied")] * 2 == [code(bare), code(closed)]
    assert [200, 302, 200, 200] == [each.status_code for each in (looked, content, taken, opened)]


async def test_an_address_of_another_tenant_is_no_link_here(ana: httpx.AsyncClient):
    token = share_token("https://northwind.sharepoint.com/:w:/s/finance/Eabc")

    assert (403, "accessDenied") == code(await ana.get(f"/shares/{token}/driveItem"))
