"""KeptResources: whose, and for how long."""

import pytest

from shared.apis.devops.kept_resources import _MOST, KEPT_SECONDS, KeptResources
from shared.apis.models import DevOpsModel
from tests.shared.clock import Clock

URL = "https://api.example/me"


class Person(DevOpsModel):
    """A person."""

    id: str


class Other(DevOpsModel):
    """Something else."""

    id: str


ANA = Person(id="ana")


@pytest.fixture
def kept(clock: Clock) -> KeptResources:
    made = KeptResources(clock=clock)
    made.put(ANA, "tenant/ana", URL)
    return made


def test_a_resource_is_its_callers_at_its_address(kept: KeptResources) -> None:
    found = [
        kept.get(model, caller, url)
        for model, caller, url in [
            (Person, "tenant/ana", URL),
            (Person, "tenant/ben", URL),
            (Person, "tenant/ana", f"{URL}/manager"),
            (Other, "tenant/ana", URL),
        ]
    ]

    assert [ANA, None, None, None] == found


def test_a_resource_is_kept_for_so_long_and_no_longer(kept: KeptResources, clock: Clock) -> None:
    clock.advance(KEPT_SECONDS - 1)
    before = kept.get(Person, "tenant/ana", URL)
    clock.advance(1)

    assert (ANA, None) == (before, kept.get(Person, "tenant/ana", URL))


def test_a_resource_can_be_let_go(kept: KeptResources) -> None:
    kept.discard("tenant/ana", URL)

    assert kept.get(Person, "tenant/ana", URL) is None


def test_only_so_many_are_kept(kept: KeptResources) -> None:
    for number in range(_MOST):
        kept.put(ANA, f"tenant/{number}", URL)

    assert kept.get(Person, "tenant/ana", URL) is None
    assert kept.get(Person, f"tenant/{_MOST - 1}", URL) == ANA
