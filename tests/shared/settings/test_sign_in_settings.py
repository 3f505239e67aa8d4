"""Settings of the sign-in proxy: what each form needs, and what they may not say."""

import pytest

from shared.errors import SettingsError
from shared.settings.sign_in_settings import SignInSettings, read
from tests.shared.issuer import CLIENT, OTHER_TENANT, SERVER, TENANT
from tests.shared.sign_in.conftest import SIGN_IN
from tests.shared.sign_in.played_entra import PROXY


def parsed(**changes: str) -> SignInSettings:
    return read({**SIGN_IN, **changes})[1]


def lines(**changes: str) -> list[str]:
    """What is wrong with these settings."""
    with pytest.raises(SettingsError) as raised:
        read({**SIGN_IN, **changes})
    return str(raised.value).splitlines()


@pytest.mark.parametrize("form", ["app", "gateway", "APP", " gateway "])
@pytest.mark.parametrize("name", ["SIGN_IN_ORIGIN", "SIGN_IN_CLIENT_ID", "SIGN_IN_TABLE_URL"])
def test_the_proxy_does_not_start_without(form: str, name: str) -> None:
    [line] = lines(SIGN_IN_PROXY=form, **{name: ""})

    assert line.startswith(f"{name} is missing. ")


def test_everything_that_is_missing_is_named_at_once() -> None:
    said = lines(SIGN_IN_CLIENT_ID="", SIGN_IN_TABLE_URL="")

    assert ["SIGN_IN_CLIENT_ID", "SIGN_IN_TABLE_URL"] == [line.split()[0] for line in said]


def test_problems_of_other_settings_are_named_with_them() -> None:
    said = lines(AZURE_TENANT_ID="x", SIGN_IN_ORIGIN="ftp://a")

    assert ["AZURE_TENANT_ID", "SIGN_IN_ORIGIN"] == [line.split()[0] for line in said]


def test_the_metadata_alone_needs_the_origin_alone() -> None:
    made = parsed(SIGN_IN_PROXY="metadata", SIGN_IN_CLIENT_ID="", SIGN_IN_TABLE_URL="")

    assert not made.is_proxy
    assert ["SIGN_IN_ORIGIN"] == [
        line.split()[0] for line in lines(SIGN_IN_PROXY="metadata", SIGN_IN_ORIGIN="")
    ]


@pytest.mark.parametrize("form", ["true", "on", "app,gateway", "both"])
def test_another_form_is_refused(form: str) -> None:
    assert lines(SIGN_IN_PROXY=form)[0].startswith("SIGN_IN_PROXY is wrong")


@pytest.mark.parametrize("origin", ["http://localhost:7071", "http://127.0.0.1:7071/", "http://[::1]:7071"])
def test_on_loopback_there_need_be_no_table(origin: str) -> None:
    made = parsed(SIGN_IN_ORIGIN=origin, SIGN_IN_TABLE_URL="")

    assert origin.rstrip("/") == made.origin
    assert made.table_url is None


@pytest.mark.parametrize(
    "origin",
    [
        "http://mcp.example",
        "https://mcp.example/path",
        "https://user@mcp.example",
        "https://mcp.example?a=b",
        "https://mcp.example#a",
        "mcp.example",
        "https://",
        "http://localhost.evil.example",
    ],
)
def test_an_origin_that_is_none_is_refused_and_not_told(origin: str) -> None:
    [line] = lines(SIGN_IN_ORIGIN=origin)

    assert line.startswith("SIGN_IN_ORIGIN must ")
    assert "evil" not in line


def test_a_deployed_server_has_no_origin_of_this_machine() -> None:
    [line] = lines(SIGN_IN_ORIGIN="http://localhost:7071", WEBSITE_HOSTNAME="app.azurewebsites.net")

    assert line.startswith("SIGN_IN_ORIGIN is an address of this machine")
    assert parsed(SIGN_IN_ORIGIN="http://localhost:7071", WEBSITE_HOSTNAME="localhost:7071")


def test_an_origin_has_one_spelling() -> None:
    assert "https://mcp.example" == parsed(SIGN_IN_ORIGIN="https://MCP.example/").origin


def test_with_several_tenants_it_does_not_start() -> None:
    [line] = lines(ALLOWED_TENANT_IDS=f"{TENANT},{OTHER_TENANT}")

    assert line.startswith("ALLOWED_TENANT_IDS ")
    assert lines(ALLOWED_TENANT_IDS=OTHER_TENANT) == [line]
    assert lines(ALLOWED_TENANT_IDS=OTHER_TENANT, SIGN_IN_PROXY="metadata") == [line]
    assert parsed(ALLOWED_TENANT_IDS=TENANT)


def test_the_proxy_is_not_the_server_itself() -> None:
    said = lines(SIGN_IN_CLIENT_ID=SERVER, ALLOWED_CLIENT_IDS="")

    assert ["SIGN_IN_CLIENT_ID and AZURE_CLIENT_ID are the same"] == [line.partition(":")[0] for line in said]


def test_a_proxy_whose_tokens_would_be_refused_does_not_start() -> None:
    [line] = lines(ALLOWED_CLIENT_IDS=CLIENT)

    assert line.startswith("ALLOWED_CLIENT_IDS lacks the id in SIGN_IN_CLIENT_ID")
    assert parsed(ALLOWED_CLIENT_IDS=f"{CLIENT},{PROXY.upper()}")
    assert parsed(ALLOWED_CLIENT_IDS="")


@pytest.mark.parametrize(
    "hosts",
    [
        "https://claude.ai",
        "claude.ai/x",
        "*.claude.ai",
        "localhost",
        "127.0.0.1",
        "a_b.example",
        "claude.ai:443",
    ],
)
def test_what_is_no_host_is_refused(hosts: str) -> None:
    assert lines(SIGN_IN_CLIENTS=hosts)[0].startswith("SIGN_IN_CLIENTS must be host names")


def test_hosts_have_one_spelling() -> None:
    assert {"claude.ai", "vscode.dev"} == parsed(SIGN_IN_CLIENTS="Claude.ai; vscode.dev").clients


@pytest.mark.parametrize(
    "address",
    [
        "http://client.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "blob:https://a",
        "cursor://a/b#c",
        "cursor://a/*",
        "cursor:",
        "callback",
        "JAVASCRIPT:alert(1)",
        "cursor://a\\b",
    ],
)
def test_a_redirect_address_that_is_not_safe_is_refused(address: str) -> None:
    assert lines(SIGN_IN_REDIRECTS=address)[0].startswith(
        "SIGN_IN_REDIRECTS must be whole redirect addresses"
    )


def test_private_schemes_are_named_in_full() -> None:
    made = parsed(SIGN_IN_REDIRECTS="cursor://a/b vscode://c/d?e=f")

    assert {"cursor://a/b", "vscode://c/d?e=f"} == made.redirects


def test_registration_is_off_unless_it_is_switched_on() -> None:
    assert not parsed(SIGN_IN_REGISTRATION="").registration
    assert parsed(SIGN_IN_REGISTRATION="true").registration
    assert lines(SIGN_IN_REGISTRATION="perhaps")[0].startswith("SIGN_IN_REGISTRATION ")


def test_the_scope_follows_the_server_unless_it_is_set() -> None:
    assert f"api://{SERVER}/access_as_user" == parsed().scope_name
    assert f"api://{SERVER}/mcp.call" == parsed(REQUIRED_SCOPE="mcp.call").scope_name
    assert "https://mcp.example/x" == parsed(SIGN_IN_SCOPE="https://mcp.example/x").scope_name
    assert lines(SIGN_IN_SCOPE="access_as_user")[0].startswith("SIGN_IN_SCOPE must be")
