"""Finds the rules of a page's style sheets that concern an element, in the order in which they win."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cssselect2 import Matcher, SelectorError, compile_selector_list
from tinycss2 import parse_blocks_contents, parse_component_value_list, parse_rule_list, parse_stylesheet

from shared.text.html.declarations import Declaration, declarations
from shared.text.html.media import EVERYWHERE, SCREENS, Condition, media
from shared.text.html.tree import Element, TooManyStepsError

LIMIT_CHARACTERS = 512_000
LIMIT_RULES = 2_000
_LIMIT_NESTED = 8


class Rule(NamedTuple):
    """Holds what a rule declares, and where it holds."""

    declarations: tuple[Declaration, ...]
    condition: Condition


class StyleSheets:
    """Holds all rules of a page that may have to do with what is seen.

    Attributes:
        is_unclear: Whether there are rules of which it cannot be told what they concern.
    """

    def __init__(self) -> None:

        self.is_unclear = False
        self._matcher = Matcher()
        self._rules = 0
        self._characters = 0
        self._conditions: set[int] = set()

    def add(self, css: str, media_of_sheet: str = "") -> None:
        """Adds a sheet, with the `media` attribute of its element."""
        self._characters += len(css)
        if self._characters > LIMIT_CHARACTERS:
            self.is_unclear = True
            return
        condition = media(parse_component_value_list(media_of_sheet))
        self._take(parse_stylesheet(css, skip_comments=True, skip_whitespace=True), condition, 0)

    def screens(self) -> list[int]:
        """Returns one screen of each kind that the rules treat alike, the desktop first."""
        kinds: dict[tuple[bool, ...], int] = {}
        for place in range(len(SCREENS)):
            kinds.setdefault(tuple(bool(each >> place & 1) for each in sorted(self._conditions)), place)
        return list(kinds.values())

    def rules(self, element: Element) -> list[Rule]:
        """Returns the rules for an element, from the weakest to the strongest."""
        if not self._rules:
            return []
        try:
            found = self._matcher.match(element)
        except TooManyStepsError:
            self.is_unclear = True
            self._rules = 0
            return []
        return [rule for _, _, pseudo_element, rule in found if pseudo_element is None]

    def _take(self, nodes: Sequence[Any], condition: Condition, depth: int) -> None:

        for each in nodes:
            if each.type == "qualified-rule":
                self._take_rule(each, condition)
            elif each.type == "at-rule" and each.content is not None:
                inside = _condition(each.lower_at_keyword, each.prelude)
                if inside is None or not (both := condition.both(inside)).screens:
                    continue
                if depth == _LIMIT_NESTED:
                    self.is_unclear = True
                    continue
                rules = parse_rule_list(each.content, skip_comments=True, skip_whitespace=True)
                self._take(rules, both, depth + 1)

    def _take_rule(self, rule: Any, condition: Condition) -> None:

        content = parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        # Rules within rules are known to browsers only; which elements they are for is not worked out.
        self.is_unclear = self.is_unclear or any(
            each.type == "qualified-rule" and declarations(parse_blocks_contents(each.content))
            for each in content
        )
        declared = declarations(content)
        if not declared or not condition.screens:
            return
        if self._rules >= LIMIT_RULES:
            self.is_unclear = True
            return
        try:
            selectors = compile_selector_list(rule.prelude)
        except (SelectorError, RecursionError, SyntaxError, MemoryError, NotImplementedError, ValueError):
            # Browsers pass over a rule whose selector they do not know; they know more than this does.
            self.is_unclear = self.is_unclear or not _is_for_one_program(rule.prelude)
            return
        for each in selectors:
            each.test = _counted(each.test)
            self._matcher.add_selector(each, Rule(declared, condition))
        self._rules += len(selectors)
        if condition.screens != EVERYWHERE:
            self._conditions.add(condition.screens)


def _condition(name: str, prelude: Sequence[Any]) -> Condition | None:
    """Returns where the rules in an at-rule hold; None for one that has no rules for elements."""
    match name:
        case "media":
            return media(prelude)
        case "supports":
            is_negated = any(each.type == "ident" and each.lower_value == "not" for each in prelude)
            return Condition(is_certain=not is_negated)
        case "layer" | "-moz-document" | "document":
            return Condition()
        case "container" | "scope" | "starting-style":
            return Condition(is_certain=False)
        case _:
            return None


def _is_for_one_program(prelude: Sequence[Any]) -> bool:
    """Tells whether a selector has a name that begins like those of one browser: `:-moz-any`."""
    return any(
        str(getattr(each, "lower_value", "") or getattr(each, "lower_name", "")).startswith("-")
        for each in prelude
    )


def _counted(test: Callable[[Element], object]) -> Callable[[Element], object]:
    def counted(element: Element) -> object:
        element.steps.take()
        return test(element)

    return counted
