"""Runs mutmut over rooms of `shared`, in mutmut's own environment.

mutmut runs mutants anew that it is given by name, so a choice by name could not go on where it stopped.
`--again` runs the survivors anew, as tests may have been added.
"""

import sys
from typing import Any

from mutmut import __main__ as mutmut

UNCAUGHT = (0, 33)
"""mutmut's exit codes of a mutant that no test caught, or no test reaches."""


def main(rooms: list[str], *, jobs: int, again: bool) -> None:
    """Runs the mutants of these rooms, or of all, that have no result yet."""
    collect = mutmut.collect_source_file_mutation_data

    def collect_rooms(**arguments: Any) -> tuple[list[Any], Any]:
        mutants, data = collect(**arguments)
        chosen = [each for each in mutants if not rooms or each[1].split(".")[1] in rooms]
        return [(*each[:2], None if again and each[2] in UNCAUGHT else each[2]) for each in chosen], data

    mutmut.collect_source_file_mutation_data = collect_rooms
    mutmut._run((), jobs)


if __name__ == "__main__":
    words = sys.argv[1:]
    named = [each for each in words if not each.startswith("--")]
    main(named[1:], jobs=int(named[0]), again="--again" in words)
