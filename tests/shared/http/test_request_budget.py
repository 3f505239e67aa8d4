"""The requests of one call are bounded, whatever a service says there is more of."""

import asyncio

import pytest

from shared.errors import ToolError
from shared.http.request_budget import request_budget, take_request


def test_a_call_has_so_many_requests_and_no_more():
    with request_budget(2):
        take_request("Graph")
        take_request("Graph")
        with pytest.raises(ToolError) as raised:
            take_request("Graph")

    assert ("upstream_error", "request_budget") == (raised.value.code, raised.value.reason)
    take_request("Graph")


async def test_all_tasks_of_a_call_share_them():
    async def task() -> None:
        take_request("Graph")

    with request_budget(2):
        results = await asyncio.gather(*(task() for _ in range(4)), return_exceptions=True)

    assert 2 == sum(isinstance(each, ToolError) for each in results)
