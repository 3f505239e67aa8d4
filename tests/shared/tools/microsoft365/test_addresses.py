"""Every form in which people have the address of a site or file leads to that one, and to nothing less."""

import base64
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from shared.apis.graph.sharepoint_addresses import parse_address, share_token
from shared.errors import ToolError
from shared.tools.microsoft365.files import sharepoint_get_file, sharepoint_list_files
from shared.tools.microsoft365.search import graph_search
from shared.tools.microsoft365.sites import sharepoint_list_lists, sharepoint_list_sites
from tests.shared.tools.mailroom import whole
from tests.shared.tools.played_graph import PlayedGraph, Sent, refusal
from tests.shared.tools.sandbox import Sandbox

HOST = "https://contoso.sharepoint.com"
FINANCE = f"{HOST}/sites/finance"
LIBRARY = f"{FINANCE}/Shared%20Documents"
PAYROLL = f"{FINANCE}/payroll"
GUID = uuid.UUID("bf7f10f1-74de-40e1-a1c0-0420f52e7a28")
ITEM = "01XACHVDHRCB737XTU4FAKDQAEED2S46RI"
DOC = f"{FINANCE}/_layouts/15/Doc.aspx?sourcedoc=%7B{str(GUID).upper()}%7D&file=Plan.docx&action=default"
LINK = f"{HOST}/:w:/s/finance/EaBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789?e=AbCdEf"
MISSING = refusal(404, "itemNotFound", "The resource could not be found.")


class SharePoint:
    """Two sites, one below the other, each with a library; `shared` are the addresses `/shares` knows."""

    SITES = {
        "/sites/contoso.sharepoint.com:/sites/finance": "b!finance",
        "/sites/contoso.sharepoint.com:/sites/finance/payroll": "b!payroll",
        "/sites/contoso.sharepoint.com": "b!root",
        "/sites/contoso-my.sharepoint.com:/personal/ben_contoso_com": "b!ben",
    }
    URLS = {
        "b!finance": LIBRARY,
        "b!payroll": f"{PAYROLL}/Payslips",
        "b!root": f"{HOST}/Shared%20Documents",
        "b!ben": "https://contoso-my.sharepoint.com/personal/ben_contoso_com/Documents",
        "b!mine": "https://contoso-my.sharepoint.com/personal/ana_contoso_com/Documents",
    }

    def __init__(self, *shared: str) -> None:
        self.shared = [share_token(each) for each in shared]

    def __call__(self, sent: Sent) -> Any:
        if sent.path == "/me/drive":
            return self.drive("b!mine")
        if sent.path.startswith("/shares/"):
            return self.item("b!finance") if sent.path.split("/")[2] in self.shared else MISSING
        if sent.path.startswith("/drives/"):
            drive = sent.path.split("/")[2]
            return {"value": []} if sent.path.endswith("children") else self.item(drive)
        if sent.path.startswith("/groups/G"):
            return {"id": "contoso.sharepoint.com,1,2"}
        site, colon, inside = sent.path.partition(":/")
        path, inside = inside.split(":/") if ":/" in inside else (inside, "")
        if not colon:
            site, _, inside = sent.path.removeprefix("/sites/").partition("/")
            site = f"/sites/{site}"
        drive = self.SITES.get((site + colon + path).casefold())
        if drive is None:
            return MISSING
        match inside:
            case "drive":
                return self.drive(drive)
            case "drives":
                return {"value": [self.drive(drive)]}
            case "lists":
                return {"value": [{"id": "L", "displayName": drive, "webUrl": self.URLS[drive], "list": {}}]}
        return {"id": "S"} if not inside else {"value": []}

    def drive(self, drive: str) -> dict[str, str]:
        return {"id": drive, "webUrl": self.URLS[drive]}

    @staticmethod
    def item(drive: str) -> dict[str, Any]:
        return {"id": ITEM, "name": "Plan.docx", "parentReference": {"driveId": drive}}


async def opened(address: str, *shared: str) -> str:
    """The path of the last request for a file."""
    graph = PlayedGraph(SharePoint(*shared))
    await graph.call(sharepoint_get_file, file=address)
    return graph.requests[-1].path


@pytest.mark.parametrize(
    ("address", "path"),
    [
        (f"{LIBRARY}/Reports/Plan.docx", "/drives/b!finance/root:/Reports/Plan.docx"),
        (f"{LIBRARY}/Reports/Plan.docx?web=1", "/drives/b!finance/root:/Reports/Plan.docx"),
        (
            f"{HOST}/:w:/r/sites/finance/Shared%20Documents/Plan.docx?d=w1&csf=1",
            "/drives/b!finance/root:/Plan.docx",
        ),
        (f"{HOST}/SITES/Finance/shared%20documents/Plan.docx", "/drives/b!finance/root:/Plan.docx"),
        (f"ms-word:ofe|u|{LIBRARY}/Plan.docx", "/drives/b!finance/root:/Plan.docx"),
        (
            f"{LIBRARY}/Forms/AllItems.aspx?id=%2Fsites%2Ffinance%2FShared%20Documents%2FReports&viewid=1",
            "/drives/b!finance/root:/Reports",
        ),
        (
            f"{LIBRARY}/Forms/AllItems.aspx?RootFolder=%2Fsites%2Ffinance%2FShared%20Documents%2FReports",
            "/drives/b!finance/root:/Reports",
        ),
        (f"{LIBRARY}/Forms/DispForm.aspx?ID=17", "/drives/b!finance/list/items/17/driveItem"),
        (f"{PAYROLL}/Payslips/May.pdf", "/drives/b!payroll/root:/May.pdf"),
        (f"{HOST}/Shared%20Documents/Plan.docx", "/drives/b!root/root:/Plan.docx"),
        (
            "https://contoso-my.sharepoint.com/personal/ben_contoso_com/Documents/Plan.docx",
            "/drives/b!ben/root:/Plan.docx",
        ),
        (
            "https://contoso-my.sharepoint.com/personal/ana_contoso_com/_layouts/15/onedrive.aspx"
            "?id=%2Fpersonal%2Fana_contoso_com%2FDocuments%2FPlan.docx",
            "/drives/b!mine/root:/Plan.docx",
        ),
        (
            "https://contoso-my.sharepoint.com/my?id=%2Fpersonal%2Fben_contoso_com%2FDocuments%2FPlan.docx&parent=x",
            "/drives/b!ben/root:/Plan.docx",
        ),
        (
            "https://contoso-my.sharepoint.com/my?id=%2Fsites%2Ffinance%2FShared%20Documents%2FPlan.docx"
            "&listurl=" + quote(LIBRARY, safe=""),
            "/drives/b!finance/root:/Plan.docx",
        ),
        (
            "https://teams.microsoft.com/l/file/1?tenantId=2&fileType=docx&serviceName=teams&objectUrl="
            + quote(f"{LIBRARY}/General/Plan.docx", safe=""),
            "/drives/b!finance/root:/General/Plan.docx",
        ),
        (
            "https://eur01.safelinks.protection.outlook.com/?data=x&url="
            + quote(f"{LIBRARY}/Plan.docx", safe=""),
            "/drives/b!finance/root:/Plan.docx",
        ),
        (f"https://graph.microsoft.com/v1.0/drives/b!x/items/{ITEM}", f"/drives/b!x/items/{ITEM}"),
        (DOC, f"/drives/b!finance/items/{ITEM}"),
        (LIBRARY + "/%E4%BA%88%E7%AE%97%E3%80%802026.xlsx", "/drives/b!finance/root:/予算\u30002026.xlsx"),
    ],
)
async def test_a_file_is_opened_by_each_form_of_its_address(address: str, path: str):
    assert path == await opened(address)


@pytest.mark.parametrize(
    "address",
    [
        DOC,
        LINK,
        LINK.replace("/:w:/s/finance", "/:x:/g/personal/ana_contoso_com"),
        f"{FINANCE}/_layouts/15/WopiFrame.aspx?sourcedoc=%7B{GUID}%7D&action=view",
        f"{FINANCE}/_layouts/15/download.aspx?UniqueId={GUID}",
        f"{FINANCE}/SitePages/Home.aspx",
        f"{FINANCE}/_layouts/15/guestaccess.aspx?share=EaBcDeF&e=1",
        LINK.replace("/:w:/s/finance", "/:p:/t/finance"),
        LINK.replace("contoso.", "contoso-my.").replace("/:w:/s/finance", "/:f:/p/ben_contoso_com"),
    ],
)
async def test_what_shares_knows_is_read_by_that(address: str):
    """Who has no other access than by the link has none to its drive and item."""
    assert f"/shares/{share_token(address)}/driveItem" == await opened(address, address)


@pytest.mark.parametrize(
    "given", [share_token(LINK), f"https://graph.microsoft.com/v1.0/shares/{share_token(LINK)}/driveItem"]
)
async def test_a_token_of_shares_is_taken_too(given: str):
    assert f"/shares/{share_token(LINK)}/driveItem" == await opened(given, LINK)


@pytest.mark.parametrize(
    "address",
    [
        LINK,
        f"{HOST}/sites/finance/Other/Plan.docx",
        f"{HOST}/sites/none/Shared%20Documents/x",
        FINANCE + "x/a",
    ],
)
async def test_an_address_of_nothing_is_not_found(address: str):
    with pytest.raises(ToolError) as refused:
        await opened(address)

    assert "not_found" == refused.value.code


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://1drv.ms/w/s!AbC?e=1", "personal OneDrive"),
        ("https://onedrive.live.com/edit.aspx?resid=1!2", "personal OneDrive"),
        ("https://docs.google.com/document/d/1", "docs.google.com"),
        (
            "https://contoso.sharepoint.com.evil.example/sites/finance/x",
            "contoso.sharepoint.com.evil.example",
        ),
        ("https://sharepoint.com/sites/finance/x", "sharepoint.com"),
        (f"{HOST}/:w:/r/x?src=https://evil.example/a.docx", "evil.example"),
    ],
)
async def test_addresses_of_other_services_are_refused_before_anything_is_sent(address: str, said: str):
    graph = PlayedGraph(SharePoint())
    with pytest.raises(ToolError) as refused:
        await graph.call(sharepoint_get_file, file=address)

    assert ("invalid_argument", []) == (refused.value.code, graph.requests)
    assert refused.value.message.startswith("file: is an address of ")
    assert said in refused.value.message


@pytest.mark.parametrize(
    "address",
    [
        "https://northwind.sharepoint.com/:w:/s/finance/EaBcDeF?e=1",
        "https://northwind.sharepoint.com/sites/finance/Shared%20Documents/Plan.docx",
    ],
)
async def test_addresses_of_other_organizations_are_named_so(read_only: Sandbox, address: str):
    with pytest.raises(ToolError) as refused:
        await read_only.call(sharepoint_get_file, file=address)

    assert "invalid_argument" == refused.value.code
    assert "no such host in your organization" in refused.value.message


@pytest.mark.parametrize(
    ("address", "site"),
    [
        (FINANCE, "b!finance"),
        (f"{FINANCE}/", "b!finance"),
        (f"{FINANCE}/SitePages/Home.aspx?csf=1", "b!finance"),
        (f"{FINANCE}/Lists/Invoices/AllItems.aspx", "b!finance"),
        (f"{FINANCE}/_layouts/15/viewlsts.aspx", "b!finance"),
        (LIBRARY, "b!finance"),
        (f"{LIBRARY}/Reports/Forms/AllItems.aspx", "b!finance"),
        (PAYROLL, "b!payroll"),
        (f"{PAYROLL}/Payslips/Forms/AllItems.aspx", "b!payroll"),
        (f"{PAYROLL}/SitePages/Home.aspx", "b!payroll"),
        ("contoso.sharepoint.com:/sites/finance", "b!finance"),
        (HOST, "b!root"),
        (f"{HOST}/SitePages/Home.aspx", "b!root"),
        (f"{HOST}/:u:/r/sites/finance/SitePages/Home.aspx", "b!finance"),
        ("https://contoso-my.sharepoint.com/personal/ben_contoso_com", "b!ben"),
    ],
)
async def test_a_site_is_known_by_each_form_of_its_address(address: str, site: str):
    page = await PlayedGraph(SharePoint()).call(sharepoint_list_lists, site=address)

    assert [site] == [each.title for each in page.items]


async def test_the_address_of_a_team_is_that_of_its_site():
    group = "00000000-1111-2222-3333-444444444444"
    graph = PlayedGraph(lambda sent: {"id": "S", "value": []})
    await graph.call(
        sharepoint_list_lists, site=f"https://teams.microsoft.com/l/channel/19%3Ax/General?groupId={group}"
    )

    assert [f"/groups/{group}/sites/root", "/sites/S/lists"] == [each.path for each in graph.requests]


@pytest.mark.parametrize("address", [f"{FINANCE}/payrol", f"{PAYROLL}/x", f"{HOST}/nothing"])
async def test_an_address_below_a_site_that_leads_nowhere_is_not_the_site(address: str):
    with pytest.raises(ToolError) as refused:
        await PlayedGraph(SharePoint()).call(sharepoint_list_lists, site=address)

    assert "not_found" == refused.value.code


@pytest.mark.parametrize(
    ("site", "drive"),
    [
        (FINANCE, "b!finance"),
        (PAYROLL, "b!payroll"),
        (LIBRARY, "b!finance"),
        (f"{PAYROLL}/Payslips/Forms/AllItems.aspx", "b!payroll"),
    ],
)
async def test_the_address_of_a_library_given_as_site_means_its_files(site: str, drive: str):
    graph = PlayedGraph(SharePoint())
    await graph.call(sharepoint_list_files, site=site)

    assert f"/drives/{drive}/items/root/children" == graph.requests[-1].path


async def test_who_has_no_onedrive_is_told_so():
    graph = PlayedGraph(lambda _: refusal(404, "itemNotFound"))
    with pytest.raises(ToolError) as refused:
        await graph.call(sharepoint_list_files, site="onedrive")

    assert "forbidden" == refused.value.code
    assert "OneDrive" in refused.value.message
    assert "administrator" in refused.value.remedy


async def test_every_address_that_results_give_is_taken(read_only: Sandbox):
    """Office files have the address of the page that shows them."""
    site = "https://larkspur.sharepoint.com/sites/engineering"
    listed = await whole(read_only, sharepoint_list_files, site=site)
    found = (await read_only.call(graph_search, query="cache", kinds=["files"])).items
    sites = await whole(read_only, sharepoint_list_sites)
    for each in [*listed, *found]:
        assert each.id == (await read_only.call(sharepoint_get_file, file=each.web_url)).id
    for each in sites:
        lists = (await read_only.call(sharepoint_list_lists, site=each.web_url)).items
        assert lists == (await read_only.call(sharepoint_list_lists, site=each.id)).items
        for one in lists:
            await read_only.call(sharepoint_list_lists, site=one.web_url)
    assert any("Doc.aspx" in each.web_url for each in [*listed, *found])


def test_the_token_of_an_address_is_base64url_without_padding():
    token = share_token(LINK)

    assert LINK == base64.urlsafe_b64decode(token[2:] + "=" * (-len(token[2:]) % 4)).decode()
    assert "=" not in token


def test_item_ids_hold_the_unique_id_after_the_drive():
    assert GUID == uuid.UUID(bytes_le=base64.b32decode(ITEM[2:])[4:])


@pytest.mark.parametrize(
    "url", ["https://[bad", "https://a..b/x", "https://h.example/%2e%2e/x", "x y", "http://"]
)
def test_what_is_no_address_is_refused(url: str):
    with pytest.raises(ToolError) as refused:
        parse_address(url, "file")

    assert "invalid_argument" == refused.value.code
