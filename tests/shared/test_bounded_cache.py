"""A cache that stays within its limits and serves nothing that has ended."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.bounded_cache import BoundedCache
from tests.shared.clock import Clock


def cache(clock: Clock, *, max_entries: int = 3, max_bytes: int = 100) -> BoundedCache[str, str]:
    return BoundedCache(max_entries=max_entries, max_bytes=max_bytes, clock=clock)


def test_what_was_put_is_there_until_its_end(clock: Clock) -> None:
    kept = cache(clock)
    kept.put("a", "first", ends_at=clock.now + 10, size=1)

    clock.advance(9.9)
    before = kept.get("a")
    clock.advance(0.1)
    after = kept.get("a")

    assert ("first", None) == (before, after)
    assert (0, 0) == (len(kept), kept.size)


def test_the_least_recently_used_leaves_first(clock: Clock) -> None:
    kept = cache(clock)
    for key in "abc":
        kept.put(key, key, ends_at=clock.now + 10, size=1)
    kept.get("a")

    kept.put("d", "d", ends_at=clock.now + 10, size=1)

    assert ["a", None, "c", "d"] == [kept.get(key) for key in "abcd"]


def test_large_entries_push_out_as_many_as_they_need(clock: Clock) -> None:
    kept = cache(clock)
    for key in "abc":
        kept.put(key, key, ends_at=clock.now + 10, size=40)

    assert [None, "b", "c"] == [kept.get(key) for key in "abc"]
    assert 80 == kept.size


def test_what_never_fits_or_has_ended_is_not_kept_and_replaces_what_was(clock: Clock) -> None:
    kept = cache(clock)
    for key in "ab":
        kept.put(key, "old", ends_at=clock.now + 10, size=1)

    kept.put("a", "too large", ends_at=clock.now + 10, size=101)
    kept.put("b", "ended", ends_at=clock.now, size=1)

    assert [None, None] == [kept.get(key) for key in "ab"]
    assert 0 == kept.size


def test_a_new_value_takes_the_place_of_the_old_one(clock: Clock) -> None:
    kept = cache(clock)
    kept.put("a", "old", ends_at=clock.now + 10, size=30)
    kept.put("a", "new", ends_at=clock.now + 20, size=20)

    clock.advance(15)

    assert "new" == kept.get("a")
    assert (1, 20) == (len(kept), kept.size)


def test_discarding_what_is_not_there_does_nothing(clock: Clock) -> None:
    kept = cache(clock)
    kept.put("a", "a", ends_at=clock.now + 10, size=5)

    kept.discard("b")
    kept.discard("a")

    assert (0, 0) == (len(kept), kept.size)


@dataclass(frozen=True)
class Step:
    """What is done next: a put (size and lifetime given), or a get; time goes on first."""

    key: str
    seconds: int
    size: int | None
    lifetime: int


STEPS = st.lists(
    st.builds(
        Step,
        key=st.sampled_from("abcde"),
        seconds=st.integers(0, 5),
        size=st.none() | st.integers(0, 60),
        lifetime=st.integers(-1, 12),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_no_history_breaks_a_limit_or_brings_back_what_ended(steps: list[Step]) -> None:
    """Against a model: a list of entries, oldest use first."""
    clock = Clock()
    kept: BoundedCache[str, int] = cache(clock)  # type: ignore[assignment]
    model: list[tuple[str, int, float, int]] = []
    for number, step in enumerate(steps):
        clock.advance(step.seconds)
        found = next((entry for entry in model if entry[0] == step.key), None)
        model = [entry for entry in model if entry[0] != step.key]
        if step.size is None:
            expected = None
            if found and found[2] > clock.now:
                expected = found[1]
                model.append(found)
            assert expected == kept.get(step.key)
        else:
            ends_at = clock.now + step.lifetime
            kept.put(step.key, number, ends_at=ends_at, size=step.size)
            if step.lifetime > 0:
                model.append((step.key, number, ends_at, step.size))
            while len(model) > 3 or sum(entry[3] for entry in model) > 100:
                model.pop(0)
        assert len(kept) == len(model)
        assert kept.size == sum(entry[3] for entry in model)
        assert len(kept) <= 3
        assert kept.size <= 100
