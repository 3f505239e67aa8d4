"""Computes how an element looks, as far as it decides whether people see the text in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

from shared.text.html.colors import BLACK, LINK, WHITE, YELLOW, Color, legacy_color
from shared.text.html.declarations import Declaration, Keyword, Length, Value, inline, is_far
from shared.text.html.element_names import BLOCKS, FALLBACKS
from shared.text.html.stylesheet import Rule
from shared.text.html.tree import Element

# Of 1: what is less far apart is not told apart, or not by everyone.
_SAME = 16 / 255
_SIMILAR = 32 / 255
_FAINT = 0.1
_TINY = 1.0
_SMALL = 4.0
_BOXLESS = frozenset(["inline", "contents", "none"])
_SIZES_OF_FONT: Mapping[str, float] = dict(zip("1234567", (10, 13, 16, 18, 24, 32, 48), strict=True))
_TABLE_PARTS = frozenset(["table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption"])


class Sight(IntEnum):
    """Says whether people see a text."""

    UNSEEN = 0
    DOUBTFUL = 1
    SEEN = 2


@dataclass(frozen=True, slots=True)
class Style:
    """Holds what the content of an element has from it and from what is around it.

    Attributes:
        gone: Whether it is concealed in a way that nothing in it can undo.
        doubtful: Whether that cannot be told.
        visible: The CSS property visibility.
        font: The size of the font, in pixels.
        ink: The colour of text.
        fill: The colour of text in some browsers, if it is another.
        ground: The colour behind the text.
        has_picture: Whether there is a picture over the ground.
        is_cut_out: Whether the ground shows through the letters.
        opacity: How opaque the element is, with all around it.
        indent: How far the first line is moved, in pixels.
        spacing: How far letters are moved apart, in pixels.
        white_space: The CSS property white-space.
        list_style: The CSS property list-style-type, if it is set.
        sight: Whether text in the element is seen.
    """

    gone: bool = False
    doubtful: bool = False
    visible: bool = True
    font: float = 16.0
    ink: Color = BLACK
    fill: Color | None = None
    ground: Color = WHITE
    has_picture: bool = False
    is_cut_out: bool = False
    opacity: float = 1.0
    indent: float = 0.0
    spacing: float = 0.0
    white_space: str = "normal"
    list_style: str | None = None
    sight: Sight = field(init=False)

    def __post_init__(self) -> None:
        # Needed for each text, and the same for all texts of one style.
        object.__setattr__(self, "sight", self._sight())

    def _sight(self) -> Sight:
        if not self.is_shown or self.font <= _TINY or self.indent <= -500:
            return Sight.UNSEEN
        ink = (self.ink if self.fill is None else self.fill).faded(self.opacity)
        distance = ink.over(self.ground).distance(self.ground)
        if self.has_picture and (ink.alpha > _FAINT or self.is_cut_out):
            return Sight.DOUBTFUL if self.doubtful or distance <= _SAME else Sight.SEEN
        if ink.alpha <= _FAINT or distance <= _SAME:
            return Sight.UNSEEN
        is_hard_to_read = distance <= _SIMILAR or self.font <= _SMALL or self.spacing <= -self.font / 2
        return Sight.DOUBTFUL if self.doubtful or is_hard_to_read else Sight.SEEN

    @property
    def is_shown(self) -> bool:
        """Tells whether pictures in the element are seen."""
        return not self.gone and self.visible and self.opacity > _FAINT


@dataclass(frozen=True, slots=True)
class Box:
    """Holds what an element has for itself: how it is laid out, and whether it is struck through."""

    display: str
    struck: bool = False


def computed(element: Element, around: Style, rules: Iterable[Rule], screen: int) -> tuple[Style, Box]:
    """Returns the style and the box of an element on one screen, in an element of this style."""
    given, doubtful = _cascade(element, rules, screen)
    display = str(given.get("display") or _display(element.tag))
    if not given and not doubtful and element.tag not in FALLBACKS:
        return around, Box(display)
    font = _font(given.get("font-size"), around.font)
    ink = _ink(given.get("color"), around.ink, BLACK)
    fill = None if "fill" not in given else _ink(given["fill"], around.fill or ink, ink)
    if "fill" not in given and around.fill is not None:
        fill = around.fill
    opacity = given.get("opacity")
    style = replace(
        around,
        gone=around.gone or _is_gone(given, display, font),
        doubtful=around.doubtful or doubtful or element.tag in FALLBACKS or given.get("mso-hide") == "all",
        visible=_visible(given.get("visibility"), around.visible),
        font=font,
        ink=ink,
        fill=fill,
        opacity=around.opacity * (min(max(opacity, 0.0), 1.0) if isinstance(opacity, float) else 1),
        indent=_inherited_length(given.get("text-indent"), around.indent, font),
        spacing=_inherited_length(given.get("letter-spacing"), around.spacing, font),
        white_space=_inherited_word(given.get("white-space"), around.white_space, "normal"),
        list_style=_inherited_word(given.get("list-style"), around.list_style or "", "") or None,
        **_ground(given, around, ink),
    )
    return style, Box(display, struck=given.get("struck") is True)


def _cascade(element: Element, rules: Iterable[Rule], screen: int) -> tuple[dict[str, Value], bool]:
    """Returns the values that win, and whether some are not known."""
    given: dict[str, Value] = dict(_from_attributes(element))
    later: list[Declaration] = []
    doubtful = False
    for rule in rules:
        if not rule.condition.screens >> screen & 1:
            continue
        if not rule.condition.is_certain:
            doubtful = True
            continue
        _apply(rule.declarations, given, later)
    if style := element.attrib.get("style"):
        _apply(inline(style), given, later)
    given.update((each.name, each.value) for each in later)
    if element.tag == "summary" and given.get("display") == "list-item":
        del given["display"]
    doubtful = doubtful or any(value is Keyword.UNKNOWN for value in given.values())
    return {name: value for name, value in given.items() if value is not Keyword.UNKNOWN}, doubtful


def _apply(declared: Iterable[Declaration], given: dict[str, Value], later: list[Declaration]) -> None:
    for each in declared:
        if each.important:
            later.append(each)
        else:
            given[each.name] = each.value


def _from_attributes(element: Element) -> Iterable[tuple[str, Value]]:
    """Yields what browsers do with an element because of its name and its attributes (HTML, 15.3)."""
    tag, attributes = element.tag, element.attrib
    if tag == "mark":
        yield from (("background-color", YELLOW), ("color", BLACK))
    elif tag in ("pre", "textarea", "listing", "plaintext", "xmp"):
        yield "white-space", "pre-wrap"
    elif tag in ("s", "strike", "del"):
        yield "struck", True
    elif tag == "dialog" and "open" not in attributes:
        yield "display", "none"
    if not attributes:
        return
    if tag == "a" and "href" in attributes:
        yield "color", LINK
    if "hidden" in attributes or "popover" in attributes:
        yield "display", "none"
    named = [("background-color", "bgcolor")] if tag in _TABLE_PARTS or tag == "body" else []
    named += [("color", "color")] if tag == "font" else [("color", "text")] if tag == "body" else []
    for name, attribute in named:
        if attribute in attributes and (found := legacy_color(attributes[attribute])):
            yield name, found
    if "background" in attributes and (tag in _TABLE_PARTS or tag == "body"):
        yield "picture", True
    if tag == "font" and (size := _SIZES_OF_FONT.get(attributes.get("size", "").strip())):
        yield "font-size", Length(size)


def _display(tag: str) -> str:
    match tag:
        case "td" | "th":
            return "table-cell"
        case "tr":
            return "table-row"
        case "table":
            return "table"
        case "li":
            return "list-item"
        case _:
            return "block" if tag in BLOCKS else "inline"


def _is_gone(given: Mapping[str, Value], display: str, font: float) -> bool:
    if display == "none" or given.get("content-visibility") == "hidden" or given.get("zoom") == 0:
        return True
    if any(given.get(name) is True for name in ("filter", "transform", "clip-path")):
        return True
    position = given.get("position")
    is_out_of_flow = position in ("absolute", "fixed")
    if is_out_of_flow and given.get("clip") is True:
        return True
    moved = ["margin-left", "margin-top"]
    moved += ["left", "right", "top", "bottom"] if position not in (None, "static") else []
    lengths = [length for name in moved if isinstance(length := given.get(name), Length)]
    if any(is_far(length, font) for length in lengths):
        return True
    # The height of a table's parts is at least that of their content, and inline boxes have none.
    has_size = display not in _BOXLESS or is_out_of_flow or given.get("float") in ("left", "right")
    if given.get("overflow") is not True or not has_size or display.startswith("table"):
        return False
    sizes = (given.get(name) for name in ("height", "max-height", "width", "max-width"))
    return any(isinstance(each, Length) and each.pixels(font, 1000) <= 1 for each in sizes)


def _font(given: Value | None, around: float) -> float:
    match given:
        case Length():
            return given.pixels(around, around)
        case Keyword.INITIAL:
            return 16.0
        case _:
            return around


def _ink(given: Value | None, around: Color, initial: Color) -> Color:
    match given:
        case Color():
            return given
        case Keyword.INITIAL:
            return initial
        case _:
            return around


def _visible(given: Value | None, around: bool) -> bool:
    if isinstance(given, str):
        return given == "visible"
    return True if given is Keyword.INITIAL else around


def _inherited_length(given: Value | None, around: float, font: float) -> float:
    if isinstance(given, Length):
        return given.pixels(font, 1000)
    return 0.0 if given is Keyword.INITIAL else around


def _inherited_word(given: Value | None, around: str, initial: str) -> str:
    if isinstance(given, str):
        return given
    return initial if given is Keyword.INITIAL else around


def _ground(given: Mapping[str, Value], around: Style, ink: Color) -> dict[str, Any]:
    color, picture = given.get("background-color"), given.get("picture")
    color = ink if color == "currentcolor" else color
    changes: dict[str, Any] = {}
    if isinstance(color, Color) and color.alpha > 0:
        # An opaque ground covers what is behind it.
        changes["ground"] = color.over(around.ground)
        changes["has_picture"] = around.has_picture and color.alpha < 1
    if picture is True:
        changes["has_picture"] = True
    if "clip-text" in given:
        changes["is_cut_out"] = given["clip-text"] == "text"
    return changes
