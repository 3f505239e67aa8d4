"""Parses the CSS declarations that say whether and how text is seen, and passes over all others."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from tinycss2 import parse_blocks_contents

from shared.text.html.colors import Color, color
from shared.text.html.element_names import words


class Keyword(Enum):
    """Holds a value that is not a property's own."""

    UNKNOWN = "unknown"
    """Valid, as far as can be told, but only a browser could say what it comes to."""
    INHERIT = "inherit"
    INITIAL = "initial"
    UNSET = "unset"


class Length(NamedTuple):
    """Holds a length in its own unit; numbers without one are pixels, as in quirks mode."""

    number: float
    unit: str = "px"

    def pixels(self, em: float, whole: float) -> float:
        """Returns its length where a font has a size of `em` pixels and 100% are `whole` pixels."""
        if self.unit in ("em", "%"):
            return self.number * (em if self.unit == "em" else whole / 100)
        return self.number * _PIXELS[self.unit]


type Value = str | float | bool | Length | Color | Keyword
type Parser = Callable[[Sequence[Any]], "Value | None"]


class Declaration(NamedTuple):
    """Holds a property and its value."""

    name: str
    value: Value
    important: bool


_PIXELS: Mapping[str, float] = {
    **{"px": 1, "pt": 96 / 72, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6},
    **{"rem": 16, "ex": 8, "ch": 8, "lh": 20, "rlh": 20, "cap": 11, "ic": 16},
    **{"vw": 12.8, "vh": 8, "vmin": 8, "vmax": 12.8, "vi": 12.8, "vb": 8},
    **{f"{size}v{side}": 8 for size in "dls" for side in ("w", "h", "min", "max", "i", "b")},
}
_SIZES: Mapping[str, float] = {
    **{"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32},
    **{"xxx-large": 48},
}
_WIDE: Mapping[str, Keyword] = {
    **{each.value: each for each in (Keyword.INHERIT, Keyword.INITIAL, Keyword.UNSET)},
    "revert": Keyword.UNSET,
    "revert-layer": Keyword.UNSET,
}
_COMPUTED = words("var env calc min max clamp attr if sign round mod rem abs light-dark")
_DISPLAYS = words(
    "none block inline inline-block list-item flex inline-flex grid inline-grid table inline-table "
    "table-row table-cell table-row-group table-header-group table-footer-group table-column table- "
    "column-group table-caption contents flow-root flow ruby ruby-base ruby-text math -webkit-box "
    "-webkit-inline-box -webkit-flex -ms-flexbox -webkit-inline-flex -ms-inline-flexbox run-in"
)
_LISTS = words(
    "none disc circle square decimal decimal-leading-zero lower-alpha lower-latin upper-alpha upper- "
    "latin lower-roman upper-roman"
)
LIMIT_STYLE = 32_768
"""Characters of one list of declarations."""


def _keyword(*allowed: str) -> Parser:
    names = frozenset(allowed)

    def parse(tokens: Sequence[Any]) -> Value | None:
        words = [each.lower_value for each in tokens if each.type == "ident"]
        return words[0] if len(words) == len(tokens) and words and words[0] in names else None

    return parse


def _length(tokens: Sequence[Any]) -> Value | None:
    return _one_length(tokens[0]) if len(tokens) == 1 else None


def _one_length(token: Any) -> Length | None:
    match token.type:
        case "number":
            return Length(token.value)
        case "percentage":
            return Length(token.value, "%")
        case "dimension" if token.lower_unit in _PIXELS or token.lower_unit == "em":
            return Length(token.value, token.lower_unit)
        case _:
            return None


def _length_or_auto(tokens: Sequence[Any]) -> Value | None:
    if len(tokens) == 1 and tokens[0].type == "ident":
        return "auto"
    return _length(tokens)


def _number(tokens: Sequence[Any]) -> Value | None:
    if len(tokens) != 1 or tokens[0].type not in ("number", "percentage"):
        return None
    return float(tokens[0].value / (100 if tokens[0].type == "percentage" else 1))


def _font_size(tokens: Sequence[Any]) -> Value | None:
    if len(tokens) == 1 and tokens[0].type == "ident":
        word = tokens[0].lower_value
        if word in ("smaller", "larger"):
            return Length(0.83 if word == "smaller" else 1.2, "em")
        return Length(_SIZES[word]) if word in _SIZES else None
    length = _length(tokens)
    if isinstance(length, Length) and length.number < 0:
        return None
    # A percentage is of the size around, as an em is.
    return Length(length.number / 100, "em") if isinstance(length, Length) and length.unit == "%" else length


def _font(tokens: Sequence[Any]) -> Value | None:
    """Returns the size in the shorthand, which stands before the family and may have a line height."""
    for each in tokens:
        if each.type in ("dimension", "percentage") or (each.type == "number" and each.value < 1):
            return _font_size([each])
        if each.type == "ident" and (size := _font_size([each])) is not None:
            return size
    return None


def _color(tokens: Sequence[Any]) -> Value | None:
    if len(tokens) != 1:
        return None
    found = color(tokens[0])
    return Keyword.UNKNOWN if found is None and tokens[0].type == "function" else found


def _background_color(tokens: Sequence[Any]) -> Value | None:
    found = [each for each in map(color, tokens) if each is not None]
    return found[-1] if found else Color(0, 0, 0, 0)


def _has_picture(tokens: Sequence[Any]) -> Value | None:
    return any(
        each.type == "url" or (each.type == "function" and _is_picture(each.lower_name)) for each in tokens
    )


def _is_picture(name: str) -> bool:
    return name in ("url", "src") or name.endswith(
        ("gradient", "image-set", "image", "cross-fade", "element")
    )


def _clips(tokens: Sequence[Any]) -> Value | None:
    return any(
        each.type == "ident" and each.lower_value in ("hidden", "clip", "auto", "scroll") for each in tokens
    )


def _is_clipped_away(tokens: Sequence[Any]) -> Value | None:
    """Tells whether `clip: rect(top, right, bottom, left)` leaves a pixel or less."""
    if len(tokens) != 1 or tokens[0].type != "function" or tokens[0].lower_name != "rect":
        return False
    lengths = [_one_length(each) for each in _arguments(tokens[0])]
    if len(lengths) != 4 or None in lengths:
        return False
    top, right, bottom, left = (each.pixels(16, 0) for each in lengths if each)
    return bottom - top <= 1 or right - left <= 1


def _clip_path(tokens: Sequence[Any]) -> Value | None:
    if len(tokens) != 1 or tokens[0].type != "function":
        return Keyword.UNKNOWN if any(each.type in ("url", "function") for each in tokens) else False
    name, arguments = tokens[0].lower_name, _arguments(tokens[0])
    lengths = [_one_length(each) for each in arguments]
    sizes = [each.pixels(16, 100) for each in lengths if each]
    match name:
        case "inset" if sizes:
            top, right, bottom, left = _four(sizes[:4])
            # Of percentages it can be told; of pixels it depends on how large the element is.
            return top + bottom >= 100 or right + left >= 100
        case "circle" | "ellipse":
            return bool(sizes) and sizes[0] == 0
        case "polygon":
            points = list(zip(sizes[::2], sizes[1::2], strict=False))
            return len({x for x, _ in points}) <= 1 or len({y for _, y in points}) <= 1
        case _:
            return Keyword.UNKNOWN


def _four(sizes: Sequence[float]) -> tuple[float, float, float, float]:
    """Returns the sizes of the top, right, bottom and left, of which the last ones may be left out."""
    top = sizes[0]
    right = sizes[1] if len(sizes) > 1 else top
    return top, right, sizes[2] if len(sizes) > 2 else top, sizes[3] if len(sizes) > 3 else right


def _arguments(function: Any) -> list[Any]:
    return [
        each for each in function.arguments if each.type != "whitespace" and getattr(each, "value", "") != ","
    ]


def _transform(tokens: Sequence[Any]) -> Value | None:
    """Tells whether a transformed element is out of sight after it."""
    for each in tokens:
        if each.type != "function":
            continue
        lengths = [length for length in map(_one_length, _arguments(each)) if length]
        if each.lower_name.startswith("scale") and any(length.number == 0 for length in lengths[:2]):
            return True
        if each.lower_name.startswith("translate") and any(is_far(length, 16) for length in lengths):
            return True
    return False


def is_far(length: Length, em: float) -> bool:
    """Tells whether a move by this much leads out of a page, before its beginning or far behind its end."""
    distance = length.pixels(em, 1280)
    return distance <= -500 or distance >= 3000


def _filter(tokens: Sequence[Any]) -> Value | None:
    return any(
        each.type == "function"
        and each.lower_name == "opacity"
        and isinstance(share := _number(_arguments(each)), float)
        and share <= 0.1
        for each in tokens
    )


def _strikes(tokens: Sequence[Any]) -> Value | None:
    return any(each.type == "ident" and each.lower_value == "line-through" for each in tokens)


def _list_style(tokens: Sequence[Any]) -> Value | None:
    words = [each.lower_value for each in tokens if each.type == "ident"]
    return next((each for each in words if each in _LISTS), None)


def _side(*places: int) -> Parser:
    """Returns a parser of the length of one side in a shorthand of one to four values."""
    return lambda tokens: _length([tokens[places[len(tokens) - 1]]]) if len(tokens) <= 4 else None


_TOP, _RIGHT, _BOTTOM, _LEFT = _side(0, 0, 0, 0), _side(0, 1, 1, 1), _side(0, 0, 2, 2), _side(0, 1, 1, 3)
_LENGTHS = "left right top bottom margin-left margin-top text-indent letter-spacing"
_PARSERS: Mapping[str, Mapping[str, Parser]] = {
    "display": {"display": _keyword(*_DISPLAYS)},
    "visibility": {"visibility": _keyword("visible", "hidden", "collapse")},
    "content-visibility": {"content-visibility": _keyword("visible", "hidden", "auto")},
    "opacity": {"opacity": _number},
    "zoom": {"zoom": _number},
    "filter": {"filter": _filter},
    "font-size": {"font-size": _font_size},
    "font": {"font-size": _font},
    "color": {"color": _color},
    "-webkit-text-fill-color": {"fill": _color},
    "background-color": {"background-color": _color},
    "background-image": {"picture": _has_picture},
    "background": {"background-color": _background_color, "picture": _has_picture},
    "background-clip": {"clip-text": _keyword("text", "border-box", "padding-box", "content-box")},
    "-webkit-background-clip": {"clip-text": _keyword("text", "border-box", "padding-box", "content-box")},
    **{each: {"overflow": _clips} for each in ("overflow", "overflow-x", "overflow-y")},
    **{each: {each: _length_or_auto} for each in ("width", "height", "max-width", "max-height")},
    **{each: {each: _length} for each in _LENGTHS.split()},
    "inset": {"top": _TOP, "right": _RIGHT, "bottom": _BOTTOM, "left": _LEFT},
    "margin": {"margin-top": _TOP, "margin-left": _LEFT},
    "position": {"position": _keyword("static", "relative", "absolute", "fixed", "sticky")},
    "float": {"float": _keyword("none", "left", "right", "inline-start", "inline-end")},
    "transform": {"transform": _transform},
    "clip": {"clip": _is_clipped_away},
    "clip-path": {"clip-path": _clip_path},
    "white-space": {
        "white-space": _keyword("normal", "nowrap", "pre", "pre-wrap", "pre-line", "break-spaces")
    },
    "text-decoration": {"struck": _strikes},
    "text-decoration-line": {"struck": _strikes},
    "list-style": {"list-style": _list_style},
    "list-style-type": {"list-style": _list_style},
    "mso-hide": {"mso-hide": _keyword("all", "none", "screen")},
}
_MENTIONED = re.compile(
    r"\\|" + "|".join(sorted(map(re.escape, _PARSERS), key=len, reverse=True)), re.IGNORECASE
)


@lru_cache(maxsize=2_048)
def inline(style: str) -> tuple[Declaration, ...]:
    """Returns the declarations of a `style` attribute."""
    if not _MENTIONED.search(style):
        return ()

    return declarations(parse_blocks_contents(style[:LIMIT_STYLE], skip_comments=True, skip_whitespace=True))


def declarations(nodes: Iterable[Any]) -> tuple[Declaration, ...]:
    """Returns the valid declarations among these nodes, in their order."""
    return tuple(
        Declaration(name, value, each.important)
        for each in nodes
        if each.type == "declaration"
        for name, parse in _PARSERS.get(each.lower_name, {}).items()
        if (value := _value(parse, each.value)) is not None
    )


def _value(parse: Parser, given: Sequence[Any]) -> Value | None:
    tokens = [each for each in given if each.type not in ("whitespace", "comment")]
    if not tokens:
        return None
    if len(tokens) == 1 and tokens[0].type == "ident" and tokens[0].lower_value in _WIDE:
        return _WIDE[tokens[0].lower_value]
    if any(each.type == "function" and each.lower_name in _COMPUTED for each in tokens):
        return Keyword.UNKNOWN
    return parse(tokens)
