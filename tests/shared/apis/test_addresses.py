"""Which addresses of Graph are used: hosts below the cloud's domains, and no climbing next link."""

import httpx
import pytest

from shared.apis.addresses import PreauthenticatedHttp, TrustedHosts, check_next_link
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.settings import FILE_HOSTS, Settings
from tests.shared.issuer import ENVIRON

GRAPH = "https://graph.microsoft.com"
BASE = f"{GRAPH}/v1.0"
PUBLIC = TrustedHosts(FILE_HOSTS["public"], GRAPH)


@pytest.mark.parametrize(
    "url",
    [
        "https://northwind.sharepoint.com/_layouts/15/download.aspx?UniqueId=x&tempauth=y",
        "https://northwind-my.sharepoint.com:443/x",
        "https://NORTHWIND.SharePoint.com/x",
        "https://westeurope1-mediap.svc.ms/transform/pdf?provider=spo",
        "https://outlook.office.com/api/v2.0/Users('x')/Messages('y')/AttachmentSessions('z')?authtoken=t",
    ],
)
def test_hosts_below_the_clouds_domains_are_trusted(url: str):
    assert PUBLIC.check(url, "Microsoft Graph")


@pytest.mark.parametrize(
    "url",
    [
        "http://northwind.sharepoint.com/x",
        "https://sharepoint.com.attacker.example/x",
        "https://attackersharepoint.com/x",
        "https://northwind.sharepoint.com@attacker.example/x",
        "https://attacker.example/northwind.sharepoint.com",
        "https://attacker.example#.sharepoint.com",
        "https://attacker.example?.sharepoint.com",
        "https://attacker.example\\.sharepoint.com/x",
        "https://attacker.example%2f.sharepoint.com/x",
        "https://attacker.example\uff0f.sharepoint.com/x",
        "https://northwind.share\u00adpoint.com/x",
        "https://northwind.sharepoint.com:8443/x",
        "https://northwind.sharepoint.com:0/x",
        "https://northwind.sharepoint.com:x/",
        "https://northwind.sharepoint.com./x",
        "https://northwind.sharepoint.us/x",
        "https://.sharepoint.com/x",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::1/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/metadata/identity/oauth2/token",
        "https://168.63.129.16/machine",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https:///x",
        "https://northwind.sharepoint.com/\r\nx",
        "//northwind.sharepoint.com/x",
        "",
    ],
)
def test_no_other_address_is_trusted(url: str):
    with pytest.raises(ToolError) as raised:
        PUBLIC.check(url, "Microsoft Graph")

    assert ("upstream_error", "unsafe_address") == (raised.value.code, raised.value.reason)
    assert "attacker" not in raised.value.message


@pytest.mark.parametrize("url", ["https://localhost:8443/x", "https://127.0.0.1:1/x", "https://[::1]:2/x"])
@pytest.mark.parametrize(
    "endpoint", ["https://localhost:7072", "http://127.0.0.1:7072", "https://[::1]:7072"]
)
def test_a_service_on_loopback_may_have_its_files_there(endpoint: str, url: str):
    assert not TrustedHosts(FILE_HOSTS["public"], endpoint).check(url, "Microsoft Graph")


@pytest.mark.parametrize("url", ["https://10.0.0.1/x", "https://169.254.169.254/x", "http://localhost/x"])
def test_a_service_on_loopback_opens_nothing_else(url: str):
    with pytest.raises(ToolError):
        TrustedHosts(FILE_HOSTS["public"], "https://localhost:7072").check(url, "Microsoft Graph")


@pytest.mark.parametrize(
    ("cloud", "url"),
    [
        ("usgov", "https://northwind.sharepoint.us/x"),
        ("usgov", "https://northwind.sharepoint-mil.us/x"),
        ("usgov", "https://northwind.dps.mil/x"),
        ("usgov", "https://outlook.office365.us/x"),
        ("china", "https://northwind.sharepoint.cn/x"),
        ("china", "https://partner.outlook.cn/x"),
    ],
)
def test_each_cloud_has_its_own_domains(cloud: str, url: str):
    settings = Settings.from_environ({**ENVIRON, "AZURE_CLOUD": cloud})

    assert TrustedHosts(settings.file_hosts, settings.graph_endpoint).check(url, "Microsoft Graph")
    with pytest.raises(ToolError):
        PUBLIC.check(url, "Microsoft Graph")


def test_a_setting_adds_hosts():
    settings = Settings.from_environ({**ENVIRON, "TRUSTED_HOSTS": "files.example.com, *.Example.net"})
    hosts = TrustedHosts(settings.file_hosts, GRAPH)

    for url in (
        "https://files.example.com/x",
        "https://a.example.net/x",
        "https://northwind.sharepoint.com/x",
    ):
        assert hosts.check(url, "Microsoft Graph")
    with pytest.raises(ToolError):
        hosts.check("https://example.com/x", "Microsoft Graph")


@pytest.mark.parametrize(
    "link", [f"{BASE}/me/messages?$skip=2", f"{BASE}/sites/a,b,c/lists/x%2Fy?$skiptoken=..%2F"]
)
def test_a_next_link_of_the_api_is_followed(link: str):
    assert link == check_next_link(link, BASE, "Microsoft Graph")


@pytest.mark.parametrize(
    "link",
    [
        f"{BASE}/..#/me",
        f"{BASE}/me/..#",
        f"{BASE}/%2e%2e#?x",
        f"{BASE}/me#x",
        f"{BASE}/../beta/me",
        f"{BASE}/me/..",
        f"{BASE}/me/..%2f..%2fbeta",
        f"{BASE}/me/%252e%252e/beta",
        f"{BASE}/me/..%5c..%5cbeta",
        f"{BASE}/./me",
        f"{BASE}/\t../me",
        f"{BASE}/.\t./me",
        f"{BASE}/ ../me",
        f"{BASE}.attacker.example/me",
        f"{BASE}@attacker.example/me",
        f"{BASE}\\..\\beta",
        "https://graph.microsoft.com/beta/me",
        "",
    ],
)
def test_a_next_link_that_climbs_is_refused(link: str):
    with pytest.raises(ToolError) as raised:
        check_next_link(link, BASE, "Microsoft Graph")

    assert "upstream_error" == raised.value.code


async def test_what_is_sent_to_a_trusted_host_is_held_to_public_addresses():
    async def inside(host: str, port: int) -> list[str]:
        return ["192.168.0.1"]

    http = Http(
        lambda: httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))),
        resolve=inside,
    )
    files = PreauthenticatedHttp(http, PUBLIC, service="Microsoft Graph")

    for attempt in (
        files.send("GET", "https://northwind.sharepoint.com/x"),
        files.checked("https://a.svc.ms/x"),
    ):
        with pytest.raises(ToolError) as raised:
            await attempt
        assert "unsafe_address" == raised.value.reason
