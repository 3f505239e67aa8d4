"""Lists of Graph that are read to their end, and lists merged from several, page by page."""

from typing import Any, cast

import httpx
import pytest

from shared.apis.graph.graph_client import Graph
from shared.apis.models import GraphModel
from shared.entra.delegated_access import DelegatedAccess
from shared.errors import ToolError
from shared.http.http_client import Http
from shared.results.paging import Cursors


class Item(GraphModel):
    id: str


class Access:
    """Stands where tokens come from."""

    async def token(self) -> str:
        return "token"


def graph_of(pages: list[list[str]], requests: list[httpx.Request] | None = None) -> Graph:
    """A Graph whose only collection has these pages."""

    def answer(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        number = int(request.url.params.get("$skiptoken", 0))
        body: dict[str, Any] = {"value": [{"id": each} for each in pages[number]]}
        if number + 1 < len(pages):
            body["@odata.nextLink"] = f"https://graph.test/v1.0/items?$skiptoken={number + 1}"
        return httpx.Response(200, json=body)

    http = Http(lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    cursors = Cursors(b"key", "tenant/user")
    return Graph(http, cast(DelegatedAccess, Access()), endpoint="https://graph.test", cursors=cursors)


async def test_every_page_is_read_also_past_an_empty_one():
    items, whole = await graph_of([["a", "b"], [], ["c"]]).list_all(Item, "/items", most=10)

    assert (["a", "b", "c"], True) == ([each.id for each in items], whole)


@pytest.mark.parametrize("pages", [[["a", "b"], ["c"]], [["a", "b", "c"]]])
async def test_reading_stops_at_the_most_and_says_so(pages: list[list[str]]):
    requests: list[httpx.Request] = []
    items, whole = await graph_of(pages, requests).list_all(Item, "/items", most=2)

    assert (["a", "b"], False) == ([each.id for each in items], whole)
    assert 1 == len(requests)


async def test_as_many_as_the_most_and_no_more_are_the_whole():
    items, whole = await graph_of([["a", "b"]]).list_all(Item, "/items", most=2)

    assert (2, True) == (len(items), whole)


async def test_parts_of_a_list_joined_are_the_list():
    graph, items = graph_of([[]]), [Item(id=str(number)) for number in range(5)]
    first = graph.paginate(items, "list", limit=2)
    second = graph.paginate(items, "list", limit=2, cursor=first.next_cursor)
    third = graph.paginate(items, "list", limit=2, cursor=second.next_cursor)

    assert items == first.items + second.items + third.items
    assert [(False, "There are more."), (False, "There are more."), (True, None)] == [
        (page.complete, page.note) for page in (first, second, third)
    ]


async def test_a_part_of_another_list_is_refused():
    graph, items = graph_of([[]]), [Item(id=str(number)) for number in range(5)]
    cursor = graph.paginate(items, "list", limit=2).next_cursor
    with pytest.raises(ToolError) as refused:
        graph.paginate(items, "another list", limit=2, cursor=cursor)

    assert "invalid_argument" == refused.value.code


async def test_a_page_too_long_for_a_result_is_fetched_once():
    requests: list[httpx.Request] = []
    pages = [[f"{number:04}" + "x" * 1_000 for number in range(200)], ["last"]]
    items, whole = await graph_of(pages, requests).list_all(Item, "/items", most=1_000)

    assert (201, True, 2) == (len(items), whole, len(requests))
