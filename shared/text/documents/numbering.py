"""Counts the numbers of Word's lists (ECMA-376, part 1, 17.9) as Word does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.text.documents.package import Target, is_on, local_name, local_names
from shared.text.documents.symbols import in_font

LEVELS = 9
_BULLET = "•"


@dataclass(slots=True)
class Level:
    """Holds one level of a list."""

    start: int = 1
    number_format: str = "decimal"
    text: str = ""
    font: str = ""
    is_legal: bool = False
    restart: int | None = None


@dataclass(slots=True)
class _List:
    """Holds a list by its `w:num`: whose levels it has, and which of them begin elsewhere."""

    abstract: str = ""
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)


class Numbering(Target):
    """Holds the lists that a document defines, and how far each has been counted."""

    def __init__(self) -> None:
        self._abstract: dict[str, dict[int, Level]] = {}
        self._lists: dict[str, _List] = {}
        self._links: dict[str, str] = {}
        self._linked: dict[str, str] = {}
        self._counters: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        self._abstract_id = self._list_id = ""
        self._level: Level | None = None
        self._override: int | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Notes a list, a level, or what one says."""
        names = local_names(attributes)
        value = names.get("val", "")
        match local_name(tag):
            case "abstractNum":
                self._abstract_id = names.get("abstractNumId", "")
                self._abstract[self._abstract_id] = {}
            case "num":
                self._list_id = names.get("numId", "")
                self._lists[self._list_id] = _List()
            case "abstractNumId" if self._list_id:
                self._lists[self._list_id].abstract = value
            case "numStyleLink":
                self._links[self._abstract_id] = value
            case "styleLink":
                self._linked[value] = self._abstract_id
            case "lvlOverride":
                self._override = _number(names.get("ilvl"))
            case "startOverride" if self._override is not None and self._list_id:
                self._lists[self._list_id].starts[self._override] = _number(value)
            case "lvl":
                self._begin_level(_number(names.get("ilvl")))
            case name if self._level is not None:
                self._describe(self._level, name, names)

    def end(self, tag: str) -> None:
        """Leaves a list or level."""
        match local_name(tag):
            case "lvl":
                self._level = None
            case "lvlOverride":
                self._override = None
            case "num":
                self._list_id = ""

    def label(self, list_id: str, level: int) -> str:
        """Returns the number or bullet of the next paragraph of a list; empty where it has none."""
        found = self._lists.get(list_id)
        if found is None or not 0 <= level < LEVELS:
            return ""
        abstract = self._resolved(found.abstract)
        levels = {**self._abstract.get(abstract, {}), **found.levels}
        if level not in levels:
            return ""
        counters = self._counters.setdefault(abstract, [None] * LEVELS)
        if list_id not in self._begun:
            self._begun.add(list_id)
            for begun in found.starts:  # it begins anew, though it shares its levels with another list
                counters[begun] = None
        self._count(counters, level, levels, found.starts)
        return _label(levels, level, counters, found.starts)

    def _resolved(self, abstract: str) -> str:
        link = self._links.get(abstract)
        return self._linked.get(link, abstract) if link else abstract

    def _count(
        self, counters: list[int | None], level: int, levels: Mapping[int, Level], starts: Mapping[int, int]
    ) -> None:
        before = counters[level]
        counters[level] = starts.get(level, levels[level].start) if before is None else before + 1
        for deeper in range(level + 1, LEVELS):
            restart = levels[deeper].restart if deeper in levels else None
            # Without a word about it a level begins anew after each higher one; 0 is never (17.9.11).
            if restart is None or (restart and level < restart):
                counters[deeper] = None

    def _begin_level(self, number: int) -> None:
        self._level = Level()
        if self._list_id:
            self._lists[self._list_id].levels[number] = self._level
        elif self._abstract_id:
            self._abstract[self._abstract_id][number] = self._level

    @staticmethod
    def _describe(level: Level, name: str, names: Mapping[str, str]) -> None:
        value = names.get("val", "")
        match name:
            case "start":
                level.start = _number(value)
            case "numFmt":
                level.number_format = value
            case "lvlText":
                level.text = value
            case "isLgl":
                level.is_legal = is_on(names.get("val"))
            case "lvlRestart":
                level.restart = _number(value)
            case "rFonts":
                level.font = names.get("ascii", "")


def _label(
    levels: Mapping[int, Level], level: int, counters: list[int | None], starts: Mapping[int, int]
) -> str:
    this = levels[level]
    if this.number_format == "none":
        return ""
    if this.number_format == "bullet":
        text = in_font(this.text, this.font)
        return (_BULLET if "[symbol" in text else text) or _BULLET
    text = this.text
    for place in range(LEVELS, 0, -1):
        if f"%{place}" in text and place - 1 in levels:
            other = levels[place - 1]
            number = counters[place - 1]
            shown = starts.get(place - 1, other.start) if number is None else number
            how = "decimal" if this.is_legal else other.number_format
            text = text.replace(f"%{place}", formatted(shown, how))
    return text


def formatted(number: int, how: str) -> str:
    """Formats a number in one of Word's number formats; in digits where the format is another."""
    writer = _WRITERS.get(how)
    return writer(number) if writer and 0 < number < 10_000 else str(number)


def _roman(number: int) -> str:
    pieces = []
    for value, letters in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
        (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        count, number = divmod(number, value)
        pieces.append(letters * count)
    return "".join(pieces)


def _letters(number: int) -> str:
    """Returns A to Z, then AA to ZZ, then AAA, as Word goes on."""
    count, letter = divmod(number - 1, 26)
    return chr(ord("A") + letter) * min(count + 1, 20)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_WRITERS: Mapping[str, Callable[[int], str]] = {
    "lowerRoman": lambda number: _roman(number).lower(),
    "upperRoman": _roman,
    "lowerLetter": lambda number: _letters(number).lower(),
    "upperLetter": _letters,
    "decimalZero": lambda number: f"{number:02}",
    "ordinal": _ordinal,
    "decimalEnclosedParen": lambda number: f"({number})",
    "numberInDash": lambda number: f"- {number} -",
    "chicago": lambda number: "*†‡§"[(number - 1) % 4] * min((number - 1) // 4 + 1, 20),
}


def _number(value: str | None) -> int:
    try:
        return int(value or "0")
    except ValueError:
        return 0
