"""Compares two texts by lines, in time bounded whatever the texts hold."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

STEPS_LIMIT = 400_000
"""Comparisons after which the differing middle of two texts is shown as replaced."""
DISTANCE_LIMIT = 800
"""Removed and added lines up to which the shortest difference is looked for; memory grows by the square."""
CONTEXT = 3
_NO_NEWLINE = "\\ No newline at end of file"


class _Block(NamedTuple):
    """Lines that both texts have: where they begin in each, and how many there are."""

    old: int
    new: int
    size: int


def unified_diff(old: str, new: str) -> str:
    """Returns the hunks of a unified diff (POSIX diff -U), empty for equal texts.

    `difflib` takes time by the square of the lines, or worse, for some texts; here such texts come
    as one replaced block, which is a right difference, though not the shortest.
    """
    before, after = _lines(old), _lines(new)
    changes = list(_gaps(_common_blocks(before, after), len(before), len(after)))
    output: list[str] = []
    for group in _grouped(changes):
        start, end = max(0, group[0][0] - CONTEXT), min(len(before), group[-1][1] + CONTEXT)
        new_start = group[0][2] - (group[0][0] - start)
        new_end = group[-1][3] + (end - group[-1][1])
        output.append(f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@")
        at = start
        for old_from, old_to, new_from, new_to in group:
            output += _marked(" ", before, at, old_from)
            output += _marked("-", before, old_from, old_to)
            output += _marked("+", after, new_from, new_to)
            at = old_to
        output += _marked(" ", before, at, end)
    return "\n".join(output)


def _lines(text: str) -> list[str]:
    """Returns lines with their ends, so that a last line without one differs from one with it."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _marked(mark: str, lines: Sequence[str], start: int, end: int) -> Iterator[str]:
    for line in lines[start:end]:
        yield mark + line.removesuffix("\n")
        if not line.endswith("\n"):
            yield _NO_NEWLINE


def _range(start: int, end: int) -> str:
    """Returns a range as unified diffs write it: an empty one names the line before it."""
    length = end - start
    return f"{start + 1 if length else start},{length}" if length != 1 else str(start + 1)


def _grouped(changes: Sequence[tuple[int, int, int, int]]) -> Iterator[list[tuple[int, int, int, int]]]:
    """Yields changes whose context touches, together."""
    group: list[tuple[int, int, int, int]] = []
    for each in changes:
        if group and each[0] - group[-1][1] > 2 * CONTEXT:
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _gaps(blocks: Sequence[_Block], old_size: int, new_size: int) -> Iterator[tuple[int, int, int, int]]:
    """Yields what lies between common blocks: from and to in the old text, and in the new one."""
    old = new = 0
    for block in [*blocks, _Block(old_size, new_size, 0)]:
        if block.old > old or block.new > new:
            yield old, block.old, new, block.new
        old, new = block.old + block.size, block.new + block.size


def _common_blocks(old: Sequence[str], new: Sequence[str]) -> list[_Block]:
    shortest = min(len(old), len(new))
    head = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    rest = shortest - head
    tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    middle = _matches(old[head : len(old) - tail], new[head : len(new) - tail])
    blocks = [_Block(0, 0, head)]
    for x, y in [(head + x, head + y) for x, y in middle]:
        last = blocks[-1]
        if (x, y) == (last.old + last.size, last.new + last.size):
            blocks[-1] = _Block(last.old, last.new, last.size + 1)
        else:
            blocks.append(_Block(x, y, 1))
    blocks.append(_Block(len(old) - tail, len(new) - tail, tail))
    return [each for each in blocks if each.size]


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Returns the pairs of lines a shortest difference keeps (Myers, "An O(ND) Difference Algorithm", 1986).

    None where it is too far to look for.
    """
    reached, trace, steps = {1: 0}, [], 0
    for distance in range(min(len(old) + len(new), DISTANCE_LIMIT) + 1):
        trace.append(dict(reached))
        for diagonal in range(-distance, distance + 1, 2):
            down = diagonal == -distance or (
                diagonal != distance and reached[diagonal - 1] < reached[diagonal + 1]
            )
            x = reached[diagonal + 1] if down else reached[diagonal - 1] + 1
            start = x
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            reached[diagonal] = x
            steps += 1 + x - start
            if x >= len(old) and x - diagonal >= len(new):
                return _kept(trace, len(old), len(new))
        if steps > STEPS_LIMIT:
            return []
    return []


def _kept(trace: Sequence[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    """Returns the pairs on the way back from the end."""
    pairs: list[tuple[int, int]] = []
    for distance in range(len(trace) - 1, -1, -1):
        reached, diagonal = trace[distance], x - y
        down = diagonal == -distance or (
            diagonal != distance and reached[diagonal - 1] < reached[diagonal + 1]
        )
        before = diagonal + 1 if down else diagonal - 1
        from_x = reached[before] if distance else 0
        from_y = from_x - before if distance else 0
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = from_x, from_y
    return pairs[::-1]
