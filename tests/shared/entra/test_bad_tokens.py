"""Every bad token meets the same closed door."""

import json
import logging
import re
from collections.abc import Iterable

import pytest

from shared.caller import Caller
from shared.mcp.app_resource import AppPage, PageRead
from shared.mcp.dispatch import Target, dispatch
from shared.mcp.prompt import Prompt, PromptGet, Step
from shared.mcp.resource import Resource, ResourceRead
from shared.mcp.tool_call import ToolCall
from shared.server import Server
from tests.shared.calls import GREET, Greeting, context, error_of, result_of
from tests.shared.entra.bad_tokens import BAD_TOKENS, FORMS, BadToken
from tests.shared.issuer import USER, Issuer, Published

BEFORE_ANY_KEY = {
    "missing",
    "several_tokens",
    "not_bearer",
    "oversized",
    "algorithm",
    "no_kid",
    "foreign_tenant",
}


async def _hello(caller: Caller) -> Greeting:
    return Greeting(object_id=caller.principal.object_id)


_RESOURCE = Resource("hello", "Hello", "Hello.", "sample://hello", "text/plain", {}, "greet", lambda: _hello)
_PROMPT = Prompt("hello", "Hello", "Hello.", (), "greet", "Say hello.", lambda _: [Step("Say it.")])
_PAGE = AppPage("hello", "Hello", "Hello.", ("greet",), lambda: "<!doctype html><title>Hello</title>")
TARGETS: dict[Target, str] = {
    ResourceRead(_RESOURCE, GREET): "sample://hello",
    PromptGet(_PROMPT, {"greet": GREET}): "",
    PageRead(_PAGE): _PAGE.uri,
}
"""What can be asked for besides tools, with its URI."""


def each(bad_tokens: Iterable[BadToken]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "bad", [pytest.param(bad, id=bad.name.replace(" ", "-")) for bad in bad_tokens]
    )


async def test_a_good_token_gets_in(issuer: Issuer, server: Server) -> None:
    """The table below proves something only if this passes."""
    headers = {"Authorization": f"Bearer {issuer.token()}"}

    envelope = await dispatch(ToolCall(GREET), context(headers), lambda: server)

    assert {"object_id": USER} == result_of(envelope)["structuredContent"]


def test_the_table_is_long_and_its_names_are_distinct() -> None:
    names = {bad.name for bad in BAD_TOKENS}

    assert len(BAD_TOKENS) == len(names)
    assert len(names) >= 45


@each(BAD_TOKENS)
async def test_a_bad_token_is_refused_like_every_other(
    bad: BadToken,
    issuer: Issuer,
    server: Server,
    published: Published,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    headers = bad.headers(issuer)

    envelope = await dispatch(ToolCall(GREET), context(headers), lambda: server)

    error = error_of(envelope)
    assert ("sign_in_required", "The access token was not accepted.") == (error["code"], error["message"])
    assert {"code", "message", "remedy"} == error.keys()
    assert ("requestedAccessTokenVersion" in error["remedy"]) == (bad.reason == "version_1")
    assert f"greet: {bad.reason}" in [record.getMessage() for record in caplog.records]
    assert published.fetches <= 1
    assert [] == [part for part in _secrets(headers) if part in caplog.text or part in envelope]


@each(BAD_TOKENS)
async def test_a_bad_token_reads_no_resource_gets_no_prompt_and_no_page(
    bad: BadToken, issuer: Issuer, server: Server, published: Published
) -> None:
    """They take the same way in."""
    headers = bad.headers(issuer)
    sent = json.loads(context(headers))
    answers = [
        await dispatch(target, json.dumps({**sent, "uri": uri}), lambda: server)
        for target, uri in TARGETS.items()
    ]

    for answer in answers:
        assert "The access token was not accepted." in answer
        assert "code: sign_in_required" in answer
        assert [] == [part for part in _secrets(headers) if part in answer]
    assert published.fetches <= 1


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.kind)
async def test_with_a_good_token_each_of_them_is_answered(
    target: Target, issuer: Issuer, server: Server
) -> None:
    """The table above proves something only if this passes."""
    sent = json.loads(context({"Authorization": f"Bearer {issuer.token()}"}))
    answer = await dispatch(target, json.dumps({**sent, "uri": TARGETS[target]}), lambda: server)

    assert "code:" not in answer
    assert answer


async def test_no_token_of_the_table_costs_more_than_one_fetch_of_keys(
    issuer: Issuer, server: Server, published: Published
) -> None:
    for bad in BAD_TOKENS:
        await dispatch(ToolCall(GREET), context(bad.headers(issuer)), lambda: server)

    assert 1 == published.fetches


@each(bad for bad in BAD_TOKENS if bad.reason in BEFORE_ANY_KEY or bad in FORMS)
async def test_what_is_no_token_of_this_tenant_fetches_nothing(
    bad: BadToken, issuer: Issuer, server: Server, published: Published
) -> None:
    envelope = await dispatch(ToolCall(GREET), context(bad.headers(issuer)), lambda: server)

    assert "sign_in_required" == error_of(envelope)["code"]
    assert [] == published.requests


def _secrets(headers: object) -> list[str]:
    """The parts of what a client sent that are long enough to be known again."""
    return [part for part in re.split(r"[^\w-]+", json.dumps(headers)) if len(part) > 24]
