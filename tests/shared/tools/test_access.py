"""What a caller is told of what they may use."""

import httpx

from shared.tools import CATALOGUE
from shared.tools.access import check_access
from tests.shared.tools.sandbox import Sandbox


async def test_whoever_consented_to_everything_can_use_everything(sandbox: Sandbox):
    access = await sandbox.call(check_access, user="ana")

    assert access.usable == [tool.name for tool in CATALOGUE]
    assert access.blocked == []
    assert [api.missing_scopes for api in access.apis] == [[], []]
    assert [api.admin_consent_url for api in access.apis] == [None, None]


async def test_what_is_missing_is_named_with_the_link_that_mends_it(sandbox: Sandbox):
    access = await sandbox.call(check_access, user="chiara")
    graph, devops = access.apis
    blocked = {tool.name: tool.missing for tool in access.blocked}

    assert "graph_get_profile" in access.usable
    assert blocked["graph_send_email"] == ["Mail.Send"]
    assert "Mail.Send" in graph.missing_scopes
    assert "vso.work_write" in devops.missing_scopes
    assert graph.admin_consent_url is not None
    scopes = httpx.URL(graph.admin_consent_url).params["scope"].split()
    assert scopes == [f"https://graph.microsoft.com/{scope}" for scope in graph.missing_scopes]


async def test_without_any_consent_only_what_needs_none_is_usable(sandbox: Sandbox):
    access = await sandbox.call(check_access, user="dmitri")

    assert access.usable == [tool.name for tool in CATALOGUE if not tool.scopes]
    assert [api.granted_scopes for api in access.apis] == [[], []]
    assert [api.problem for api in access.apis] == [None, None]
