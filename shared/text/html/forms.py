"""Finds the text for elements without text of their own: pictures, form fields, numbers of list items."""

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from shared.text.html.declarations import inline
from shared.text.html.tree import Element

_LIMIT_LABEL = 200
_UNSEEN_PIXELS = 2
_NOT_SHOWN_INPUTS = frozenset(["hidden", "password", "file", "color", "range", "image"])
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)
_TYPES: Mapping[str, str] = {
    "1": "decimal",
    "a": "lower-alpha",
    "A": "upper-alpha",
    "i": "lower-roman",
    "I": "upper-roman",
}


def picture(element: Element) -> str:
    """Returns the text for a picture: its text or name, an emoji as itself, nothing if nobody sees it."""
    alternative = " ".join(element.attrib.get("alt", "").split())
    if not alternative and _is_unseen(element):
        return ""
    if alternative and _is_emoji(alternative):
        return alternative
    source = element.attrib.get("src", "").strip()
    if "alt" in element.attrib and not alternative and not source.lower().startswith("cid:"):
        # The author says that it has no meaning.
        return ""
    label = (alternative or _name(source))[:_LIMIT_LABEL]
    return f"[image: {label}]" if label else "[image]"


def _is_unseen(element: Element) -> bool:
    sizes = [element.attrib.get(name, "").strip().lower().removesuffix("px") for name in ("width", "height")]
    styled = {each.name: each.value for each in inline(element.attrib.get("style", ""))}
    lengths = [styled.get(name) for name in ("width", "height", "max-width", "max-height")]
    return any(each.isdecimal() and int(each[:9]) <= _UNSEEN_PIXELS for each in sizes) or any(
        isinstance(each, tuple) and each[1:] == ("px",) and float(each[0]) <= _UNSEEN_PIXELS
        for each in lengths
    )


def _is_emoji(text: str) -> bool:
    return (
        len(text) <= 16
        and not any(map(str.isalpha, text))
        and any(unicodedata.category(each) in ("So", "Sk") for each in text)
    )


def _name(source: str) -> str:
    """Returns the name of a picture's file, by its address."""
    if source.lower().startswith("cid:"):
        return unquote(source[4:]).partition("@")[0]
    try:
        address = urlsplit(source)
        named = parse_qs(address.query, max_num_fields=50).get("fileName", [""])[0]
    except ValueError:
        return ""
    if address.scheme.lower() not in ("", "http", "https", "file"):
        return ""
    last = unquote(address.path.rsplit("/", 1)[-1])
    return " ".join((named or (last if re.search(r"\.\w{2,5}$", last) else "")).split())


def field(element: Element) -> str:
    """Returns what is seen of an `input` element."""
    kind = element.attrib.get("type", "text").strip().lower()
    value = " ".join(element.attrib.get("value", "").split())
    match kind:
        case "checkbox":
            return "[x] " if "checked" in element.attrib else "[ ] "
        case "radio":
            return "(x) " if "checked" in element.attrib else "( ) "
        case "image":
            return picture(element)
        case "submit" | "reset" | "button":
            return f"[{value}]" if value else ""
        case _ if kind in _NOT_SHOWN_INPUTS:
            return ""
        case _:
            return value or " ".join(element.attrib.get("placeholder", "").split())


def chosen(element: Element) -> list[Element]:
    """Returns the options of a `select` element that are seen while it is closed."""
    options: list[Element] = []
    waiting = list(reversed(element.children))
    while waiting:
        each = waiting.pop()
        if isinstance(each, Element):
            if each.tag == "option":
                options.append(each)
            else:
                waiting.extend(reversed(each.children))
    selected = [each for each in options if "selected" in each.attrib]
    return selected if selected or "multiple" in element.attrib else options[:1]


class Numbers:
    """Counts the items of a list."""

    def __init__(self, of_list: Element) -> None:
        self._is_ordered = of_list.tag == "ol"
        items = sum(isinstance(each, Element) and each.tag == "li" for each in of_list.children)
        is_reversed = "reversed" in of_list.attrib
        self._step = -1 if is_reversed else 1
        start = _integer(of_list.attrib.get("start", ""))
        self._next = start if start is not None else items if is_reversed else 1
        self._type = _TYPES.get(of_list.attrib.get("type", ""), "decimal")

    def marker(self, item: Element, style: str | None) -> str:
        """Returns the marker before an item, with the style of its list as CSS has it."""
        if style == "none":
            return ""
        value = _integer(item.attrib.get("value", ""))
        number = self._next if value is None else value
        self._next = number + self._step
        kind = style or _TYPES.get(item.attrib.get("type", ""), self._type)
        if style in ("disc", "circle", "square") or not (self._is_ordered or style):
            return "- "
        return f"{_numeral(number, kind)}. "


def _integer(text: str) -> int | None:
    found = re.match(r"\s*([+-]?\d{1,9})", text, re.ASCII)
    return int(found[1]) if found else None


def _numeral(number: int, kind: str) -> str:
    form = kind.rpartition("-")[2]
    if number < 1 or form not in ("alpha", "latin", "roman") or number > 3999:
        return str(number)
    text = _roman(number) if form == "roman" else _letters(number)
    return text.upper() if kind.startswith("upper") else text


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text


def _letters(number: int) -> str:
    text = ""
    while number:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("a") + letter) + text
    return text
