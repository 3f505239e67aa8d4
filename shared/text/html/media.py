"""Tells on which screens a rule of a style sheet holds."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from shared.text.html.declarations import Length


class Screen(NamedTuple):
    """Describes a screen that a mail may be read on."""

    width: int
    is_dark: bool


SCREENS = (Screen(1280, False), Screen(375, False), Screen(700, False), Screen(1280, True), Screen(375, True))
"""A desktop, which is what is taken for granted; a telephone and a tablet; and dark ones."""
EVERYWHERE = (1 << len(SCREENS)) - 1


class Condition(NamedTuple):
    """Where rules hold.

    Attributes:
        screens: The screens, by the bits of their places in `SCREENS`.
        is_certain: Whether that can be told.
    """

    screens: int = EVERYWHERE
    is_certain: bool = True

    def both(self, other: "Condition") -> "Condition":
        """Returns the screens where this condition holds and another one as well."""
        return Condition(self.screens & other.screens, self.is_certain and other.is_certain)


def media(tokens: Iterable[Any]) -> Condition:
    """Returns the screens where a list of media queries holds."""
    queries: list[list[Any]] = [[]]
    for each in tokens:
        if each.type == "literal" and each.value == ",":
            queries.append([])
        elif each.type not in ("whitespace", "comment"):
            queries[-1].append(each)
    found = [_query(each) for each in queries if each]
    if not found:
        return Condition()
    screens = 0
    for each in found:
        screens |= each.screens
    return Condition(screens, all(each.is_certain for each in found))


def _query(tokens: Sequence[Any]) -> Condition:
    screens, is_certain, is_negated = EVERYWHERE, True, False
    for each in tokens:
        if each.type == "ident":
            match each.lower_value:
                case "not":
                    is_negated = True
                case "all" | "screen" | "only" | "and":
                    pass
                case "or":
                    is_certain = False
                case _:
                    # For print, speech, and whatever else is no screen.
                    screens = 0
        elif each.type == "() block":
            feature = _feature([one for one in each.content if one.type != "whitespace"])
            is_certain = is_certain and feature is not None
            screens &= EVERYWHERE if feature is None else feature
        else:
            is_certain = False
    return Condition(EVERYWHERE & ~screens if is_negated else screens, is_certain)


def _feature(tokens: Sequence[Any]) -> int | None:
    """Returns the screens on which a feature is as it should be; None if that is not known."""
    if len(tokens) < 3 or tokens[0].type != "ident":
        return None
    name, relation, value = tokens[0].lower_value, getattr(tokens[1], "value", ""), tokens[2:]
    if name == "prefers-color-scheme" and value[0].type == "ident":
        return _where(lambda screen: screen.is_dark == (value[0].lower_value == "dark"))
    pixels = _pixels(value[-1])
    if pixels is None or not name.endswith("width"):
        return None
    # In Media Queries 4 a width is compared by signs: (width <= 600px).
    if relation == ">" or name.startswith("min-"):
        return _where(lambda screen: screen.width >= pixels)
    if relation == "<" or name.startswith("max-"):
        return _where(lambda screen: screen.width <= pixels)
    return _where(lambda screen: screen.width == pixels)


def _pixels(token: Any) -> float | None:
    if token.type == "number":
        return float(token.value)
    if token.type == "dimension" and token.lower_unit in ("px", "em", "rem", "pt", "cm", "in", "mm"):
        return Length(token.value, token.lower_unit).pixels(16, 0)
    return None


def _where(holds: Any) -> int:
    return sum(1 << place for place, screen in enumerate(SCREENS) if holds(screen))
