"""Operators in their true order. The grammar binds members last, and so reads `a == b.c && d` wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tests.infra.bicep.source import Node, named, text

OPERATED = frozenset(
    {
        "binary_expression",
        "lambda_expression",
        "member_expression",
        "subscript_expression",
        "ternary_expression",
        "unary_expression",
    }
)
# From the loosest to the tightest ("Bicep operators", precedence).
_ORDER = (
    ("??",),
    ("||",),
    ("&&",),
    ("==", "!=", "=~", "!~"),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "/", "%"),
)


@dataclass(frozen=True)
class Lambda:
    """`names => body`."""

    node: Node
    names: Sequence[str]
    body: Term


@dataclass(frozen=True)
class Ternary:
    """`condition ? consequence : alternative`."""

    node: Node
    condition: Term
    consequence: Term
    alternative: Term


@dataclass(frozen=True)
class Binary:
    """`left operator right`."""

    node: Node
    operator: str
    left: Term
    right: Term


@dataclass(frozen=True)
class Unary:
    """`!operand` or `-operand`."""

    node: Node
    operator: str
    operand: Term


@dataclass(frozen=True)
class Link:
    """`container.key` or `container[index]`, where a `?` makes what is not there null."""

    node: Node
    container: Term
    key: str | Node
    safe: bool


type Term = Lambda | Ternary | Binary | Unary | Link | Node


@dataclass(frozen=True)
class _Key:
    node: Node
    key: str | Node
    safe: bool


@cache
def parsed(node: Node) -> Term:
    """The expression of a node of `OPERATED`, as the language orders it.

    Raises:
        SyntaxError: It is none.
    """
    parser = _Parser(node, _tokens(node))
    term = parser.expression()
    if parser.rest:
        raise SyntaxError(f"{text(node)[:80]!r} goes on after its end")
    return term


def _tokens(node: Node) -> list[str | Node | _Key]:
    """Operators, operands and links in the order they are written in."""
    if node.type not in OPERATED:
        return [node]
    if node.type == "member_expression":
        safe = any(child.type == ".?" for child in node.children)
        return [*_tokens(named(node)[0]), _Key(node, text(named(node)[1]), safe)]
    if node.type == "subscript_expression":
        safe = any(child.type == "?" for child in node.children)
        return [*_tokens(named(node)[0]), _Key(node, named(node)[1], safe)]
    return [
        token for child in node.children for token in (_tokens(child) if child.is_named else [text(child)])
    ]


class _Parser:
    def __init__(self, node: Node, tokens: list[str | Node | _Key]) -> None:
        self.rest = tokens
        self._node = node

    def expression(self) -> Term:
        if len(self.rest) > 1 and self.rest[1] == "=>":
            head = self._operand()
            self._next()
            names = [text(each) for each in named(head)] or [text(head)]
            return Lambda(self._node, names, self.expression())
        condition = self._binary(0)
        if not self._at("?"):
            return condition
        self._next()
        consequence = self.expression()
        if not self._at(":"):
            raise SyntaxError(f"{text(self._node)[:80]!r} lacks a colon")
        self._next()
        return Ternary(self._node, condition, consequence, self.expression())

    def _binary(self, level: int) -> Term:
        if level == len(_ORDER):
            return self._unary()
        left = self._binary(level + 1)
        while self._at(*_ORDER[level]):
            operator = str(self._next())
            left = Binary(self._node, operator, left, self._binary(level + 1))
        return left

    def _unary(self) -> Term:
        if self._at("!", "-"):
            return Unary(self._node, str(self._next()), self._unary())
        term: Term = self._operand()
        while self.rest and isinstance(self.rest[0], _Key):
            link = self.rest.pop(0)
            assert isinstance(link, _Key)
            term = Link(link.node, term, link.key, link.safe)
        return term

    def _operand(self) -> Node:
        match self._next():
            case str() | _Key():
                raise SyntaxError(f"{text(self._node)[:80]!r} lacks an operand")
            case operand:
                return operand

    def _at(self, *operators: str) -> bool:
        return bool(self.rest) and self.rest[0] in operators

    def _next(self) -> str | Node | _Key:
        if not self.rest:
            raise SyntaxError(f"{text(self._node)[:80]!r} breaks off")
        return self.rest.pop(0)
