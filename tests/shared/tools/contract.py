"""Whether what the app asks of Graph and Azure DevOps, and what it is answered, is as published."""

import re
from collections.abc import Container
from functools import cache

import httpx

from local.published_reads import MARK, published_reads
from tests.contract import published


def check_request(api: str, path: str, request: httpx.Request) -> None:
    """Raise AssertionError if no operation of the API is asked for so."""
    found = published.matching(api, request.method, path)
    assert found, f"no published operation is {request.method} {path}"
    problems = {each: each.request_problems(request) for each in found}
    assert [] in problems.values(), f"{request.method} {request.url}: {problems}"


def check_answer(api: str, path: str, request: httpx.Request, response: httpx.Response) -> None:
    """Raise AssertionError if no operation that the request may be of answers so."""
    found = published.matching(api, request.method, path)
    problems = {each: each.answer_problems(response) for each in found if not each.request_problems(request)}
    assert [] in problems.values(), f"{request.method} {request.url} answers: {problems}"


def is_published_read(api: str, request: httpx.Request, path: str) -> bool:
    """Tells whether a request is one of all the reads there are; the descriptions hold those of the tools."""
    if request.method != "GET":
        return False
    reads = published_reads(api)
    found = [reads.find(path, host) for host in {each.host for each in reads.reads}]
    # What is described is held to its description: a build's id is a number.
    return any(each and _places(each.template) not in _described(api) for each in found)


@cache
def _described(api: str) -> frozenset[str]:
    return frozenset(_places(each.path) for each in published.operations(api) if each.method == "GET")


def _places(template: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", template).casefold()


class CheckedTransport(httpx.AsyncBaseTransport):
    """Hands requests on to an app, after holding them against the published descriptions.

    Args:
        inner: Where requests go.
        api: `graph` or `devops`.
        version: What paths begin with that the descriptions leave out.
        misbehaving: The APIs that a test has made misbehave. Their answers are the test's: no check holds.
        reads: The APIs of which a test reads more than the descriptions hold: every published read will do.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        api: str,
        version: str = "",
        misbehaving: Container[str] = (),
        reads: Container[str] = (),
    ) -> None:
        self._inner = inner
        self._api = api
        self._version = version
        self._misbehaving = misbehaving
        self._reads = reads

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The app's answer."""
        path = published.path_of(request, self._version)
        if path.startswith("/_control/"):
            return await self._inner.handle_async_request(request)
        if self._api in self._reads and is_published_read(self._api, request, path):
            return await self._inner.handle_async_request(request)
        check_request(self._api, path, request)
        response = await self._inner.handle_async_request(request)
        if response.is_success and self._api not in self._misbehaving:
            await response.aread()
            if self._api in self._reads and MARK in response.text:
                return response
            check_answer(self._api, path, request, response)
        return response
