"""The named faults, and what is in force of them."""

import pytest

from local.control import Fault
from local.trace.presets import PRESETS, foreign, in_force, preset, switched

FOREIGN = {"path": "/v1.0/me", "method": "GET", "latency": 1.5, "status": 500}


def answered(*faults):
    """Faults as a service lists them."""
    return [vars(Fault(**fault)) for fault in faults]


@pytest.mark.parametrize("named", PRESETS, ids=lambda named: named.key)
def test_each_preset_is_a_fault_that_can_be_switched_on_and_off(named):
    on = switched(named, answered(FOREIGN), on=True)
    off = switched(named, answered(*on), on=False)

    assert in_force(named, answered(*on))
    assert not in_force(named, answered(*off))
    assert answered(FOREIGN) == answered(*off)


def test_the_keys_and_titles_of_presets_differ():
    assert len(PRESETS) == len({each.key for each in PRESETS}) == len({each.title for each in PRESETS})


def test_a_preset_takes_the_place_of_another_one_of_its_service():
    faults = switched(preset("graph-429"), [], on=True)
    faults = switched(preset("graph-reset"), answered(*faults), on=True)

    assert [preset("graph-reset").fault] == faults


def test_a_fault_from_elsewhere_is_told_in_words():
    faults = answered(FOREIGN, preset("graph-429").fault, {"path": "/used-up", "times": 0})

    assert ["GET /v1.0/me: after 1.5 s, status 500"] == foreign("graph", faults)


def test_an_unknown_preset_is_refused_by_its_key():
    with pytest.raises(KeyError, match="no fault 'x'"):
        preset("x")
