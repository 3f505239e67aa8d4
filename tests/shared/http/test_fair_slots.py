"""Slots in front of an API: bounded in all, and shared fairly among callers."""

import asyncio
from collections import Counter

import pytest

from shared.http.fair_slots import FairSlots

TOTAL = 32


class Crowd:
    """Callers that hold slots until they are told to leave."""

    def __init__(self, total: int = TOTAL) -> None:
        self.slots = FairSlots(total)
        self.holding: Counter[str | None] = Counter()
        self.most: Counter[str | None] = Counter()
        self.tasks: list[tuple[str | None, asyncio.Task[None]]] = []
        self._leave: dict[str | None, asyncio.Event] = {}

    async def come(self, caller: str | None, number: int = 1) -> None:
        """So many requests of a caller begin."""
        self._leave.setdefault(caller, asyncio.Event())
        for _ in range(number):
            self.tasks.append((caller, asyncio.create_task(self._hold(caller))))
        await settle()

    async def leave(self, caller: str | None) -> None:
        """All requests of a caller end."""
        self._leave[caller].set()
        await settle()

    async def _hold(self, caller: str | None) -> None:
        async with self.slots.slot(caller):
            self.holding[caller] += 1
            self.most[caller] = max(self.most[caller], self.holding[caller])
            assert self.holding.total() <= TOTAL
            try:
                await self._leave[caller].wait()
            finally:
                self.holding[caller] -= 1


async def settle() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


@pytest.fixture
async def crowd():
    made = Crowd()
    yield made
    for _, task in made.tasks:
        task.cancel()
    await asyncio.gather(*(task for _, task in made.tasks), return_exceptions=True)


async def test_one_caller_leaves_a_quarter_of_the_slots_to_others(crowd: Crowd):
    await crowd.come("ana", 64)

    assert 24 == crowd.holding["ana"]


async def test_a_newcomer_has_slots_at_once_however_slow_the_others_are(crowd: Crowd):
    await crowd.come("ana", 64)
    await crowd.come("ben", 8)

    assert (24, 8) == (crowd.holding["ana"], crowd.holding["ben"])


async def test_a_freed_slot_goes_to_the_caller_with_the_fewest(crowd: Crowd):
    await crowd.come("ana", 64)
    await crowd.come(None, 8)
    await crowd.come("ben", 12)
    await crowd.come("chiara", 12)
    before = crowd.holding["ben"], crowd.holding["chiara"]
    await crowd.leave(None)

    assert ((0, 0), (4, 4)) == (before, (crowd.holding["ben"], crowd.holding["chiara"]))
    assert 24 == crowd.holding["ana"]


async def test_the_server_itself_has_no_share(crowd: Crowd):
    await crowd.come(None, 64)

    assert TOTAL == crowd.holding[None]


async def test_whoever_waits_gets_a_turn_and_all_slots_come_back(crowd: Crowd):
    for caller in ("ana", "ben", "chiara", "dmitri", None):
        await crowd.come(caller, 40)
    for caller in ("ana", "ben", "chiara", "dmitri", None):
        await crowd.leave(caller)

    assert 200 == sum(task.done() for _, task in crowd.tasks)
    await crowd.come("eve", 64)
    assert 24 == crowd.holding["eve"]


async def test_a_cancelled_wait_takes_no_slot(crowd: Crowd):
    await crowd.come("ana", 64)
    for _, task in crowd.tasks:
        task.cancel()
    await settle()
    await crowd.come("ben", 64)

    assert (0, 24) == (crowd.holding["ana"], crowd.holding["ben"])


async def test_a_slot_given_in_the_moment_of_a_cancellation_is_not_lost():
    slots = FairSlots(1)

    async def hold() -> None:
        async with slots.slot(None):
            await asyncio.sleep(0)

    async with slots.slot(None):
        waiting = asyncio.create_task(hold())
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    async with asyncio.timeout(5):
        await hold()


async def test_more_callers_than_slots_still_have_one_each_in_turn():
    crowd = Crowd()
    for number in range(100):
        await crowd.come(f"user-{number}")
    assert TOTAL == crowd.holding.total()
    for number in range(100):
        await crowd.leave(f"user-{number}")

    assert all(task.done() for _, task in crowd.tasks)


async def hold(
    slots: FairSlots, caller: str | None, number: int, entered: Counter[str | None]
) -> asyncio.Event:
    """So many requests of a caller begin and hold what they get until the event is set."""
    leave = asyncio.Event()

    async def request() -> None:
        async with slots.slot(caller):
            entered[caller] += 1
            await leave.wait()

    TASKS.extend(asyncio.create_task(request()) for _ in range(number))
    await settle()
    return leave


TASKS: list[asyncio.Task[None]] = []


@pytest.fixture
async def entered():
    yield Counter()
    for task in TASKS:
        task.cancel()
    await asyncio.gather(*TASKS, return_exceptions=True)
    TASKS.clear()


async def test_slots_given_back_are_no_longer_counted_and_the_others_still_are(
    entered: Counter[str | None],
) -> None:
    slots = FairSlots(8)
    await hold(slots, "ana", 3, entered)
    leave = await hold(slots, "ana", 1, entered)
    leave.set()
    await settle()
    await hold(slots, "ana", 8, entered)

    assert 1 + 6 == entered["ana"]


async def test_a_caller_who_holds_slots_lessens_the_share_of_the_next(entered: Counter[str | None]) -> None:
    slots = FairSlots(8)
    await hold(slots, "ana", 2, entered)
    await hold(slots, "ben", 6, entered)

    assert {"ana": 2, "ben": 3} == entered


@pytest.mark.parametrize("others", [["ben"], ["ben", "cleo"]])
async def test_a_share_that_does_not_come_out_even_is_rounded_down(
    others: list[str], entered: Counter[str | None]
) -> None:
    slots = FairSlots(4)
    for caller in ["ana", *others, "ana"]:
        await hold(slots, caller, 1, entered)

    assert 1 == entered["ana"]


async def test_a_slot_given_to_a_request_that_is_cancelled_just_then_is_not_lost(
    entered: Counter[str | None],
) -> None:
    slots = FairSlots(1)
    leave = await hold(slots, "ana", 1, entered)
    await hold(slots, "ben", 1, entered)
    waiting = TASKS[-1]
    leave.set()
    await asyncio.sleep(0)
    waiting.cancel()
    await settle()
    await hold(slots, "ben", 1, entered)

    assert {"ana": 1, "ben": 1} == entered


async def test_a_request_cancelled_while_it_waits_ends_as_cancelled(entered: Counter[str | None]) -> None:
    slots = FairSlots(1)
    leave = await hold(slots, "ana", 1, entered)
    await hold(slots, "ben", 1, entered)
    waiting = TASKS[-1]
    leave.set()
    waiting.cancel()
    (outcome,) = await asyncio.gather(waiting, return_exceptions=True)

    assert isinstance(outcome, asyncio.CancelledError)
