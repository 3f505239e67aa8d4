"""Bounds the source of a page, so that a parser true to the HTML standard stays quick on it.

Such a parser takes quadratic time over deep nesting and over many attributes, and makes quadratically many
elements of formatting tags that are never closed. What leaves here is tokenized once and for all: no
comments, no scripts, and no `<` that is not a tag: the parser cannot see other tags than were counted.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from shared.text.html.element_names import BLOCKS, words

LIMIT_CHARACTERS = 8_000_000
LIMIT_TAGS = 100_000
LIMIT_DEPTH = 500
"""How deep elements nest before the tags of deeper ones are passed over; browsers have such a limit too."""
LIMIT_ATTRIBUTES = 100
LIMIT_VALUE = 16_384

RENAMED = "x-"
"""What formatting elements are called with where there are too many to be formatting elements."""

_LIMIT_REOPENED = 500_000
_SPACE = "\\t\\n\\f\\r "
_VALUE = rf"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^{_SPACE}>"'][^{_SPACE}>]*+|(?=>))"""
_ATTRIBUTE = rf"[^{_SPACE}/>][^{_SPACE}/>=]*+(?:[{_SPACE}]*+=[{_SPACE}]*+{_VALUE})?+"
_TOKEN = re.compile(
    rf"""<(?:
    (?P<comment>!--(?:-?>|.*?(?:--!?>|\Z)))
    |(?P<end>/?)(?P<name>[a-zA-Z][^{_SPACE}/>]*+)(?P<attributes>(?:[{_SPACE}/]++|{_ATTRIBUTE})*+)(?P<closed>>|\Z)
    |(?P<doctype>!doctype[^>]*+>)
    |(?P<bogus>(?:[!?]|/[^a-zA-Z])[^>]*+(?:>|\Z)|/>)
    )""".replace("\n    ", ""),
    re.IGNORECASE | re.DOTALL,
)
_ONE_ATTRIBUTE = re.compile(
    rf"(?P<name>[^{_SPACE}/>][^{_SPACE}/>=]*+)(?:[{_SPACE}]*+=[{_SPACE}]*+(?P<value>{_VALUE}))?+"
)
_SCRIPT_STATE = re.compile(r"<!--|-->|</?script(?=[\t\n\f\r />])", re.IGNORECASE)
_VOID = words(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr"
)
# They end where another of them begins, so that many of them are not deep.
_IMPLICITLY_ENDED = words(
    "p li dt dd option optgroup tr td th tbody thead tfoot colgroup caption rp rt rb rtc a nobr "
    "button html head body"
)
_FORMATTING = words("b big code em font i s small strike strong tt u")
_SCOPES = frozenset(["applet", "marquee", "object", "table", "template", "svg", "math"])
_DROPPED_CONTENT = frozenset(["iframe", "noembed", "noframes", "noscript", "script", "style", "xmp"])
_TEXT_CONTENT = frozenset(["textarea", "title"])


@dataclass
class Source:
    """Holds the source within bounds.

    Attributes:
        html: What the parser is given.
        sheets: The texts of `style` elements; an element's `data-sheet` is the index of its own.
        flattened: Whether tags of elements that nest too deep were left out.
        left_out: What was cut off, if anything was.
        has_doctype: Whether the page says what it is.
    """

    html: str = ""
    sheets: list[str] = field(default_factory=list)
    flattened: bool = False
    left_out: str | None = None


def bounded(html: str) -> Source:
    """Returns the source as far as it is read, in one pass over it."""
    return _Scanner(html).scan()


class _Scanner:
    def __init__(self, html: str) -> None:
        self._html = html[:LIMIT_CHARACTERS]
        self._source = Source()
        if len(html) > LIMIT_CHARACTERS:
            self._source.left_out = f"everything after the first {LIMIT_CHARACTERS:,} characters of HTML"
        self._pieces: list[str] = []
        self._formatting: list[int] = []
        self._open: list[str] = []
        self._skipped: Counter[str] = Counter()
        self._tags = 0

    def scan(self) -> Source:
        html, at = self._html, 0
        while (start := html.find("<", at)) >= 0:
            self._pieces.append(html[at:start])
            token = _TOKEN.match(html, start)
            if token is None:
                self._pieces.append("&lt;")
                at = start + 1
            elif token["name"] is None:
                # An empty comment, so that the texts before and after do not become a character reference.
                self._pieces.append(token[0] if token["doctype"] else "<!---->")
                at = token.end()
            elif self._tags >= LIMIT_TAGS:
                self._source.left_out = f"everything after the first {LIMIT_TAGS:,} tags of HTML"
                at = len(html)
            elif not token["closed"]:
                at = len(html)
            else:
                self._tags += 1
                at = self._tag(token)
        self._pieces.append(html[at:])
        self._rename_formatting()
        self._source.html = "".join(self._pieces)
        return self._source

    def _tag(self, token: re.Match[str]) -> int:
        """Copies or drops a tag; returns the position after it."""
        name, is_end = token["name"].lower(), bool(token["end"])
        if self._is_too_deep(name, is_end=is_end):
            return token.end()
        if name in _FORMATTING:
            self._formatting.append(len(self._pieces))
        if is_end:
            self._pieces.append(f"</{name}>")
            return token.end()
        attributes = _within_bounds(token["attributes"])
        if name in _DROPPED_CONTENT:
            return self._dropped(name, attributes, token.end())
        if name in _TEXT_CONTENT:
            end = _end_of(name, self._html, token.end())
            text = self._html[token.end() : end].replace("<", "&lt;")
            self._pieces.append(f"<{name}{attributes}>{text}</{name}>")
            return _after_end_tag(self._html, end)
        if name == "plaintext":
            self._pieces.append(f"<pre>{self._html[token.end() :].replace('<', '&lt;')}")
            return len(self._html)
        self._pieces.append(f"<{name}{attributes}>")
        return token.end()

    def _is_too_deep(self, name: str, *, is_end: bool) -> bool:
        """Tells whether the tag is left out because its element is too deep, or was."""
        if name in _VOID or name in _IMPLICITLY_ENDED:
            return False
        if is_end:
            if self._skipped[name]:
                self._skipped[name] -= 1
                return True
            self._close(name)
            return False
        if name in _DROPPED_CONTENT or name in _TEXT_CONTENT:
            return False
        if len(self._open) >= LIMIT_DEPTH:
            self._skipped[name] += 1
            self._source.flattened = True
            return True
        self._open.append(name)
        return False

    def _close(self, name: str) -> None:
        """Notes an end tag, if the parser will not ignore it because of what is still open."""
        barriers = _SCOPES if name in BLOCKS or name in _SCOPES else BLOCKS | _SCOPES
        for index in range(len(self._open) - 1, -1, -1):
            each = self._open[index]
            if each == name:
                # What is open inside of a formatting element stays open.
                del self._open[index : index + 1 if name in _FORMATTING else None]
                return
            if name not in _FORMATTING and each in barriers:
                return

    def _dropped(self, name: str, attributes: str, start: int) -> int:
        end = _end_of_script(self._html, start) if name == "script" else _end_of(name, self._html, start)
        if name == "style":
            self._pieces.append(f'<style data-sheet="{len(self._source.sheets)}" {attributes}></style>')
            self._source.sheets.append(self._html[start:end])
        elif name == "xmp":
            self._pieces.append(
                f"<pre>{self._html[start:end].replace('&', '&amp;').replace('<', '&lt;')}</pre>"
            )
        else:
            self._pieces.append(f"<{name}></{name}>")
        return _after_end_tag(self._html, end)

    def _rename_formatting(self) -> None:
        """Makes ordinary elements of formatting elements, if reopening them could take too long.

        Where they are nested well, which is what makes pages of this size readable, that changes nothing.
        """
        if len(self._formatting) * self._tags <= _LIMIT_REOPENED:
            return
        for index in self._formatting:
            tag = self._pieces[index]
            self._pieces[index] = f"</{RENAMED}{tag[2:]}" if tag[1] == "/" else f"<{RENAMED}{tag[1:]}"


def _within_bounds(attributes: str) -> str:
    if len(attributes) <= 2 * LIMIT_ATTRIBUTES:
        return attributes
    kept: list[str] = []
    for count, each in enumerate(_ONE_ATTRIBUTE.finditer(attributes)):
        if count == LIMIT_ATTRIBUTES:
            break
        value = each["value"]
        if value is None or len(value) <= LIMIT_VALUE:
            kept.append(each[0])
        else:
            quotes = value[0] if value[0] in "\"'" else ""
            kept.append(f"{each['name']}={value[:LIMIT_VALUE]}{quotes}")
    return " " + " ".join(kept)


def _end_of(name: str, html: str, start: int) -> int:
    """Returns where the end tag begins of an element that has nothing but text."""
    found = re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE).search(html, start)
    return found.start() if found else len(html)


def _end_of_script(html: str, start: int) -> int:
    """Returns where a script's end tag begins: its comments may hold scripts (HTML, 13.2.5.15)."""
    in_comment = in_script = False
    at = start
    while found := _SCRIPT_STATE.search(html, at):
        mark = found[0].lower()
        # The dashes of `<!-->` both begin and end the comment.
        at = found.end() - 2 if mark == "<!--" else found.end()
        if mark == "<!--":
            in_comment = True
        elif mark == "-->":
            in_comment = in_script = False
        elif mark == "<script":
            in_script = in_comment
        elif in_script:
            in_script = False
        else:
            return found.start()
    return len(html)


def _after_end_tag(html: str, start: int) -> int:
    token = _TOKEN.match(html, start) if start < len(html) else None
    return token.end() if token and token["closed"] else len(html)
