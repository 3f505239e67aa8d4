"""A server as a signed-in client sees it: real processes, a real sign-in, one thing broken at a time."""

import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from local.control import Control
from local.doctor.app_description import AppDescription, describe
from local.doctor.examination import Finding, run
from local.doctor.local_sign_in import LocalSignIn
from local.doctor.target import Target
from local.easyauth import EasyAuth, EasyAuthConfig
from local.organisation import organisation
from local.tenant import Tenant
from tests import tool_counts
from tests.journeys.steps import control, fail
from tests.local.doctor.doctor_setup import CHECKS

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
VS_CODE = "aebc6443-996d-45c2-90f0-388ff96faa56"
SIGNED_IN = ["signed_in_get", "tools"]
MCP = "/runtime/webhooks/mcp"


class Visit:
    """Examinations of the running tenant, with something else in the place of its server if need be."""

    def __init__(self, tenant: Tenant, app: AppDescription, tls: ssl.SSLContext) -> None:
        self.layout = tenant.layout
        self.app = app
        self._tls = tls

    async def found(self, check: str, in_front: EasyAuthConfig | None = None) -> Finding:
        """How a check comes out; with this Easy Auth before the server's own, if one is given."""
        async with httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=30) as direct:
            mounts = {}
            if in_front:
                app = EasyAuth(self._relay(direct), in_front, Control())
                mounts[self.layout.host] = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                verify=self._tls, trust_env=False, timeout=30, mounts=mounts
            ) as http:
                tokens = LocalSignIn(self.layout, organisation().user("ana"), direct)
                target = Target("the tenant", self.app, http, lambda _: tokens, mcp_url=self.layout.mcp_url)
                return await run(CHECKS[check], target)

    def change(self, **registration: object) -> None:
        """Change the server's app registration."""
        control(self.layout, "entra", "POST", "entra/registration", registration)

    def _relay(self, http: httpx.AsyncClient):
        async def pass_on(scope, receive, send):
            request = Request(scope, receive)
            url = f"{self.layout.host}{request.url.path}"
            headers = {name: value for name, value in request.headers.items() if name != "host"}
            answer = await http.request(request.method, url, headers=headers, content=await request.body())
            kept = {"content-type": answer.headers.get("content-type", "")}
            await Response(answer.content, answer.status_code, kept)(scope, receive, send)

        return pass_on


@pytest.fixture(scope="module")
async def described(running: Tenant) -> AppDescription:
    return await describe(json.loads(running.layout.app_settings_file.read_text()))


@pytest.fixture
async def visit(running: Tenant, described: AppDescription) -> AsyncIterator[Visit]:
    tls = ssl.create_default_context(cafile=str(running.layout.ca_file))
    visit = Visit(running, described, tls)
    yield visit
    fail(running.layout, "host")
    visit.change(token_version=2, pre_authorized=[AZURE_CLI, VS_CODE, "b7e6a5d4-c3b2-4a19-8f07-6e5d4c3b2a10"])


@pytest.mark.parametrize("check", SIGNED_IN)
async def test_a_healthy_server_passes(visit: Visit, check: str):
    finding = await visit.found(check)

    assert ("ok", "") == (finding.outcome, finding.cure), finding.what


async def test_tools_that_are_enabled_and_not_shown_are_named(visit: Visit):
    visit.app = replace(visit.app, tools=(*(visit.app.tools or ()), "a_new_tool"))

    finding = await visit.found("tools")

    assert "wrong" == finding.outcome
    counted = f"is shown {tool_counts.ALL} tools where {tool_counts.ALL + 1} are enabled"
    assert f"{counted}: 1 are missing (a_new_tool)." in finding.what
    assert "azd deploy" in finding.cure


async def test_tools_that_are_shown_and_not_enabled_are_named(visit: Visit):
    enabled = [name for name in visit.app.tools or () if name != "graph_send_email"]
    visit.app = replace(visit.app, tools=tuple(enabled))

    finding = await visit.found("tools")

    assert "1 are there that are not enabled (graph_send_email)" in finding.what
    assert "ENABLE_WRITE_TOOLS" in finding.cure


async def test_without_the_settings_nobody_can_say_whether_the_tools_are_all(visit: Visit):
    visit.app = replace(visit.app, tools=None)

    finding = await visit.found("tools")

    assert "unknown" == finding.outcome
    assert f"The server lists {tool_counts.ALL} tools" in finding.what


@pytest.mark.parametrize("check", SIGNED_IN)
async def test_a_version_1_token_is_the_reason_of_a_401(visit: Visit, check: str):
    visit.change(token_version=1)

    finding = await visit.found(check)

    assert "wrong" == finding.outcome
    assert "refuses the token of a signed-in user: it is of version 1.0" in finding.what
    assert "Mend the checks of the token version" in finding.cure


@pytest.mark.parametrize("check", SIGNED_IN)
async def test_easy_auth_for_another_audience_is_the_reason_of_a_401(visit: Visit, check: str):
    config = replace(
        EasyAuthConfig.local(visit.layout),
        client_id="0badc0de-1111-4222-8333-444455556666",
        allowed_audiences=frozenset(),
    )

    finding = await visit.found(check, config)

    assert "wrong" == finding.outcome
    assert "so Easy Auth is set up for others" in finding.what
    assert f"an allowed token audience {organisation().server_client_id}" in finding.cure


@pytest.mark.parametrize("check", SIGNED_IN)
async def test_a_client_easy_auth_does_not_allow_is_named(visit: Visit, check: str):
    config = replace(EasyAuthConfig.local(visit.layout), allowed_applications=frozenset({VS_CODE}))

    finding = await visit.found(check, config)

    assert ("wrong", "The server does not let a signed-in user in (403).") == (finding.outcome, finding.what)
    assert f"allow requests from {AZURE_CLI}" in finding.cure
    assert "webhookAuthorizationLevel to Anonymous" in finding.cure


async def test_a_client_that_is_not_pre_authorized_cannot_sign_in(visit: Visit):
    visit.change(pre_authorized=[VS_CODE])

    finding = await visit.found("tools")

    assert "unknown" == finding.outcome
    assert "Ana Duarte cannot sign in: AADSTS65001" in finding.what
    assert "Mend the check of the pre-authorized clients first." == finding.cure


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 500}, "A signed-in call was answered 500 with an empty body."),
        ({"status": 200, "body": "<html></html>"}, "A signed-in call was answered 200 with an HTML page."),
        (
            {"status": 200, "headers": {"content-type": "text/event-stream"}, "body": ": nothing\n\n"},
            "A signed-in call was answered 200 with an event stream that holds no message.",
        ),
        (
            {"status": 200, "json": {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no"}}},
            "A signed-in call was answered 200 with a message that holds no result.",
        ),
    ],
    ids=["failure", "page", "empty stream", "error"],
)
async def test_an_answer_that_is_none_is_told_and_nothing_breaks(visit: Visit, fault: dict, said: str):
    fail(visit.layout, "host", {"path": MCP, "method": "POST", **fault})

    finding = await visit.found("tools")

    assert ("wrong", said) == (finding.outcome, finding.what)
    assert "log stream" in finding.cure


async def test_a_get_that_is_answered_otherwise_is_no_mcp_endpoint(visit: Visit):
    fail(visit.layout, "host", {"path": MCP, "method": "GET", "status": 200, "body": "hello"})

    finding = await visit.found("signed_in_get")

    assert "wrong" == finding.outcome
    assert "and not 405" in finding.what
