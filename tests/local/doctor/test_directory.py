"""Reads of the directory that do not go well."""

import httpx
import pytest

from local.doctor.check_result import CannotCheckError
from local.doctor.directory import Directory

GRAPH = "https://graph.test"


class Tokens:
    def __init__(self) -> None:
        self.asked = 0

    async def graph_token(self) -> str:
        self.asked += 1
        return "the token"

    async def server_token(self, scope: str) -> str:
        raise NotImplementedError(scope)


def directory(
    *answers: httpx.Response, tokens: Tokens | None = None
) -> tuple[Directory, list[httpx.Request]]:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answers[len(requests) - 1]

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Directory(http, GRAPH, tokens or Tokens(), "client"), requests


@pytest.mark.parametrize(
    ("answer", "said", "cure"),
    [
        (
            httpx.Response(403, json={"error": {}}),
            "does not let you read this: it answered 403",
            "Directory Readers",
        ),
        (
            httpx.Response(401, json={"error": {}}),
            "does not let you read this: it answered 401",
            "Directory Readers",
        ),
        (httpx.Response(503, json={"error": {}}), "answered 503 with application/json", "Try again"),
        (httpx.Response(200, html="<title>Proxy</title>"), 'an HTML page titled "Proxy"', "Try again"),
        (
            httpx.Response(302, headers={"location": "https://proxy.test/"}),
            "sends the caller to https://proxy.test/",
            "",
        ),
    ],
    ids=["forbidden", "unauthorized", "down", "page", "redirect"],
)
async def test_what_graph_does_not_tell_is_why_it_cannot_be_checked(
    answer: httpx.Response, said: str, cure: str
):
    reads, _ = directory(answer)

    with pytest.raises(CannotCheckError) as raised:
        await reads.application()

    assert said in str(raised.value)
    assert cure in raised.value.cure


async def test_a_graph_out_of_reach_is_why_it_cannot_be_checked():
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("too slow", request=request)

    http = httpx.AsyncClient(transport=httpx.MockTransport(fail))

    with pytest.raises(CannotCheckError, match=r"graph\.test did not answer within"):
        await Directory(http, GRAPH, Tokens(), "client").me()


async def test_lists_are_read_to_their_end_and_the_token_goes_to_graph_alone():
    reads, requests = directory(
        httpx.Response(200, json={"value": [{"id": "1"}], "@odata.nextLink": f"{GRAPH}/v1.0/next"}),
        httpx.Response(
            200, json={"value": [{"id": "2"}], "@odata.nextLink": "https://elsewhere.test/v1.0/next"}
        ),
    )

    found = await reads.permission_grants("a'b")

    assert [{"id": "1"}, {"id": "2"}] == found
    assert ["graph.test", "graph.test"] == [request.url.host for request in requests]


async def test_an_object_is_read_once_and_one_sign_in_serves_all_reads():
    tokens = Tokens()
    reads, requests = directory(
        httpx.Response(200, json={"id": "1"}), httpx.Response(404, json={"error": {}}), tokens=tokens
    )

    assert {"id": "1"} == await reads.application() == await reads.application()
    assert await reads.service_principal("none") is None is await reads.service_principal("none")
    assert (2, 1) == (len(requests), tokens.asked)
