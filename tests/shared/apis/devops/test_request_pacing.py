"""Waiting as long as Azure DevOps says on its successful responses."""

import math

import pytest

from shared.apis.devops.request_pacing import LONGEST_WAIT, RequestPacing
from shared.errors import ToolError
from shared.http.messages import Response
from tests.shared.clock import Clock


class Pace:
    """A pacing whose clock and waits a test sees."""

    def __init__(self, time_left: float = math.inf) -> None:
        self.clock = Clock()
        self.waits: list[float] = []
        self.pacing = RequestPacing(clock=self.clock, sleep=self._sleep, time_left=lambda: time_left)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.clock.advance(seconds)


def response(status: int = 200, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"{}")


async def test_the_next_request_waits_and_the_one_after_it_does_not():
    pace = Pace()
    pace.pacing.record("ana", response(retry_after="2.5"))

    await pace.pacing.wait("ana")
    await pace.pacing.wait("ana")

    assert [2.5] == pace.waits


async def test_time_that_has_gone_by_is_not_waited_again():
    pace = Pace()
    pace.pacing.record("ana", response(retry_after="10"))
    pace.clock.advance(9)

    await pace.pacing.wait("ana")

    assert [1.0] == pace.waits


async def test_a_shorter_wait_does_not_end_a_longer_one():
    pace = Pace()
    pace.pacing.record("ana", response(retry_after="10"))
    pace.pacing.record("ana", response(retry_after="1"))

    await pace.pacing.wait("ana")

    assert [10.0] == pace.waits


async def test_one_callers_wait_is_not_anothers():
    pace = Pace()
    pace.pacing.record("ana", response(retry_after="10"))

    await pace.pacing.wait("ben")

    assert [] == pace.waits


@pytest.mark.parametrize(
    "ignored",
    [response(), response(retry_after="soon"), response(429, retry_after="5"), response(retry_after="0")],
)
async def test_what_asks_for_no_wait_makes_none(ignored: Response):
    pace = Pace()
    pace.pacing.record("ana", ignored)

    await pace.pacing.wait("ana")

    assert [] == pace.waits


async def test_no_wait_is_longer_than_the_window_of_the_service():
    pace = Pace()
    pace.pacing.record("ana", response(retry_after="86400"))

    await pace.pacing.wait("ana")

    assert [LONGEST_WAIT] == pace.waits


async def test_a_wait_that_would_outlast_the_call_is_told():
    pace = Pace(time_left=20)
    pace.pacing.record("ana", response(retry_after="30"))

    with pytest.raises(ToolError) as told:
        await pace.pacing.wait("ana")

    assert ("throttled", 30.0, []) == (told.value.code, told.value.retry_after, pace.waits)
