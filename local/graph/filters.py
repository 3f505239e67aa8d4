"""Evaluates `$filter`: comparisons, `and`, `or`, `not`, parentheses, `in` and text functions."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.graph.errors import GraphError
from local.graph.odata import Resource, value_at
from local.graph.time_zones import parsed

type Predicate = Callable[[Resource], bool]

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<punctuation>[(),])|(?P<word>[^\s(),']+))", re.DOTALL)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?")
_LONGEST = 4096


def parse_filter(text: str) -> Predicate:
    """Returns what a `$filter` expression asks of a resource.

    Raises:
        GraphError: It is not such an expression.
    """
    if len(text) > _LONGEST:
        raise _syntax_error(text[:40] + "...")
    parser = _Parser(text)
    try:
        predicate = parser.alternatives()
    except RecursionError as error:
        raise _syntax_error(text[:40] + "...") from error
    if parser.tokens:
        raise _syntax_error(text)
    return predicate


def filtered(resources: list[Resource], text: str | None) -> list[Resource]:
    """Returns the resources a `$filter` lets through; all of them if there is none."""
    if not text:
        return resources
    predicate = parse_filter(text)
    return [resource for resource in resources if predicate(resource)]


def filter_paths(text: str) -> list[str]:
    """Returns the property paths an expression names, in order."""
    words = [(match["word"], match["punctuation"]) for match in _TOKEN.finditer(text)]
    reserved = {
        "and", "or", "not", "in", "true", "false", "null", "tolower", "toupper", *_COMPARISONS, *_FUNCTIONS,
    }  # fmt: skip
    return [
        word for word, _ in words if word and re.match(r"[A-Za-z_]", word) and word.casefold() not in reserved
    ]


def _syntax_error(text: str) -> GraphError:
    return GraphError(400, "BadRequest", f"Invalid filter clause: syntax error in '{text}'.")


class _Parser:
    """Parses the tokens of one expression by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        end = 0
        for match in _TOKEN.finditer(text):
            if match.start() != end:
                raise _syntax_error(text)
            self.tokens.append(match[0].strip())
            end = match.end()
        if text[end:].strip() or not self.tokens:
            raise _syntax_error(text)

    def alternatives(self) -> Predicate:
        branches = [self._conjunction()]
        while self._accept("or"):
            branches.append(self._conjunction())
        return lambda resource: any(branch(resource) for branch in branches)

    def _conjunction(self) -> Predicate:
        branches = [self._term()]
        while self._accept("and"):
            branches.append(self._term())
        return lambda resource: all(branch(resource) for branch in branches)

    def _term(self) -> Predicate:
        if self._accept("not"):
            negated = self._term()
            return lambda resource: not negated(resource)
        if self._accept("("):
            inner = self.alternatives()
            self._expect(")")
            return inner
        name = self._next()
        if name.casefold() in _FUNCTIONS and self._accept("("):
            return self._function(_FUNCTIONS[name.casefold()])
        return self._comparison(name)

    def _function(self, function: Callable[[str, str], bool]) -> Predicate:
        path = self._next()
        if path.casefold() in ("tolower", "toupper"):
            # Texts are compared without case anyway.
            self._expect("(")
            path = self._next()
            self._expect(")")
        self._expect(",")
        wanted = self._literal(self._next())
        self._expect(")")
        if not isinstance(wanted, str):
            raise _syntax_error(self.text)
        folded = wanted.casefold()
        return lambda resource: function(str(value_at(resource, path) or "").casefold(), folded)

    def _comparison(self, path: str) -> Predicate:
        if not re.fullmatch(r"[A-Za-z_][\w/.]*", path):
            raise _syntax_error(self.text)
        name = self._next().casefold()
        if name == "in":
            self._expect("(")
            options = [self._literal(self._next())]
            while self._accept(","):
                options.append(self._literal(self._next()))
            self._expect(")")
            return lambda resource: any(
                _compare(operator.eq, value_at(resource, path), each) for each in options
            )
        if name not in _COMPARISONS:
            raise _syntax_error(self.text)
        wanted = self._literal(self._next())
        return lambda resource: _compare(_COMPARISONS[name], value_at(resource, path), wanted)

    def _literal(self, token: str) -> Any:
        constants = {"true": True, "false": False, "null": None}
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.casefold() in constants:
            return constants[token.casefold()]
        if _DATE.fullmatch(token):
            return _moment(token)
        try:
            return float(token)
        except ValueError:
            raise _syntax_error(self.text) from None

    def _next(self) -> str:
        if not self.tokens:
            raise _syntax_error(self.text)
        return self.tokens.pop(0)

    def _accept(self, token: str) -> bool:
        if self.tokens and self.tokens[0].casefold() == token:
            self.tokens.pop(0)
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise _syntax_error(self.text)


def _moment(text: str) -> datetime:
    moment = parsed(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _compare(comparison: Callable[[Any, Any], bool], value: Any, wanted: Any) -> bool:
    """Compares as OData does: text without case, null equal to null only, dates as moments."""
    if value is None or wanted is None:
        return comparison in (operator.eq, operator.ne) and comparison(value, wanted)
    if isinstance(wanted, datetime) or (
        isinstance(value, str) and isinstance(wanted, str) and _DATE.fullmatch(wanted)
    ):
        try:
            moment = wanted if isinstance(wanted, datetime) else _moment(wanted)
            return comparison(_moment(str(value)), moment)
        except GraphError:
            return False
    if isinstance(value, str) and isinstance(wanted, str):
        return comparison(value.casefold(), wanted.casefold())
    if isinstance(value, bool) is not isinstance(wanted, bool) or isinstance(value, str) is not isinstance(
        wanted, str
    ):
        return comparison is operator.ne
    return comparison(value, wanted)
