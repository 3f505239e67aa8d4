"""Writes that wait: what is shown, what confirms them, and what does not."""

import base64
import hashlib
import hmac
import json
import zlib
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.mcp.confirmation import CONFIRMATION_KEY, LIFETIME, Confirmations, Review
from shared.mcp.dispatch import dispatch
from shared.mcp.tool import Tool
from shared.mcp.tool_call import ToolCall
from shared.mcp.toolset import Toolset
from shared.mcp.waiting_call import waiting, waiting_call
from shared.server import Server
from shared.tools import CATALOGUE
from shared.tools.confirming import toolset as confirming
from shared.tools.waiting import CONFIRM, OWN, waits
from tests.shared.calls import context, error_of, result_of
from tests.shared.clock import Clock
from tests.shared.issuer import OTHER_TENANT, TENANT, USER, Issuer

OTHER_USER = "dddddddd-0000-4000-8000-000000000002"
SENT: list[str] = []
toolset = Toolset("posting")


class Posted(BaseModel):
    """What was posted."""

    text: str


@toolset.tool(scopes=[], writes=True)
async def post_note(
    caller: Caller, text: Annotated[str, Field(max_length=2_000_000, description="What to post.")]
) -> Posted:
    """Post a note."""
    SENT.append(f"{caller.principal.object_id}: {text}")
    return Posted(text=text)


(POST,) = toolset
(CONFIRMING,) = confirming


async def no_review(tool: str, caller: Caller, arguments: Any) -> Review | None:
    return None


@pytest.fixture(autouse=True)
def nothing_sent() -> None:
    SENT.clear()


@pytest.fixture
def server(server_with: Any) -> Server:
    return server_with(POST, CONFIRMING, CONFIRM_WRITES="others")  # type: ignore[no-any-return]


async def call(server: Server, issuer: Issuer, target: Any, arguments: Any, **claims: Any) -> str:
    headers = {"Authorization": f"Bearer {issuer.token(**claims)}"}
    return await dispatch(target, context(headers, arguments), lambda: server)


async def ask(server: Server, issuer: Issuer, text: Any = "hello") -> dict[str, Any]:
    """The result of a call that waits."""
    seen = waiting(POST)
    return result_of(await call(server, issuer, waiting_call(seen, no_review), {"text": text}))


async def confirm(server: Server, issuer: Issuer, confirmation: str, **claims: Any) -> str:
    return await call(server, issuer, ToolCall(CONFIRMING), {"confirmation": confirmation}, **claims)


async def test_a_write_that_waits_does_nothing_until_it_is_confirmed(server: Server, issuer: Issuer) -> None:
    result = await ask(server, issuer)
    shown, confirmation = result["structuredContent"], result["_meta"][CONFIRMATION_KEY]

    assert [] == SENT
    assert ("waiting_for_confirmation", "post_note") == (shown["status"], shown["tool"])
    assert {"text": "hello"} == shown["arguments"]
    # The model gets the text and the structured content: neither holds what confirms.
    assert confirmation not in json.dumps([result["content"], shown])
    confirmed = result_of(await confirm(server, issuer, confirmation))
    assert {"tool": "post_note", "result": {"text": "hello"}} == confirmed["structuredContent"]
    assert [f"{USER}: hello"] == SENT


async def test_a_confirmation_is_good_once(server: Server, issuer: Issuer) -> None:
    confirmation = (await ask(server, issuer))["_meta"][CONFIRMATION_KEY]
    await confirm(server, issuer, confirmation)
    again = error_of(await confirm(server, issuer, confirmation))

    assert ("conflict", 1) == (again["code"], len(SENT))
    assert "was used before" in again["message"]


@pytest.mark.parametrize("claims", [{"oid": OTHER_USER}])
async def test_a_confirmation_is_nobody_elses(server: Server, issuer: Issuer, claims: Any) -> None:
    confirmation = (await ask(server, issuer))["_meta"][CONFIRMATION_KEY]
    refused = error_of(await confirm(server, issuer, confirmation, **claims))

    assert ("invalid_argument", []) == (refused["code"], SENT)


@pytest.mark.parametrize("change", ["first", "last", "cut", "other", "text", "encoding"])
async def test_nothing_that_was_changed_confirms(server: Server, issuer: Issuer, change: str) -> None:
    good = (await ask(server, issuer))["_meta"][CONFIRMATION_KEY]
    other = (await ask(server, issuer, "other"))["_meta"][CONFIRMATION_KEY]
    changed = {
        "first": ("B" if good[0] == "A" else "A") + good[1:],
        "last": good[:-8] + "AAAA" + good[-4:],
        "cut": good[:-4],
        "other": good[:44] + other[44:],
        "text": "confirmed",
        "encoding": good + "é",
    }[change]
    refused = error_of(await confirm(server, issuer, changed))

    assert ("invalid_argument", []) == (refused["code"], SENT)


async def test_a_cursor_confirms_nothing(server: Server, issuer: Issuer) -> None:
    """It is signed with a key of the same origin."""
    cursor = server._cursors(principal_of()).seal("q", {"tool": "post_note", "arguments": {"text": "x"}})
    refused = error_of(await confirm(server, issuer, cursor))

    assert ("invalid_argument", []) == (refused["code"], SENT)


def principal_of(tenant: str = TENANT, user: str = USER) -> Principal:
    nothing: frozenset[str] = frozenset()
    return Principal(user, tenant, "client", nothing, nothing, nothing, expires_at=0, _claims={})


def test_a_confirmation_ends(clock: Clock) -> None:
    confirmations = Confirmations(b"k" * 32, clock)
    sealed, expires = confirmations.seal(principal_of(), "post_note", {"text": "x"})
    assert int(clock.now) + LIFETIME == expires.timestamp()
    clock.advance(LIFETIME + 2)

    with pytest.raises(ToolError, match="too old"):
        confirmations.open(principal_of(), sealed)


def test_instances_of_the_app_open_each_others_but_not_another_apps(clock: Clock) -> None:
    sealed, _ = Confirmations(b"k" * 32, clock).seal(principal_of(), "post_note", {"text": "x"})

    assert ("post_note", {"text": "x"}) == Confirmations(b"k" * 32, clock).open(principal_of(), sealed)
    for key, who in ((b"j" * 32, principal_of()), (b"k" * 32, principal_of(OTHER_TENANT))):
        with pytest.raises(ToolError, match="none that was made for you"):
            Confirmations(key, clock).open(who, sealed)


def test_what_is_signed_with_the_apps_own_key_confirms_nothing(clock: Clock) -> None:
    """Other things are signed with that one: confirmations have a key that is derived from it."""
    write = {"tool": "post_note", "arguments": {"text": "x"}, "expires": clock.now + LIFETIME, "nonce": ""}
    payload = zlib.compress(json.dumps(write).encode())
    owner = json.dumps([TENANT, USER]).encode()
    tag = hmac.digest(b"k" * 32, owner + b"\n" + payload, hashlib.sha256)

    with pytest.raises(ToolError, match="none that was made for you"):
        Confirmations(b"k" * 32, clock).open(principal_of(), base64.urlsafe_b64encode(tag + payload).decode())


def test_used_ones_are_forgotten_when_they_have_ended(clock: Clock) -> None:
    confirmations = Confirmations(b"k" * 32, clock)
    for number in range(100):
        confirmations.open(principal_of(), confirmations.seal(principal_of(), "t", {"n": number})[0])
    assert 100 == len(confirmations._used)
    clock.advance(LIFETIME + 2)
    confirmations.open(principal_of(), confirmations.seal(principal_of(), "t", {"n": 0})[0])

    assert 1 == len(confirmations._used)


async def test_wrong_arguments_are_refused_before_anything_waits(server: Server, issuer: Issuer) -> None:
    target = waiting_call(waiting(POST), no_review)

    assert "invalid_argument" == error_of(await call(server, issuer, target, {"words": "x"}))["code"]


async def test_what_is_too_long_to_wait_is_refused(server: Server, issuer: Issuer) -> None:
    target = waiting_call(waiting(POST), no_review)
    refused = error_of(await call(server, issuer, target, {"text": "x" * 1_100_000}))

    assert "too long to be shown for a confirmation" in refused["message"]


async def test_what_a_person_could_not_see_whole_is_refused(server: Server, issuer: Issuer) -> None:
    target = waiting_call(waiting(POST), no_review)
    refused = error_of(await call(server, issuer, target, {"text": "x" * (server.limit_characters + 1)}))

    assert ("invalid_argument", []) == (refused["code"], SENT)
    assert "too long to be shown for a confirmation" in refused["message"]


async def test_lines_of_what_waits_are_kept(server: Server, issuer: Issuer) -> None:
    """Whoever confirms sees a text as it will be sent."""
    shown = (await ask(server, issuer, "one\ntwo\u202e"))["structuredContent"]

    assert {"text": "one\ntwo"} == shown["arguments"]


async def test_the_policy_holds_for_the_tool_that_is_confirmed(server_with: Any, issuer: Issuer) -> None:
    policy = '{"post_note": {"roles": ["Posters"]}}'
    server = server_with(POST, CONFIRMING, CONFIRM_WRITES="others", TOOL_POLICY=policy)
    sealed, _ = server.confirmations.seal(principal_of(), "post_note", {"text": "x"})
    refused = error_of(await confirm(server, issuer, sealed))

    assert ("forbidden", []) == (refused["code"], SENT)
    assert not result_of(await confirm(server, issuer, server.confirmations.seal(
        principal_of(), "post_note", {"text": "x"})[0], roles=["Posters"]))["isError"]  # fmt: skip


async def test_who_may_not_use_a_tool_has_nothing_to_wait_for(server_with: Any, issuer: Issuer) -> None:
    server = server_with(POST, CONFIRMING, TOOL_POLICY='{"post_note": {"roles": ["Posters"]}}')
    target = waiting_call(waiting(POST), no_review)

    assert "forbidden" == error_of(await call(server, issuer, target, {"text": "x"}))["code"]


async def test_a_tool_that_is_not_offered_is_not_confirmed(server_with: Any, issuer: Issuer) -> None:
    server = server_with(CONFIRMING, CONFIRM_WRITES="others")
    sealed, _ = server.confirmations.seal(principal_of(), "post_note", {"text": "x"})

    assert "not_found" == error_of(await confirm(server, issuer, sealed))["code"]


@pytest.mark.parametrize("tool", [tool for tool in CATALOGUE if tool.writes], ids=lambda tool: tool.name)
def test_which_writes_wait(tool: Tool, settings: Any) -> None:
    """What others see waits, a new tool too: `OWN` names what only the user sees."""
    chosen = {
        each: waits(tool, settings.model_copy(update={"confirm_writes": each}))
        for each in ("none", "others", "all")
    }

    assert {"none": False, "others": tool.name not in OWN, "all": tool.name != CONFIRM} == chosen


def test_what_sends_posts_or_invites_waits() -> None:
    outward = [tool.name for tool in CATALOGUE if tool.writes and "send" in tool.name]

    assert outward
    assert not OWN & {*outward, "graph_create_event", "graph_update_mailbox_settings", "devops_trigger_build"}
    assert OWN <= {tool.name for tool in CATALOGUE if tool.writes}


def test_reading_never_waits(settings: Any) -> None:
    everything = settings.model_copy(update={"confirm_writes": "all"})

    assert [] == [tool.name for tool in CATALOGUE if not tool.writes and waits(tool, everything)]
