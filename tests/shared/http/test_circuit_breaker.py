"""When a host is left alone, and when it is tried again."""

import pytest

from shared.http.circuit_breaker import COOL_DOWN, FAILURES, CircuitBreaker, Failure
from tests.shared.clock import Clock


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(clock=clock)


def fail(breaker: CircuitBreaker, times: int = FAILURES, kind: Failure = "connection") -> None:
    for _ in range(times):
        breaker.record_failure(kind)


@pytest.mark.parametrize("kind", ["connection", "server", "timeout"])
def test_failures_of_a_kind_in_a_row_leave_a_host_alone(kind: Failure, breaker: CircuitBreaker) -> None:
    fail(breaker, FAILURES - 1, kind)
    before = breaker.seconds_until_retry()
    fail(breaker, 1, kind)

    assert (0, COOL_DOWN) == (before, pytest.approx(breaker.seconds_until_retry()))


def test_kinds_do_not_add_up(breaker: CircuitBreaker) -> None:
    for kind in ("connection", "server", "timeout"):
        fail(breaker, FAILURES - 1, kind)

    assert 0 == breaker.seconds_until_retry()


def test_an_answer_in_between_starts_the_count_anew(breaker: CircuitBreaker) -> None:
    fail(breaker, FAILURES - 1)
    breaker.record_success()
    fail(breaker, FAILURES - 1)

    assert 0 == breaker.seconds_until_retry()


def test_after_a_while_one_goes_first(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker)
    clock.advance(COOL_DOWN)

    assert [0, pytest.approx(COOL_DOWN)] == [breaker.seconds_until_retry(), breaker.seconds_until_retry()]


def test_all_follow_when_the_first_is_answered(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker)
    clock.advance(COOL_DOWN)
    breaker.seconds_until_retry()
    breaker.record_success()

    assert [0, 0] == [breaker.seconds_until_retry(), breaker.seconds_until_retry()]


def test_the_host_is_left_alone_again_when_the_first_fails(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker)
    clock.advance(COOL_DOWN)
    breaker.seconds_until_retry()
    clock.advance(1)
    fail(breaker, 1)

    assert pytest.approx(COOL_DOWN) == breaker.seconds_until_retry()


def test_another_goes_when_the_first_never_comes_back(breaker: CircuitBreaker, clock: Clock) -> None:
    fail(breaker)
    clock.advance(COOL_DOWN)
    breaker.seconds_until_retry()
    clock.advance(COOL_DOWN)

    assert 0 == breaker.seconds_until_retry()


KINDS: tuple[Failure, ...] = ("disconnect", "server", "timeout")


@pytest.mark.parametrize("kind", KINDS)
def test_failures_of_one_caller_alone_open_nothing(kind: Failure, breaker: CircuitBreaker) -> None:
    for _ in range(10 * FAILURES):
        breaker.record_failure(kind, "ana")

    assert 0 == breaker.seconds_until_retry()


@pytest.mark.parametrize("kind", KINDS)
def test_failures_of_two_callers_open_the_circuit(kind: Failure, breaker: CircuitBreaker) -> None:
    for _ in range(FAILURES - 1):
        breaker.record_failure(kind, "ana")
    before = breaker.seconds_until_retry()
    breaker.record_failure(kind, "ben")

    assert (0, pytest.approx(COOL_DOWN)) == (before, breaker.seconds_until_retry())


def test_a_host_that_cannot_be_connected_to_is_everybodys_failure(breaker: CircuitBreaker) -> None:
    for _ in range(FAILURES):
        breaker.record_failure("connection", "ana")

    assert pytest.approx(COOL_DOWN) == breaker.seconds_until_retry()


def test_a_response_to_another_forgets_whose_failures_there_were(breaker: CircuitBreaker) -> None:
    breaker.record_failure("server", "ben")
    breaker.record_success()
    for _ in range(2 * FAILURES):
        breaker.record_failure("server", "ana")

    assert 0 == breaker.seconds_until_retry()
