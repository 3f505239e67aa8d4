import difflib
import random
import subprocess
import time
from pathlib import Path

import pytest

from shared.text.line_diff import DISTANCE_LIMIT, unified_diff


def text_of(lines: list[str], end: str) -> str:
    return "\n".join(lines) + (end if lines else "")


@pytest.mark.parametrize("seed", range(60))
def test_patch_makes_the_new_text_of_the_old_one(tmp_path: Path, seed: int):
    chance = random.Random(seed)
    letters = chance.choice(["ab", "abcdefgh"])
    old = [chance.choice(letters) for _ in range(chance.randint(0, 30))]
    new = list(old)
    for _ in range(chance.randint(1, 6)):
        if new and chance.random() < 0.5:
            new.pop(chance.randrange(len(new)))
        else:
            new.insert(chance.randint(0, len(new)), chance.choice(letters))
    before, after = (text_of(each, chance.choice(["", "\n"])) for each in (old, new))
    diff = unified_diff(before, after)
    (tmp_path / "old").write_text(before)
    command = ["patch", "-s", "-o", str(tmp_path / "new"), str(tmp_path / "old")]
    if diff:
        subprocess.run(command, input=f"--- a\n+++ b\n{diff}\n", text=True, check=True)
        assert (tmp_path / "new").read_text() == after
    else:
        assert before == after


def test_it_is_what_difflib_shows_of_an_ordinary_change():
    old = [f"line {number}" for number in range(60)]
    new = [*old[:20], "changed", *old[21:40], "added", *old[40:]]
    expected = list(difflib.unified_diff(old, new, lineterm=""))[2:]

    assert expected == unified_diff("\n".join(old), "\n".join(new)).split("\n")


def test_a_missing_newline_at_the_end_is_said():
    assert "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file" == unified_diff("a\n", "a")


def test_the_empty_text_has_no_lines():
    assert "@@ -0,0 +1 @@\n+a" == unified_diff("", "a\n")
    assert "@@ -1 +0,0 @@\n-a" == unified_diff("a\n", "")
    assert "" == unified_diff("a\n", "a\n")


@pytest.mark.parametrize("kind", ["unlike", "alternating", "few letters"])
def test_hostile_texts_take_seconds_at_most(kind: str):
    chance = random.Random(1)
    old, new = {
        "unlike": ([str(n) for n in range(9_000)], [str(-n - 1) for n in range(9_000)]),
        "alternating": (["a", "b"] * 10_000, ["b", "a", "a"] * 7_000),
        "few letters": tuple([chance.choice("ab") for _ in range(20_000)] for _ in range(2)),
    }[kind]
    begun = time.thread_time()
    diff = unified_diff("\n".join(old), "\n".join(new))

    assert time.thread_time() - begun < 8
    assert diff.count("\n-") > DISTANCE_LIMIT / 4
