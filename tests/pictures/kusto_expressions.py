"""Evaluates the expressions of Kusto that the deployment's queries use.

What they do not use is refused, so that no picture shows what a query does not say.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

type Row = Mapping[str, Any]
type Expression = Callable[[Row], Any]

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>\d+(?:\.\d+)?[dhms]?\b)"""
    r"""|(?P<name>mv-expand|[A-Za-z_]\w*)|(?P<sign>==|!=|>=|<=|[|()\[\],.=<>*/+-]))"""
)


class KustoError(Exception):
    """A query uses what is not evaluated here."""


class Tokens:
    """The tokens of a query, taken one after the other."""

    def __init__(self, query: str) -> None:
        self._tokens: list[str] = []
        at = 0
        while query[at:].strip():
            found = _TOKEN.match(query, at)
            if not found:
                raise KustoError(f"{query[at : at + 40]!r} is not read")
            self._tokens.append(found[0].strip())
            at = found.end()
        self._at = 0

    def next_is(self, *tokens: str) -> bool:
        """Whether the next token is one of these; with none, whether there is no more."""
        return self.peek(0) in (tokens or ("",))

    def take(self) -> str:
        """The next token.

        Raises:
            KustoError: There is none.
        """
        if self._at == len(self._tokens):
            raise KustoError("the query ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def peek(self, ahead: int) -> str:
        """The token that many tokens ahead, which stays; empty where there is none."""
        return next(iter(self._tokens[self._at + ahead : self._at + ahead + 1]), "")

    def accept(self, token: str) -> bool:
        """Takes the next token if it is this one."""
        accepted = self.next_is(token)
        self._at += accepted
        return accepted

    def expect(self, token: str) -> None:
        """Takes the next token.

        Raises:
            KustoError: It is not this one.
        """
        taken = self.take()
        if taken != token:
            raise KustoError(f"{taken!r} stands where {token!r} should")

    def named(self) -> str:
        """The name before a `=`, which is taken too; else an empty string."""
        if self.peek(1) != "=":
            return ""
        name = self.take()
        self.expect("=")
        return name


def expression(tokens: Tokens) -> Expression:
    """Reads an expression with `or`, which binds least."""
    return _chain(tokens, {"or": lambda one, other: bool(one) or bool(other)}, _conjunction)


def _conjunction(tokens: Tokens) -> Expression:
    return _chain(tokens, {"and": lambda one, other: bool(one) and bool(other)}, _comparison)


def _comparison(tokens: Tokens) -> Expression:
    left = _sum(tokens)
    if tokens.accept("in"):
        tokens.expect("(")
        listed = arguments(tokens)
        return lambda row: left(row) in [each(row) for each in listed]
    for sign, compare in _COMPARISONS.items():
        if tokens.accept(sign):
            right = _sum(tokens)
            return lambda row: compare(left(row), right(row))
    return left


def _sum(tokens: Tokens) -> Expression:
    signs = {"+": lambda one, other: one + other, "-": lambda one, other: one - other}
    return _chain(tokens, signs, _product)


def _product(tokens: Tokens) -> Expression:
    signs = {"*": lambda one, other: one * other, "/": lambda one, other: one / other}
    return _chain(tokens, signs, _member)


def _chain(
    tokens: Tokens, signs: Mapping[str, Callable[[Any, Any], Any]], part: Callable[[Tokens], Expression]
) -> Expression:
    left = part(tokens)
    while tokens.next_is(*signs):
        left = _joined(signs[tokens.take()], left, part(tokens))
    return left


def _joined(join: Callable[[Any, Any], Any], left: Expression, right: Expression) -> Expression:
    return lambda row: join(left(row), right(row))


def _member(tokens: Tokens) -> Expression:
    """A value, and the members of it that are asked for: `call.downstream["host"]`."""
    value = _value(tokens)
    while tokens.next_is(".", "["):
        if tokens.take() == ".":
            key = _constant(tokens.take())
        else:
            key = expression(tokens)
            tokens.expect("]")
        value = _joined(lambda bag, key: bag.get(key) if isinstance(bag, Mapping) else None, value, key)
    return value


def _value(tokens: Tokens) -> Expression:
    token = tokens.take()
    if token == "(":
        inner = expression(tokens)
        tokens.expect(")")
        return inner
    if token[0] in "'\"":
        return _constant(token[1:-1])
    if token[0].isdigit():
        return _constant(_number(token))
    if token == "dynamic":
        return _constant(_literal(tokens))
    if tokens.accept("("):
        if token not in _FUNCTIONS:
            raise KustoError(f"the function {token} is not evaluated")
        given = arguments(tokens)
        return lambda row: _FUNCTIONS[token](*(each(row) for each in given))
    return lambda row: _column(row, token)


def arguments(tokens: Tokens) -> list[Expression]:
    """Reads what stands between parentheses, of which the first is taken."""
    given: list[Expression] = []
    while not tokens.accept(")"):
        given.append(expression(tokens))
        tokens.accept(",")
    return given


def _literal(tokens: Tokens) -> list[Any]:
    """The list in `dynamic(["200"])`."""
    tokens.expect("(")
    written = ""
    while not tokens.next_is(")"):
        written += tokens.take()
    tokens.expect(")")
    return list(json.loads(written))


def _constant(value: Any) -> Expression:
    return lambda _: value


def _column(row: Row, name: str) -> Any:
    if name not in row:
        raise KustoError(f"there is no column {name}")
    return row[name]


def timespan(text: str) -> timedelta:
    """The length of time that Kusto writes as `6h`."""
    return timedelta(**{_UNITS[text[-1]]: float(text[:-1])})


def _number(token: str) -> float | timedelta:
    if token[-1] in _UNITS:
        return timespan(token)
    return float(token) if "." in token else int(token)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _bin(value: datetime, step: timedelta) -> datetime:
    return _EPOCH + (value - _EPOCH) // step * step


def _rounded(value: float, digits: int) -> float:
    """Half goes up, away from Python's way."""
    return math.floor(value * 10**digits + 0.5) / 10**digits


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least that many percent do not exceed, as Kusto's nearest rank."""
    return sorted(values)[max(0, math.ceil(percent / 100 * len(values)) - 1)]


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    "contains": lambda one, other: other.lower() in one.lower(),
    "startswith": lambda one, other: one.lower().startswith(other.lower()),
    "endswith": lambda one, other: one.lower().endswith(other.lower()),
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "array_length": lambda each: None if each is None else len(each),
    "bag_keys": lambda each: None if each is None else list(each),
    "bin": _bin,
    "isnotempty": bool,
    "parse_json": json.loads,
    "round": _rounded,
    "set_difference": lambda one, other: [each for each in one or [] if each not in other],
    "todouble": lambda each: None if each is None else float(each),
    "tolong": lambda each: None if each is None else int(each),
    "tostring": _text,
}
