from tests.infra.infrastructure import FOLDER, Infrastructure
from tests.infra.mistakes import MISTAKES, OF_TYPES, copied
from tests.infra.rules import RULES


def test_what_a_mistake_changes_stands_there_once():
    times = {each.name: (FOLDER / each.path).read_text().count(each.old) for each in MISTAKES}

    assert {} == {name: count for name, count in times.items() if count != 1}


def test_seeded_mistakes_are_caught(tmp_path, record_property):
    """Each is made in a copy of its own, and counts only if the rule that is meant to sees it."""
    seen = {}
    for place, mistake in enumerate(MISTAKES):
        infrastructure = Infrastructure(mistake.made_in(tmp_path / str(place)))
        seen[mistake.name] = next(RULES[mistake.rule](infrastructure), None)

    missed = [name for name, finding in seen.items() if finding is None]
    record_property("Seeded mistakes", f"caught {len(MISTAKES) - len(missed)} of {len(MISTAKES)}")
    for name, finding in seen.items():
        print(f"  {name}: {finding or 'MISSED'}")

    assert [] == missed
    assert len(MISTAKES) >= 20


def test_the_rules_say_nothing_of_a_copy_without_a_mistake(tmp_path):
    infrastructure = Infrastructure(copied(tmp_path / "infra"))

    assert {} == {
        sentence: found
        for sentence in dict.fromkeys(mistake.rule for mistake in MISTAKES)
        if (found := [*RULES[sentence](infrastructure)])
    }


def test_mistakes_that_only_the_published_types_tell_are_tried():
    assert 5 <= sum(each.rule == OF_TYPES for each in MISTAKES)
