"""Builds the elements of a page, as the HTML standard makes them of its source."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from shared.text.html.source import RENAMED, Source

LIMIT_STEPS = 1_000_000
"""How many steps matching selectors may take for one page."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


class TooManyStepsError(Exception):
    """Reports that the style sheets of a page need more work than they are worth."""


class Steps:
    """Counts how many steps are left."""

    def __init__(self) -> None:
        self.left = LIMIT_STEPS

    def take(self, count: int = 1) -> None:
        """Takes some steps.

        Raises:
            TooManyStepsError: None is left.
        """
        self.left -= count
        if self.left < 0:
            raise TooManyStepsError


class Element:
    """Holds an element with its children, in the form that cssselect2 matches selectors against."""

    __slots__ = ("attrib", "children", "index", "parent", "previous", "steps", "tag")

    in_html_document = True
    in_disabled_fieldset = False
    namespace_url = ""

    def __init__(self, tag: str, attrib: Mapping[str, str], parent: "Element | None", steps: Steps) -> None:
        self.tag = tag
        self.attrib = attrib
        self.parent = parent
        self.steps = steps
        self.children: list[Element | str] = []
        self.previous: Element | None = None
        self.index = 0

    def get(self, name: str, default: str | None = None) -> str | None:
        """Returns the value of an attribute."""
        return self.attrib.get(name, default)

    @property
    def etree_element(self) -> "Element":
        """Returns the element whose attributes are matched."""
        return self

    @property
    def local_name(self) -> str:
        """Returns the name of the element."""
        return self.tag

    @property
    def id(self) -> str | None:
        """Returns the identifier, if it has one."""
        return self.attrib.get("id")

    @property
    def classes(self) -> set[str]:
        """Returns the names of its classes."""
        return set(self.attrib.get("class", "").split())

    @property
    def lang(self) -> str:
        """Returns the language of the element, or of what is around it."""
        for each in (self, *self.ancestors):
            if (language := each.attrib.get("lang")) is not None:
                return language.lower()
        return ""

    @property
    def text(self) -> str:
        """Returns the text at the beginning of the element."""
        return self.children[0] if self.children and isinstance(self.children[0], str) else ""

    @property
    def ancestors(self) -> Iterator["Element"]:
        """Yields each element around it, from the inside."""
        each = self.parent
        while each is not None:
            self.steps.take()
            yield each
            each = each.parent

    @property
    def previous_siblings(self) -> Iterator["Element"]:
        """Yields each element before it in the same element, the nearest first."""
        each = self.previous
        while each is not None:
            self.steps.take()
            yield each
            each = each.previous

    @property
    def etree_children(self) -> list["Element"]:
        """Returns the elements in it."""
        self.steps.take(len(self.children) + 1)
        return [each for each in self.children if isinstance(each, Element)]

    @property
    def etree_siblings(self) -> list["Element"]:
        """Returns the elements beside it, and itself."""
        return self.parent.etree_children if self.parent else [self]

    def iter_children(self) -> Iterator["Element"]:
        """Yields the elements in it, one after the other."""
        yield from self.etree_children

    def iter_subtree(self) -> Iterator["Element"]:
        """Yields the element and all elements in it, at any depth."""
        waiting = [self]
        while waiting:
            each = waiting.pop()
            yield each
            waiting.extend(reversed(each.etree_children))

    def iter_next_siblings(self) -> Iterator["Element"]:
        """Yields the elements after it in the same element."""
        yield from self.etree_siblings[self.index + 1 :]


def parse(source: Source) -> tuple[Element, list[Element]]:
    """Parses a page; returns its root element, and the elements of its style sheets."""
    steps = Steps()
    top = LexborHTMLParser(source.html, options=int(LexborDocumentOptions.WO_EVENTS)).root
    root = Element("html", _NOTHING, None, steps)
    sheets: list[Element] = []
    if top is None:
        return root, sheets
    root.attrib = _attributes(top.attributes)
    node, parent = top.first_child, root
    last: list[Element | None] = [None]
    counts = [0]
    while node is not None:
        inside = None
        if node.is_text_node:
            parent.children.append(node.text_content or "")
        elif node.is_element_node:
            element = Element(
                (node.tag or "").lower().removeprefix(RENAMED), _attributes(node.attributes), parent, steps
            )
            element.previous, element.index = last[-1], counts[-1]
            last[-1] = element
            counts[-1] += 1
            parent.children.append(element)
            if element.tag == "style":
                sheets.append(element)
            inside = node.first_child
        if inside is not None:
            node, parent = inside, element
            last.append(None)
            counts.append(0)
            continue
        while node is not None and node.next is None:
            node = node.parent
            if node is None or parent.parent is None:
                return root, sheets
            parent = parent.parent
            last.pop()
            counts.pop()
        node = node.next if node is not None else None
    return root, sheets


def _attributes(given: dict[str, str | None]) -> Mapping[str, str]:
    return {name.lower(): value or "" for name, value in given.items()} if given else _NOTHING
