"""Shows numbers by the number formats of Excel (ECMA-376, part 1, 18.8.31).

Dates and durations are as the sheet shows them, with the whole date where it shows less. Numbers are in full,
with their unit or percent sign: what the sheet rounds, a reader may need to add up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

GENERAL = "General"
# ECMA-376, part 1, 18.8.30. Those that a person's own region decides are shown as ISO 8601 has them.
BUILT_IN: Mapping[int, str] = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
    48: "##0.0E+0", **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((32, 34, 55), "h:mm"), **dict.fromkeys((33, 35, 56), "h:mm:ss"),
}  # fmt: skip
DAYS_FROM_1900 = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's times have no zone
DAYS_FROM_1904 = datetime(1904, 1, 1)  # noqa: DTZ001 - as above

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*.|\[(?P<elapsed>h+|m+|s+)\]|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|\[(?P<condition>[<>=]{1,2}-?[\d.]+)\]|\[[^\]]*\]|(?P<general>General|Standard)"
    r"|(?P<noon>AM/PM|A/P|上午/下午)|(?P<exponent>E[+-]0+)|(?P<date>y+|m+|d+|h+|s+|e+|b+|g+)"
    r"|(?P<fraction>\.0+(?=[^0#?]*$))|(?P<digit>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_WHOLE = re.compile(r"-?\d{1,15}")
_LONGEST = 300


@dataclass(slots=True)
class Section:
    """Holds one of up to four parts of a format, such as the one for negative numbers."""

    tokens: list[tuple[str, str]] = field(default_factory=list)
    condition: str = ""

    @property
    def is_date(self) -> bool:
        """Tells whether it shows a moment or a duration."""
        kinds = {kind for kind, _ in self.tokens}
        return bool(kinds & {"elapsed", "noon", "date"}) and "digit" not in kinds


@lru_cache(maxsize=1_000)
def sections(code: str) -> tuple[Section, ...]:
    """Returns the sections of a format."""
    found = [Section()]
    for match in _TOKEN.finditer(code[:_LONGEST]):
        kind, text = match.lastgroup or "", match[0]
        if kind == "other" and text == ";":
            found.append(Section())
        elif kind == "condition":
            found[-1].condition = match["condition"]
        elif kind in ("quoted", "escaped", "currency"):
            found[-1].tokens.append(("literal", match[kind]))
        elif kind == "space":
            found[-1].tokens.append(("literal", " "))
        elif kind == "elapsed":
            found[-1].tokens.append((kind, match[kind].lower()))
        elif kind:
            found[-1].tokens.append((kind, text))
    return tuple(_with_minutes(_without_dates(each)) for each in found)


def is_hidden(code: str) -> bool:
    """Tells whether a format shows nothing of any value, such as `;;;`."""
    parts = sections(code)
    return len(parts) >= 3 and not any(part.tokens for part in parts)


def shown(value: str, code: str, first_day: datetime = DAYS_FROM_1900) -> str:
    """Formats a number, as the file holds it, by a format."""
    try:
        number = float(value)
    except ValueError:
        return value
    if not abs(number) < 1e300:
        return value
    section = _section(sections(code), number)
    if section.is_date:
        return _moment(number, section, first_day) or general(value)
    kinds = {kind for kind, _ in section.tokens}
    if section.tokens and not kinds & {"digit", "general"} and ("other", "@") not in section.tokens:
        return "".join(text for _, text in section.tokens if text != ",").strip() or general(value)
    return _decimal(value, number, section)


def general(value: str) -> str:
    """Formats a number without a format: in full, but for the digits only binary fractions have."""
    return value if _WHOLE.fullmatch(value) else f"{float(value):.15g}"


def _without_dates(section: Section) -> Section:
    """Makes literals of letters of dates among digits, such as the `s` of a format for pieces."""
    if any(kind == "digit" for kind, _ in section.tokens):
        section.tokens = [
            ("literal" if kind in ("date", "noon") else "other" if kind == "fraction" else kind, text)
            for kind, text in section.tokens
        ]
        _split_fractions(section)
    return section


def _split_fractions(section: Section) -> None:
    tokens: list[tuple[str, str]] = []
    for kind, text in section.tokens:
        if kind == "other" and len(text) > 1:
            tokens += [("other", "."), *(("digit", each) for each in text[1:])]
        else:
            tokens.append((kind, text))
    section.tokens = tokens


def _with_minutes(section: Section) -> Section:
    """Makes minutes of an `m` next to hours or seconds."""
    clock = [index for index, (kind, _) in enumerate(section.tokens) if kind in ("date", "elapsed")]
    for place, index in enumerate(clock):
        kind, text = section.tokens[index]
        if kind != "date" or text[0] not in "mM" or len(text) > 2:
            continue
        before = section.tokens[clock[place - 1]][1][0].lower() if place else ""
        after = section.tokens[clock[place + 1]][1][0].lower() if place + 1 < len(clock) else ""
        if before == "h" or after == "s":
            section.tokens[index] = ("minute", text)
    return section


def _section(parts: tuple[Section, ...], number: float) -> Section:
    """Returns the section for a number."""
    if any(part.condition for part in parts):
        return next(
            (each for each in parts[:3] if not each.condition or _meets(each.condition, number)), parts[0]
        )
    if number < 0 and len(parts) > 1:
        return parts[1]
    return parts[2] if number == 0 and len(parts) > 2 else parts[0]


def _meets(condition: str, number: float) -> bool:
    sign = condition.rstrip("-.0123456789")
    try:
        limit = float(condition[len(sign) :])
    except ValueError:
        return False
    comparisons = {"<": number < limit, ">": number > limit, "=": number == limit,
                   "<=": number <= limit, ">=": number >= limit, "<>": number != limit}  # fmt: skip
    return comparisons.get(sign, False)


def _moment(days: float, section: Section, first_day: datetime) -> str:
    """Returns a moment or a duration; empty where there is none, such as before the first day."""
    has_elapsed = any(kind == "elapsed" for kind, _ in section.tokens)
    if (days < 0 and not has_elapsed) or abs(days) > 3_000_000:
        return ""
    digits = max((len(text) - 1 for kind, text in section.tokens if kind == "fraction"), default=0)
    ticks = round(abs(days) * 86_400 * 10**digits)  # of the smallest unit shown
    seconds, fraction = divmod(ticks, 10**digits)
    if first_day == DAYS_FROM_1900 and 1 <= days < 60:
        first_day += timedelta(days=1)  # Excel counts a 29 February 1900, which there was not
    try:
        moment = first_day + timedelta(seconds=seconds)
    except OverflowError:
        return ""
    is_afternoon = any(kind == "noon" for kind, _ in section.tokens)
    pieces = ["-" if days < 0 else ""]
    for kind, text in section.tokens:
        match kind:
            case "elapsed":
                unit = {"h": 3600, "m": 60, "s": 1}[text[0]]
                pieces.append(str(seconds // unit).zfill(len(text)))
            case "minute":
                pieces.append(str(moment.minute).zfill(len(text)))
            case "noon":
                half = "AM" if moment.hour < 12 else "PM"
                pieces.append(half if len(text) > 3 else half[0])
            case "date":
                pieces.append(_date_part(moment, text.lower(), half_days=is_afternoon))
            case "fraction":
                pieces.append("." + str(fraction).zfill(digits))
            case "literal" | "other":
                pieces.append(text if text != "@" else "")
    text = "".join(pieces).strip()
    return text if _is_whole_date(section) else f"{text} ({moment.date().isoformat()})"


def _is_whole_date(section: Section) -> bool:
    """Tells whether a format shows no date at all, or one that can be read in one way only."""
    dates = [text.lower() for kind, text in section.tokens if kind == "date" and text[0] in "ymdeYMDE"]
    if not dates:
        return True
    is_numeric = any(each in ("m", "mm") for each in dates)
    if not any(each[0] == "d" for each in dates):
        return len(dates[0]) > 2 or len(dates) > 1  # a month or a year by itself
    has_year = any(each in ("yyy", "yyyy", "e") for each in dates)
    return has_year and (not is_numeric or dates[0].startswith("y"))


def _date_part(moment: datetime, text: str, *, half_days: bool) -> str:
    if text[0] in "hs":
        hour = (moment.hour % 12 or 12) if half_days else moment.hour
        return str(hour if text[0] == "h" else moment.second).zfill(min(len(text), 2))
    match text[0], len(text):
        case "y", 1 | 2:
            return f"{moment.year % 100:02}"
        case (("y" | "e"), _):
            return f"{moment.year:04}"
        case "b", _:
            return str(moment.year + 543)
        case "m", 1 | 2:
            return str(moment.month).zfill(len(text))
        case "m", 3:
            return _MONTHS[moment.month - 1][:3]
        case "m", 5:
            return _MONTHS[moment.month - 1][0]
        case "m", _:
            return _MONTHS[moment.month - 1]
        case "d", 1 | 2:
            return str(moment.day).zfill(len(text))
        case "d", 3:
            return _WEEKDAYS[moment.weekday()][:3]
        case "d", _:
            return _WEEKDAYS[moment.weekday()]
        case _:
            return ""


def _decimal(value: str, number: float, section: Section) -> str:
    """Formats a number in full, with what the format writes before and after it."""
    places = [index for index, (kind, _) in enumerate(section.tokens) if kind in ("digit", "general")]
    first, last = (places[0], places[-1]) if places else (0, 0)
    inside = section.tokens[first:last]
    percents = sum(text == "%" for kind, text in section.tokens if kind == "other")
    is_whole = (
        _WHOLE.fullmatch(value)
        and not percents
        and not any(("other", each) in section.tokens for each in "./")
    )
    is_parted = any(kind == "literal" or (kind == "other" and text not in ",./") for kind, text in inside)
    zeros = sum(text == "0" for _, text in section.tokens)
    if is_whole and (len(value.lstrip("-")) < zeros or is_parted):
        return _placed(abs(int(value)), section.tokens, is_negative=number < 0)
    text = general(repr(number * 100.0**percents)) if percents else general(value)
    if is_parted or any(text == "," for kind, text in section.tokens[last:] if kind == "other"):
        return text  # what is written around it goes with a scaled number, or with parts of it
    before, after = (_literals(section.tokens[:first]), _literals(section.tokens[last + 1 :]))
    return f"{before}{text}{'%' * percents}{after}".strip()


def _literals(tokens: list[tuple[str, str]]) -> str:
    """Returns a currency or unit; brackets and signs of negative numbers are in the number itself."""
    text = "".join(
        text for kind, text in tokens if kind == "literal" or (kind == "other" and text not in "@,%/.*")
    )
    return text.replace("(", "").replace(")", "").strip("-+") if text.strip(" ()-+") else ""


def _placed(number: int, tokens: list[tuple[str, str]], *, is_negative: bool) -> str:
    """Puts the digits of a whole number at the places of a format, such as those of a telephone number."""
    waiting = sum(kind == "digit" for kind, _ in tokens)
    digits = str(number).rjust(sum(text == "0" for kind, text in tokens if kind == "digit"), "0")
    pieces = ["-" if is_negative else ""]
    for kind, text in tokens:
        if kind == "digit":
            # The first place takes all digits that have no place of their own.
            taken = max(0, len(digits) - waiting + 1)
            pieces.append(digits[:taken])
            digits, waiting = digits[taken:], waiting - 1
        elif kind == "literal" or (kind == "other" and text not in ",@"):
            pieces.append(text)
    return "".join(pieces).strip()


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
