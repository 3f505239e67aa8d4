"""Cleans HTML that is to be sent: what stays is text, its structure, and links that say where they lead."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

_KEPT: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "p", "br", "div", "span", "b", "strong", "i", "em", "u", "s", "del", "sub", "sup", "ul", "li",
            "blockquote", "pre", "code", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "table", "caption",
            "thead", "tbody", "tfoot", "tr",
        ),
        frozenset[str](),
    ),
    "a": frozenset({"href"}),
    "ol": frozenset({"start"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan"}),
}  # fmt: skip
"""The elements that stay, each with its attributes that stay."""
_EMPTY = frozenset({"br", "hr"})
_DROPPED = frozenset(
    {
        "script", "style", "template", "noscript", "iframe", "object", "embed", "applet", "svg", "math",
        "select", "textarea", "head", "title", "audio", "video", "canvas", "frameset",
    }
)  # fmt: skip
"""The elements whose content goes with them; of others that do not stay the content is kept."""
_MISSED = (_DROPPED - {"head", "title", "template", "noscript"}) | {"img", "input", "button", "form"}
"""The elements whose absence is seen; of others no more than their look is lost."""
_DEEPEST = 60
_LINK = re.compile(r"(https?://|mailto:)[^\s<>\"\\\x00-\x1f]+", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """Holds cleaned HTML, and the names of the elements that were left out of it."""

    html: str
    left_out: tuple[str, ...]


@dataclass(slots=True)
class _Cleaner:
    parts: list[str] = field(default_factory=list)
    left_out: dict[str, None] = field(default_factory=dict)
    ends: list[str] = field(default_factory=list)

    def open(self, node: LexborNode) -> bool:
        """Writes the beginning of an element, and tells whether what is inside is wanted."""
        tag = (node.tag or "").lower()
        if tag in _DROPPED or tag not in _KEPT:
            if tag in _MISSED:
                self.left_out[tag] = None
            self.ends.append("")
            return tag not in _DROPPED
        if len(self.ends) > _DEEPEST:
            self.ends.append("")
            return True
        self.parts.append(f"<{tag}{_attributes(tag, node.attributes)}>")
        self.ends.append("" if tag in _EMPTY else f"</{tag}>")
        return True


def safe_link(address: str) -> str | None:
    """Returns an address that a link may have: of the web or of mail; None for all others."""
    return address.strip() if _LINK.fullmatch(address.strip()) else None


def safe_html(source: str) -> SafeHtml:
    """Returns HTML with those elements and attributes only that are known to be harmless.

    No scripts, styles, forms, pictures or frames stay, and no attribute that loads, runs or hides
    anything. Raises nothing: any text is HTML of some kind.
    """
    cleaner = _Cleaner()
    parser = LexborHTMLParser(source)
    if parser.head is not None:
        for each in parser.head.traverse():
            if each.tag in _MISSED:
                cleaner.left_out[str(each.tag)] = None
    top = parser.body
    node: LexborNode | None = top.first_child if top is not None else None
    while node is not None and top is not None:
        inside: LexborNode | None = None
        if node.is_text_node:
            cleaner.parts.append(html.escape(node.text_content or "", quote=False))
        elif node.is_element_node:
            inside = node.first_child if cleaner.open(node) else None
            if inside is None:
                cleaner.parts.append(cleaner.ends.pop())
        if inside is not None:
            node = inside
            continue
        while node is not None and node.next is None:
            node = node.parent
            if node is None or node.mem_id == top.mem_id:
                return SafeHtml("".join(cleaner.parts), tuple(cleaner.left_out))
            cleaner.parts.append(cleaner.ends.pop())
        node = node.next if node is not None else None
    return SafeHtml("".join(cleaner.parts), tuple(cleaner.left_out))


def _attributes(tag: str, given: Mapping[str, str | None]) -> str:
    written = ""
    for name in sorted(_KEPT[tag] & given.keys()):
        value = given[name] or ""
        kept = safe_link(value) if name == "href" else value if _NUMBER.fullmatch(value) else None
        if kept is not None:
            written += f' {name}="{html.escape(kept)}"'
    return written
