"""What a service keeps for the trace page: the last things, in order, and no token."""

import asyncio
import base64
import json
import threading

import pytest

from local.decoded_token import decoded, decoded_bearer
from local.observations import REMOVED, Observations
from local.trace_context import CURRENT, TraceContext
from tests.journeys.token_text import token_in

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


HEADER = {"alg": "RS256", "kid": "k", "typ": "JWT"}
TOKEN = f"{encoded({**HEADER, 'x5t': 'x'})}.{encoded({'aud': 'a'})}.c2lnbmF0dXJl"


@pytest.fixture
def observations() -> Observations:
    return Observations(limit=3)


async def test_a_reader_gets_what_is_new_to_it_in_order(observations):
    observations.add("one", {"fact": 1})
    first, cursor = await observations.after("", 0)
    observations.add("two", {})
    observations.add("three", {})
    second, cursor = await observations.after(cursor, 0)

    assert [("one", 1)] == [(each["event"], each["fact"]) for each in first]
    assert ["two", "three"] == [each["event"] for each in second]
    assert ([], cursor) == await observations.after(cursor, 0)


async def test_no_more_than_the_last_are_kept(observations):
    for number in range(10):
        observations.add(str(number), {})

    assert ["7", "8", "9"] == [each["event"] for each in (await observations.after("", 0))[0]]


@pytest.mark.parametrize("cursor", ["0000.2", "x", "0000.²", "."])
async def test_a_cursor_of_another_start_reads_from_the_beginning(observations, cursor):
    observations.add("one", {})

    assert ["one"] == [each["event"] for each in (await observations.after(cursor, 0))[0]]


async def test_a_reader_that_waits_is_told_at_once_by_another_thread(observations):
    thread = threading.Timer(0.05, observations.add, ("late", {}))
    thread.start()
    async with asyncio.timeout(5):
        found, _ = await observations.after("", 60)

    assert ["late"] == [each["event"] for each in found]


async def test_an_observation_names_the_span_it_was_made_in(observations):
    observations.add("before", {})
    context = CURRENT.set(TraceContext(PARENT))
    observations.add("within", {})
    CURRENT.reset(context)

    found, _ = await observations.after("", 0)
    assert [None, "b7ad6b7169203331"] == [each["caused_by"] for each in found]


async def test_what_looks_like_a_token_is_removed_wherever_it_stands(observations):
    observations.add("event", {"text": f"Bearer {TOKEN}!", "list": [{TOKEN: TOKEN}], "number": 7})

    (found,), _ = await observations.after("", 0)
    assert token_in(json.dumps(found)) is None
    assert not any(part in json.dumps(found) for part in TOKEN.split("."))
    assert (f"Bearer {REMOVED}!", 7) == (found["text"], found["number"])


def test_a_decoded_token_is_its_header_and_claims_alone():
    assert {"header": HEADER, "claims": {"aud": "a"}} == decoded(TOKEN)
    assert decoded(TOKEN) == decoded_bearer(f"Bearer {TOKEN}")


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Basic x",
        "Bearer",
        "Bearer x",
        "Bearer eyJ.e.e",
        f"Bearer {TOKEN[:40]}",
        f"Bearer a.{TOKEN}",
    ],
)
def test_what_is_no_token_decodes_to_nothing(text):
    assert decoded_bearer(text) is None


def test_a_span_of_the_same_trace_has_an_id_of_its_own():
    context = TraceContext(PARENT, "state")
    other = context.with_new_span()

    assert PARENT[:36] == other.parent[:36]
    assert context.span_id != other.span_id
    assert "state" == other.state
