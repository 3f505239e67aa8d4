"""Requests for single resources of Graph: where they go, and what they say."""

from typing import cast

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


def graph_of(requests: list[httpx.Request], status: int = 200) -> Graph:
    """A Graph that answers every request alike."""

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        body = {"id": "1", "value": [{"id": "1"}], "@odata.nextLink": f"{request.url}&$skiptoken=1"}
        return httpx.Response(status, json={} if status >= 400 else body)

    http = Http(lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    cursors = Cursors(b"key", "tenant/user")
    return Graph(http, cast(DelegatedAccess, Access()), endpoint="https://graph.test", cursors=cursors)


async def test_in_a_mailbox_me_is_that_mailbox_and_nothing_else_is() -> None:
    requests: list[httpx.Request] = []
    own = graph_of(requests)
    there = own.in_mailbox("it/team@contoso.com")

    await there.get(Item, "/me/messages/{}", "A/B")
    await there.get(Item, "/users/{}/presence", "me")
    await there.get(Item, "/meetings")
    await own.get(Item, "/me/messages/{}", "A/B")

    assert [
        "/v1.0/users/it%2Fteam%40contoso.com/messages/A%2FB",
        "/v1.0/users/me/presence",
        "/v1.0/meetings",
        "/v1.0/me/messages/A%2FB",
    ] == [each.url.raw_path.decode().partition("?")[0] for each in requests]


async def test_a_cursor_of_one_mailbox_is_none_of_another() -> None:
    own = graph_of([])
    page = await own.in_mailbox("a@contoso.com").page(Item, "/me/messages", limit=1)

    for other in (own, own.in_mailbox("b@contoso.com")):
        with pytest.raises(ToolError) as refused:
            await other.page(Item, "/me/messages", limit=1, cursor=page.next_cursor)

        assert "invalid_argument" == refused.value.code


async def test_a_deletion_names_the_version_that_was_read() -> None:
    requests: list[httpx.Request] = []

    await graph_of(requests, status=204).delete("/drives/{}/items/{}", "d", "i", version='"1"')
    await graph_of(requests, status=204).delete("/drives/{}/items/{}", "d", "i")
    with pytest.raises(ToolError):
        await graph_of(requests, status=404).delete("/drives/{}/items/{}", "d", "i")

    assert ["DELETE"] * 3 == [each.method for each in requests]
    assert ['"1"', None, None] == [each.headers.get("if-match") for each in requests]
