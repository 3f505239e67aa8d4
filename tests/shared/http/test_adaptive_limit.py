"""AdaptiveLimit as responses and refusals come."""

import pytest

from shared.http.adaptive_limit import (
    CALLERS,
    FIRST,
    LEAST,
    MOST,
    SHRINK,
    SHRINK_SECONDS,
    SIGN_SECONDS,
    TOLERANCE,
    AdaptiveLimit,
)
from tests.shared.clock import Clock


@pytest.fixture
def limit(clock: Clock) -> AdaptiveLimit:
    return AdaptiveLimit(clock=clock)


def answers(limit: AdaptiveLimit, number: int, seconds: float = 0.06, *, is_short: bool = True) -> None:
    for _ in range(number):
        limit.answered(seconds, is_short=is_short)


def refuse(limit: AdaptiveLimit, *callers: str | None) -> None:
    for caller in callers:
        limit.overloaded(caller)


def test_it_begins_in_the_middle(limit: AdaptiveLimit) -> None:
    assert FIRST == limit.value


def test_it_grows_by_one_for_each_response_up_to_the_most(limit: AdaptiveLimit) -> None:
    answers(limit, 10)
    grown = limit.value
    answers(limit, 10 * MOST)

    assert (FIRST + 10, MOST) == (grown, limit.value)


def test_it_does_not_grow_while_nobody_waits(limit: AdaptiveLimit) -> None:
    answers(limit, 100, is_short=False)

    assert FIRST == limit.value


def test_it_does_not_grow_while_responses_take_longer_than_usual(limit: AdaptiveLimit) -> None:
    answers(limit, 10)
    answers(limit, 30, 0.06 * TOLERANCE * 2)
    before = limit.value
    answers(limit, 30, 0.06 * TOLERANCE * 2)

    assert before == limit.value < FIRST + 40


def test_it_grows_again_once_responses_come_as_usual(limit: AdaptiveLimit) -> None:
    answers(limit, 10)
    answers(limit, 60, 0.3)
    before = limit.value
    answers(limit, 60)

    assert limit.value > before


def test_it_shrinks_by_a_quarter_when_several_callers_are_refused(limit: AdaptiveLimit) -> None:
    answers(limit, 100 - FIRST)
    refuse(limit, "ana", "ben")

    assert int(100 * SHRINK) == limit.value


def test_the_servers_own_refusal_says_enough(limit: AdaptiveLimit) -> None:
    refuse(limit, None)

    assert int(FIRST * SHRINK) == limit.value


def test_one_callers_refusals_change_nothing(limit: AdaptiveLimit, clock: Clock) -> None:
    for _ in range(50):
        refuse(limit, "ana")
        clock.advance(SHRINK_SECONDS)

    assert FIRST == limit.value


def test_refusals_far_apart_are_no_sign(limit: AdaptiveLimit, clock: Clock) -> None:
    refuse(limit, "ana")
    clock.advance(SIGN_SECONDS)
    refuse(limit, "ben")

    assert FIRST == limit.value


def test_a_burst_of_refusals_counts_once(limit: AdaptiveLimit, clock: Clock) -> None:
    refuse(limit, *(f"user{number}" for number in range(CALLERS * 20)))
    once = limit.value
    clock.advance(SHRINK_SECONDS)
    refuse(limit, *(f"user{number}" for number in range(CALLERS)))

    assert (int(FIRST * SHRINK), int(FIRST * SHRINK * SHRINK)) == (once, limit.value)


def test_it_never_shrinks_below_the_least(limit: AdaptiveLimit, clock: Clock) -> None:
    for _ in range(50):
        refuse(limit, "ana", "ben")
        clock.advance(SHRINK_SECONDS)

    assert LEAST == limit.value


def test_where_it_once_was_too_much_it_grows_slowly(limit: AdaptiveLimit) -> None:
    answers(limit, 100 - FIRST)
    refuse(limit, "ana", "ben")
    shrunk = limit.value
    answers(limit, shrunk + 2)

    assert shrunk + 1 == limit.value
