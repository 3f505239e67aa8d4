"""Searching everything at once, over the demo organisation's data."""

from collections.abc import Sequence
from typing import Any

import pytest

from shared.apis.graph.microsoft_search import SCOPES
from shared.entra.delegated_access import DelegatedAccess
from shared.entra.exchange import DownstreamToken
from shared.entra.on_behalf_of import Assertion
from shared.errors import ToolError
from shared.tools.microsoft365.calendar import graph_get_event
from shared.tools.microsoft365.files import sharepoint_read_file
from shared.tools.microsoft365.list_items import sharepoint_get_list_items
from shared.tools.microsoft365.mail import graph_get_email
from shared.tools.microsoft365.search import graph_search
from tests.shared.tools.mailroom import requests, whole
from tests.shared.tools.played_graph import PlayedGraph
from tests.shared.tools.sandbox import Sandbox

EVERYTHING = ["mail", "events", "files", "list_items", "sites"]


async def refused(sandbox: Sandbox, user: str = "ana", **arguments: Any) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await sandbox.call(graph_search, user=user, **arguments)
    return caught.value


async def test_all_kinds_are_searched_the_best_of_each_in_turn(read_only: Sandbox) -> None:
    page = await read_only.call(graph_search, query="cache", limit=6)

    assert ["mail", "events", "files"] * 2 == [each.kind for each in page.items]
    assert 3 == len([each for each in await requests(read_only) if each["path"].endswith("/search/query")])


@pytest.mark.parametrize(
    ("kind", "query", "title"),
    [
        ("mail", "snet-data-02", "Cache has moved to snet-data-02"),
        ("events", "cache move", "Cache move"),
        ("files", "network-plan", "network-plan.xlsx"),
        ("list_items", "O'Shea", "Passenger O'Shea could not check in"),
        ("sites", "harbour", "Harbour Operations"),
    ],
)
async def test_one_kind_is_searched_alone(read_only: Sandbox, kind: str, query: str, title: str) -> None:
    page = await read_only.call(graph_search, query=query, kinds=[kind])

    assert {kind} == {each.kind for each in page.items}
    assert title in " ".join(each.title for each in page.items)
    assert all(each.web_url and each.id for each in page.items)


async def test_an_excerpt_has_no_marks(read_only: Sandbox) -> None:
    page = await read_only.call(graph_search, query="cache", kinds=["files"])

    assert "cache" in page.items[0].excerpt.casefold()
    assert [] == [each for each in page.items if "<" in each.excerpt]


async def test_what_is_found_can_be_read_by_its_id(read_only: Sandbox) -> None:
    file = (await read_only.call(graph_search, query="supplier-call", kinds=["files"])).items[0]
    item = (await read_only.call(graph_search, query="O'Shea", kinds=["list_items"])).items[0]
    text = await read_only.call(sharepoint_read_file, file=file.id)
    items = await read_only.call(
        sharepoint_get_list_items,
        site=item.site_id,
        list_name=item.list_id,
        where=[{"column": "Title", "value": item.title}],
    )

    assert text.content.text.startswith("Call with Cachewell.")
    assert [item.id] == [each.id for each in items.items]


@pytest.mark.parametrize(
    ("kind", "query", "function", "argument"),
    [
        ("mail", "berth", graph_get_email, "message_id"),
        ("events", "review", graph_get_event, "event_id"),
    ],
)
async def test_mail_and_events_are_read_by_the_ids_of_their_hits(
    read_only: Sandbox, kind: str, query: str, function: Any, argument: str
) -> None:
    hits = (await read_only.call(graph_search, query=query, kinds=[kind], limit=25)).items
    subjects = [(await read_only.call(function, **{argument: each.id})).subject for each in hits]

    assert any(set("-_") & set(each.id) for each in hits)
    assert [each.title for each in hits] == subjects


async def test_pages_go_on_where_each_kind_was_left(read_only: Sandbox) -> None:
    at_once = await whole(read_only, graph_search, query="berth", limit=100)
    in_parts = await whole(read_only, graph_search, query="berth", limit=7)

    assert len(at_once) > 60
    assert len({(each.kind, each.id) for each in in_parts}) == len(in_parts)
    assert {(each.kind, each.id) for each in at_once} == {(each.kind, each.id) for each in in_parts}


async def test_what_is_nowhere_is_not_found(read_only: Sandbox) -> None:
    page = await read_only.call(graph_search, query="zeppelin")

    assert ([], True, None) == (page.items, page.complete, page.next_cursor)


@pytest.mark.parametrize("query", ["O'Brien & Sons #2 (50%)", "../x?$top=1", "a AND", '"open'])
async def test_hostile_words_find_something_or_are_refused_plainly(read_only: Sandbox, query: str) -> None:
    try:
        page = await read_only.call(graph_search, query=query)
    except ToolError as error:
        assert "invalid_argument" == error.code
    else:
        assert page.complete


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"query": " "}, "query:"),
        ({}, "query: is missing"),
        ({"query": "a", "kinds": []}, "kinds:"),
        ({"query": "a", "kinds": ["chats"]}, "kinds.0:"),
        ({"query": "a", "limit": 101}, "limit:"),
        ({"query": "a", "cursor": "nonsense"}, "cursor:"),
    ],
)
async def test_a_bad_argument_is_named_before_anybody_is_asked(
    read_only: Sandbox, arguments: dict[str, Any], named: str
) -> None:
    error = await refused(read_only, **arguments)

    assert "invalid_argument" == error.code
    assert named in error.message
    assert [] == await requests(read_only)


async def test_a_cursor_of_other_words_is_refused(read_only: Sandbox) -> None:
    page = await read_only.call(graph_search, query="berth", limit=3)

    assert "cursor:" in (await refused(read_only, query="gate", limit=3, cursor=page.next_cursor)).message


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 403}, "forbidden"),
        ({"status": 429, "headers": {"Retry-After": "1.5"}}, "throttled"),
        ({"status": 503}, "unavailable"),
        ({"status": 200, "json": {"value": [{"hitsContainers": [{"hits": 1}]}]}}, "upstream_error"),
        (
            {"status": 200, "json": {"value": [{"hitsContainers": [{"hits": [{"resource": {}}]}]}]}},
            "upstream_error",
        ),
    ],
    ids=["403", "429", "503", "other form", "unknown kind"],
)
async def test_what_graph_refuses_is_told(read_only: Sandbox, fault: dict[str, Any], code: str) -> None:
    await read_only.fail("graph", path="/v1.0/*", **fault)

    assert code == (await refused(read_only, query="berth")).code


async def test_without_consent_the_missing_scopes_are_named(read_only: Sandbox) -> None:
    error = await refused(read_only, user="dmitri", query="a", kinds=["files"])

    assert "consent_required" == error.code
    assert "Files.Read.All" in str(error.details)
    assert "Mail.Read" not in str(error.details)


class OneToken:
    """Gives one token with some scopes, and keeps what it was asked for."""

    def __init__(self, scopes: Sequence[str]) -> None:
        self.asked: list[list[str]] = []
        self._scopes = frozenset(scopes)

    async def token(self, _assertion: Assertion, scopes: list[str]) -> DownstreamToken:
        self.asked.append(scopes)
        return DownstreamToken("token", self._scopes, 0)


async def test_only_the_scopes_of_what_is_asked_are_needed(read_only: Sandbox) -> None:
    tokens: Any = OneToken(["Files.Read.All"])
    access = DelegatedAccess(
        tokens,
        Assertion("assertion", "tenant"),
        resource="https://graph.test",
        scopes=sorted(set(SCOPES.values())),
        settings=read_only.settings(),
    )
    token = await access.limited_to([SCOPES["files"]]).token()

    assert "token" == token
    assert [["https://graph.test/Files.Read.All"]] == tokens.asked


async def test_a_hit_without_its_drive_is_known_by_its_address() -> None:
    resource = {
        "@odata.type": "#microsoft.graph.driveItem",
        "id": "01A",
        "name": "Plan.docx",
        "webUrl": "https://contoso.sharepoint.com/sites/finance/Shared%20Documents/Plan.docx",
    }
    hits = [{"hitId": "01A", "rank": 1, "summary": "x", "resource": resource}]
    graph = PlayedGraph(lambda _: {"value": [{"hitsContainers": [{"hits": hits}]}]})

    found = await graph.call(graph_search, query="plan", kinds=["files"])

    assert [resource["webUrl"]] == [each.id for each in found.items]
