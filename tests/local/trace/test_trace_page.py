"""The page of a running tenant, by what it serves: calls as they happen, faults, users, and never a token."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import trace
from local.mcp_client import connected
from local.organisation import organisation
from local.tenant import Tenant
from tests.journeys.steps import call_with, fail, issue
from tests.journeys.token_text import token_in
from tests.local.trace.observed import states

TOOL = "graph_get_profile"
FILES = Path(trace.__file__).parent / "page"


class Events:
    """The stream of events that an open page reads; `text` is all that came."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.text = ""
        self.calls: dict[int, dict[str, Any]] = {}

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first call that is as wanted."""
        async with asyncio.timeout(30):
            while (found := next(filter(wanted, self.calls.values()), None)) is None:
                kind = await anext(self._lines)
                data = await anext(self._lines)
                self.text += data
                if kind == "event: call":
                    call = json.loads(data.removeprefix("data: "))
                    self.calls[call["number"]] = call
                await anext(self._lines)
        return found


@asynccontextmanager
async def opened(page: httpx.AsyncClient) -> AsyncIterator[Events]:
    """The events of the page, with what is known of earlier calls forgotten."""
    (await page.post("/api/forget")).raise_for_status()
    async with page.stream("GET", "/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Events(response.aiter_lines())


def ended(call: dict[str, Any]) -> bool:
    """Whether a call of the tool is over."""
    return call["name"] == TOOL and call["outcome"] != "running"


def with_tokens(*roles: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a call of the tool is over and all services have told of it: each is read on its own."""
    return lambda call: ended(call) and set(roles) == {token["role"] for token in call["tokens"]}


def telling(words: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a call of the tool is over and some station says this."""
    return lambda call: ended(call) and any(words in each["text"] for each in call["stations"])


async def switch(page: httpx.AsyncClient, key: str, *, on: bool, user: str = "ana") -> dict[str, bool]:
    """Which switches are on after this one was used."""
    answer = await page.post("/api/faults", json={"key": key, "on": on, "user": user})
    assert answer.status_code == 200, answer.text
    return {each["key"]: each["on"] for each in answer.json()["switches"]}


async def called(page: httpx.AsyncClient, user: str = "ana", tool: str = TOOL, **arguments: Any) -> Any:
    """The result of a call through the page."""
    body = {"user": user, "tool": tool, "arguments": arguments}
    return (await page.post("/api/calls", json=body)).raise_for_status().json()


async def test_a_call_of_any_client_appears_while_the_page_is_open(tenant: Tenant, page: httpx.AsyncClient):
    async with opened(page) as events, connected(tenant.layout, organisation().user("ben")) as (client, _):
        await client.call_tool(TOOL, {})
        call = await events.until(with_tokens("a", "b", "assertion"))

    token_a, token_b, credential = (each["claims"] for each in call["tokens"])
    assert ("Ben Osei", "ok", "made") == (call["user"], call["outcome"], call["exchange"])
    assert organisation().server_client_id == token_a["aud"]
    assert "access_as_user" == token_a["scp"]
    assert "https://graph.microsoft.com" == token_b["aud"]
    assert "User.Read" in token_b["scp"].split()
    assert "api://AzureADTokenExchange" == credential["aud"]
    assert token_a["oid"] == token_b["oid"] != credential["oid"]
    assert {"ok"} == set(states(call).values())


async def test_the_second_call_of_a_sign_in_needs_no_exchange(page: httpx.AsyncClient):
    await page.post("/api/sign-in", json={"user": "ana"})
    first = await called(page)
    async with opened(page) as events:
        second = await called(page)
        call = await events.until(with_tokens("a", "b"))

    assert not first["failed"]
    assert first["structured"] == second["structured"]
    assert "kept" == call["exchange"] == states(call)["exchange"]
    assert ["client", "kept"] == [each["source"] for each in call["tokens"]]


@pytest.mark.parametrize(
    ("key", "code", "station", "words"),
    [
        ("graph-429", "throttled", "api", "a fault answered 429"),
        ("graph-503", "unavailable", "api", "a fault answered 503"),
        ("graph-reset", "unavailable", "api", "a fault reset the connection"),
        ("entra-503", "unavailable", "exchange", "a fault answered 503"),
        ("consent", "consent_required", "exchange", "AADSTS65001"),
        ("policy", "sign_in_required", "exchange", "AADSTS50076"),
    ],
)
async def test_a_fault_switched_on_stops_a_call_where_it_says_and_off_again(page, key, code, station, words):
    on = await switch(page, key, on=True)
    async with opened(page) as events:
        result = await called(page)
        call = await events.until(telling(words))
    off = await switch(page, key, on=False)
    again = await called(page)

    (stopped,) = [each for each in call["stations"] if each["key"] == station]
    assert (True, False) == (on[key], off[key])
    assert (True, "failed", code) == (result["failed"], call["outcome"], call["error"]["code"])
    assert "failed" == stopped["state"]
    assert words in stopped["text"]
    assert not again["failed"]


@pytest.mark.parametrize(("key", "place"), [("graph-slow", "graph"), ("entra-slow", "entra")])
async def test_a_slow_service_is_seen_in_the_waterfall(page: httpx.AsyncClient, key, place):
    await switch(page, key, on=True)
    async with opened(page) as events:
        await called(page)
        call = await events.until(lambda each: ended(each) and "held it back" in str(each["steps"]))
    await switch(page, key, on=False)

    slow = [step for step in call["steps"] if step["place"] == place and step["ms"] > 2000]
    assert "ok" == call["outcome"]
    assert ["a fault held it back for 2 s"] == [step["notes"][0] for step in slow]


async def test_faults_from_elsewhere_are_told_and_all_are_ended_at_once(
    tenant: Tenant, page: httpx.AsyncClient
):
    fail(tenant.layout, "devops", {"path": "/larkspur/*", "status": 418})
    for key in ("graph-429", "entra-slow", "consent", "policy"):
        await switch(page, key, on=True)
    before = (await page.post("/api/faults", json={"key": "graph-503", "on": True, "user": "ana"})).json()
    after = (await page.post("/api/faults/off")).json()

    assert {"graph-503", "entra-slow", "consent", "policy"} == {
        each["key"] for each in before["switches"] if each["on"]
    }
    assert ["Azure DevOps: any method /larkspur/*: status 418"] == before["others"]
    assert [] == after["others"] == [each for each in after["switches"] if each["on"]]
    assert not (await called(page, "hugo"))["failed"]


async def test_users_differ_by_what_they_consented_to(page: httpx.AsyncClient):
    users = [user["alias"] for user in (await page.get("/api/tenant")).json()["users"]]

    assert [user.alias for user in organisation().users] == users
    assert "AADSTS65001" in (await called(page, "dmitri"))["text"]
    assert "Eva Lindqvist" == (await called(page, "eva"))["structured"]["display_name"]


async def test_tools_come_with_their_schemas_and_whether_they_write(page: httpx.AsyncClient):
    tools = {tool["name"]: tool for tool in (await page.get("/api/tools?user=ana")).json()}

    assert (True, False) == (tools["graph_send_email"]["writes"], tools[TOOL]["writes"])
    assert "subject" in tools["graph_send_email"]["schema"]["properties"]


async def test_a_request_that_is_refused_is_shown_with_the_token_it_had(
    tenant: Tenant, page: httpx.AsyncClient
):
    tls = ssl.create_default_context(cafile=str(tenant.layout.ca_file))
    async with opened(page) as events, httpx.AsyncClient(verify=tls, trust_env=False) as http:
        await call_with(http, tenant.layout, issue(tenant.layout, "ana", aud="api://somebody-else"))
        call = await events.until(lambda each: each["outcome"] == "refused")

    assert "Easy Auth refuses it: InvalidAudienceError." == call["stations"][1]["text"]
    assert "api://somebody-else" == call["tokens"][0]["claims"]["aud"]


async def test_calls_of_one_trace_are_apart_and_seen_though_the_client_samples_none(tenant, page):
    tls = ssl.create_default_context(cafile=str(tenant.layout.ca_file))
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}
    async with opened(page) as events, httpx.AsyncClient(verify=tls, trust_env=False, headers=trace) as http:
        token = issue(tenant.layout, "ana")
        await call_with(http, tenant.layout, token)
        first = await events.until(with_tokens("a", "b", "assertion"))
        await call_with(http, tenant.layout, token)
        second = await events.until(lambda each: ended(each) and each["number"] != first["number"])
    async with page.stream("GET", "/events") as response:
        await Events(response.aiter_lines()).until(lambda each: each["number"] == first["number"])

    assert ("made", "kept") == (first["exchange"], second["exchange"])
    assert ["On-behalf-of exchange"] == [
        each["title"] for each in first["steps"] if "xchange" in each["title"]
    ]


async def test_a_service_that_was_restarted_goes_on_to_be_seen(tenant: Tenant, page: httpx.AsyncClient):
    await called(page)
    tenant.stop("graph")
    tenant.start("graph")
    async with opened(page) as events:
        await called(page)
        call = await events.until(with_tokens("a", "b"))

    assert "ok" == call["outcome"]


async def test_nothing_that_is_delivered_holds_a_token(tenant: Tenant, page: httpx.AsyncClient):
    tls = ssl.create_default_context(cafile=str(tenant.layout.ca_file))
    tokens = [issue(tenant.layout, "ana"), issue(tenant.layout, "ben", aud="api://somebody-else")]
    async with opened(page) as events, httpx.AsyncClient(verify=tls, trust_env=False) as http:
        for token in tokens:
            await call_with(http, tenant.layout, token)
            # A token where none belongs: as a tool's name.
            await call_with(http, tenant.layout, tokens[0], token)
        async with connected(tenant.layout, organisation().user("ana")) as (client, journey):
            assert journey.tokens is not None
            tokens.append(journey.tokens.access_token)
            await client.call_tool("get_user_context", {})
            await events.until(lambda call: call["name"] == "get_user_context" and call["outcome"] == "ok")
        results = [str(await called(page, user, "get_user_context")) for user in ("ana", "eva", "dmitri")]
        await events.until(lambda call: call["user"] == "Dmitri Volkov" and call["outcome"] != "running")
    delivered = [events.text, *results]
    for path in ("/", "/api/tenant", "/api/tools?user=ana"):
        delivered.append((await page.get(path)).raise_for_status().text)
    secrets = [tenant.layout.secret("client_secret"), tenant.layout.secret("identity_header")]

    assert events.text.count('"claims"') > 5
    assert "(a token was here)" in events.text
    for text in (*delivered, tenant.log("trace")):
        assert token_in(text) is None
        assert not any(part in text for token in tokens for part in token.split("."))
        assert not any(secret in text for secret in secrets)


async def test_everything_of_the_page_is_its_own(page: httpx.AsyncClient):
    index = (await page.get("/")).text
    files = [path.name for path in FILES.iterdir() if path.name != "page.html"]
    texts = [(await page.get(f"/{file}")).raise_for_status().text for file in files]
    scripts = "".join(text for file, text in zip(files, texts, strict=True) if file.endswith(".js"))
    named = {*re.findall(r'(?:src|href)="/([^"]+)"', index), *re.findall(r'from "\./([\w.]+)"', scripts)}

    assert set(files) == named
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", index + "".join(texts))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", scripts)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/calls", {"user": "ana", "tool": TOOL}),
        ("/api/calls", {"user": "nobody", "tool": TOOL, "arguments": {}}),
        ("/api/calls", {"user": "ana", "tool": TOOL, "arguments": []}),
        ("/api/calls", []),
        ("/api/sign-in", {"user": 1}),
        ("/api/sign-in", {"user": "nobody"}),
        ("/api/faults", {"key": "nothing", "on": True, "user": "ana"}),
        ("/api/faults", {"key": "graph-429", "on": "yes", "user": "ana"}),
    ],
)
async def test_a_request_of_another_form_is_refused_in_words(page: httpx.AsyncClient, path, body):
    answer = await page.post(path, json=body)

    assert 400 == answer.status_code
    assert answer.json()["error"]


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b" " * 1_100_000])
async def test_a_body_that_is_no_request_is_refused(page: httpx.AsyncClient, content):
    headers = {"Content-Type": "application/json"}

    assert 400 == (await page.post("/api/sign-in", content=content, headers=headers)).status_code


async def test_a_form_of_another_page_cannot_be_sent(page: httpx.AsyncClient):
    assert 400 == (await page.post("/api/sign-in", content=b'{"user": "ana"}')).status_code
    assert 403 == (await page.post("/api/faults/off", headers={"Origin": "http://localhost:1"})).status_code
    assert 403 == (await page.get("/events", headers={"Host": "rebound.example"})).status_code


async def test_a_user_who_may_not_sign_in_is_told_why(tenant: Tenant, page: httpx.AsyncClient):
    await page.post("/api/faults/off")
    fail(tenant.layout, "entra", {"path": "*/token", "status": 503})
    answer = await page.post("/api/sign-in", json={"user": "hugo"})
    fail(tenant.layout, "entra")

    assert 502 == answer.status_code
    assert answer.json()["error"]
