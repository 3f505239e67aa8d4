"""Counts the mutants of mutmut's last run, and names the survivors that docs/mutants.md gives no reason for.

It runs in mutmut's own environment: `make mutants` does both. With `--all` it lists every survivor.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

_TEXT = re.compile(r'"([^"]*)"')
ROOT = Path(__file__).parents[2]
REASONS = ROOT / "docs" / "mutants.md"
UNCAUGHT = ("survived", "no tests", "suspicious")


def mutants(room: str) -> Iterator[tuple[Path, str, str]]:
    """Yields path, name and outcome of each mutant."""
    for meta in sorted((ROOT / "mutants" / "shared").rglob("*.py.meta")):
        path = meta.relative_to(ROOT / "mutants").with_suffix("")
        if path.parts[1].startswith(room):
            for name, code in json.loads(meta.read_text())["exit_code_by_key"].items():
                yield path, name, status_by_exit_code[code]


def is_wording(changed: str) -> bool:
    """Tells whether a mutant changed nothing but the case or the ends of a sentence."""
    before, _, after = changed.partition(": ")[2].partition(" → ")
    bare = after.replace('"XX', '"').replace('XX"', '"')
    return bare.casefold() == before.casefold() and all(" " in each.strip() for each in _TEXT.findall(before))


def change(path: Path, name: str) -> str:
    """Returns a mutant in one line: file, function, and the line before and after."""
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    before, after = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in ("-", "+")
    )
    function = (
        name.rpartition("__mutmut_")[0].rpartition(".")[2].removeprefix("x_").strip("ǁx").replace("ǁ", ".")
    )
    return f"{path.relative_to('shared')} {function}: {before} → {after}".rstrip()


def main(room: str, *, everything: bool) -> int:
    """Prints the counts of each room and the survivors; returns 1 if one has no reason."""
    reasons = REASONS.read_text()
    counts: dict[str, Counter[str]] = {}
    unexplained = []
    for path, name, what in mutants(room):
        counts.setdefault(path.parts[1], Counter())[what] += 1
        if what in UNCAUGHT:
            line = change(path, name)
            if is_wording(line):
                counts[path.parts[1]]["of them in wording alone"] += 1
            elif everything or f"`{line}`" not in reasons:
                unexplained.append(f"{name.rpartition('_')[2]:>4} {line}")
    for each, count in counts.items():
        print(
            f"{each}: {sum(count.values()) - count['of them in wording alone']} mutants, "
            + ", ".join(f"{n} {what}" for what, n in count.items())
        )
    print(*unexplained, sep="\n")
    return 1 if unexplained and not everything else 0


if __name__ == "__main__":
    arguments = [each for each in sys.argv[1:] if each != "--all"]
    sys.exit(main(*(arguments or [""]), everything="--all" in sys.argv))
