"""What an expression gives, in the names of one file and of the lambdas and loops around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from tests.infra.bicep.functions import FUNCTIONS
from tests.infra.bicep.operators import OPERATED, Binary, Lambda, Link, Term, Ternary, Unary, parsed
from tests.infra.bicep.source import Node, line, named, text
from tests.infra.bicep.values import BicepError, Deployed, Member, Resource, Runtime

_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]+\}|.)", re.DOTALL)
# Functions that give something sensible of values only Azure knows.
_KNOW_THE_UNKNOWN = ("array", "coalesce", "concat", "guid")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


class Names(Protocol):
    """What a file's names stand for."""

    path: str

    def value_of(self, name: str) -> Any:
        """What a symbol stands for.

        Raises:
            KeyError: Nothing of that name is declared.
        """

    def call(self, name: str, arguments: list[Any]) -> Any:
        """What a function gives that needs to know the deployment.

        Raises:
            KeyError: There is no such function.
        """


class Expression:
    """Evaluates the expressions of one file.

    Args:
        names: What the file's names stand for.
        deployed: Whether what the expression belongs to is deployed: then what it reads must be, too.
        local: The variables of the lambdas and loops around.
    """

    def __init__(self, names: Names, *, deployed: bool, local: Mapping[str, Any] | None = None) -> None:
        self._names = names
        self._deployed = deployed
        self._local = local or {}

    def within(self, **local: Any) -> Expression:
        """The same with these variables."""
        return Expression(self._names, deployed=self._deployed, local={**self._local, **local})

    def belonging(self, *, deployed: bool) -> Expression:
        """The same for something that is deployed, or is not."""
        return Expression(self._names, deployed=deployed, local=self._local)

    def value(self, node: Node) -> Any:
        """What the node gives.

        Raises:
            BicepError: It cannot be right, with where and why.
        """
        return _collapsed(self._raw(node))

    def _raw(self, node: Node) -> Any:
        """The same, where a member of a resource still knows the resource."""
        try:
            if node.type in OPERATED:
                return self._term(parsed(node))
            return self._primary(node)
        except (TypeError, ValueError, AttributeError, IndexError, SyntaxError) as error:
            raise self._error(node, f"{text(node)[:80]!r} cannot be evaluated: {error}") from error

    def _primary(self, node: Node) -> Any:
        match node.type:
            case "string":
                return self._string(node)
            case "number":
                return int(text(node))
            case "boolean":
                return text(node) == "true"
            case "null":
                return None
            case "array":
                return [self.value(each) for each in named(node)]
            case "object":
                return self._object(node)
            case "for_statement":
                return [turn.value(named(node)[-1]) for turn in self.each(node)]
            case "parenthesized_expression":
                return self._raw(named(node)[0])
            case "identifier":
                return self._identifier(node)
            case "resource_expression":
                return self._identifier(named(node)[1])
            case "call_expression":
                return self._call(node)
        raise self._error(node, f"{node.type} stands where an expression is expected")

    def _term(self, term: Term) -> Any:
        match term:
            case Lambda():
                return lambda *given: _collapsed(
                    self.within(**dict(zip(term.names, given, strict=True)))._term(term.body)
                )
            case Ternary():
                return self._term(
                    term.consequence if self._truth(term.condition, term.node) else term.alternative
                )
            case Unary(operator="!"):
                return not self._truth(term.operand, term.node)
            case Unary():
                return -_collapsed(self._term(term.operand))
            case Binary():
                return self._binary(term)
            case Link():
                return self._linked(term)
            case _:
                return self._raw(term)

    def _truth(self, term: Term, node: Node) -> bool:
        value = _collapsed(self._term(term))
        if not isinstance(value, bool):
            raise self._error(node, f"{text(node)[:80]!r}: {value!r} stands where a bool is expected")
        return value

    def _linked(self, link: Link) -> Any:
        container = self._term(link.container)
        key: Any = link.key if isinstance(link.key, str) else self.value(link.key)
        if isinstance(container, list):
            return None if link.safe and key >= len(container) else container[key]
        return self._member(link, container, key)

    def each(self, loop: Node) -> Iterator[Expression]:
        """The expression's variables for every turn of a loop."""
        variables, items, _ = named(loop)
        names = [text(each) for each in named(variables)] or [text(variables)]
        for place, item in enumerate(self.value(items)):
            yield self.within(**dict(zip(names, (item, place), strict=False)))

    def _error(self, node: Node, problem: str) -> BicepError:
        return BicepError(f"{self._names.path}:{line(node)}: {problem}")

    def _string(self, node: Node) -> Any:
        content = node.text or b""
        if content.startswith(b"'''"):
            return content[3:-3].decode().removeprefix("\n")
        parts: list[str] = []
        at = node.start_byte + 1
        for hole in (each for each in node.named_children if each.type == "interpolation"):
            parts += [_unescaped(content[at - node.start_byte : hole.start_byte - node.start_byte])]
            parts += [_as_text(self.value(named(hole)[0]))]
            at = hole.end_byte
        parts += [_unescaped(content[at - node.start_byte : -1])]
        return "".join(parts)

    def _object(self, node: Node) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for item in named(node):
            key_node, value_node = named(item)[0], named(item)[-1]
            if value_node.type == "resource_declaration":
                continue
            key = self.value(key_node) if key_node.type == "string" else text(key_node)
            if key in given:
                raise self._error(item, f"{key} is set twice")
            given[key] = self.value(value_node)
        return given

    def _identifier(self, node: Node) -> Any:
        name = text(node)
        if name in self._local:
            return self._local[name]
        try:
            return self._names.value_of(name)
        except KeyError:
            raise self._error(node, f"{name} is not declared") from None

    def _member(self, link: Link, container: Any, key: Any) -> Any:
        node = link.node
        match container:
            case None if link.safe:
                return None
            case dict() if key in container or link.safe:
                return container.get(key)
            case Resource():
                return self._of_resource(node, container, key)
            case Deployed() if key == "outputs":
                return self._outputs(node, container)
            case Member():
                return self._deeper(node, container, key)
            case Runtime():
                shape = self._shape(node, container.shape, key, container.path)
                return Runtime(f"{container.path}.{key}", shape)
        raise self._error(node, f"{text(node)[:80]!r}: there is no {key}")

    def _of_resource(self, node: Node, resource: Resource, key: str) -> Any:
        match key:
            case "id":
                return resource.id
            case "type":
                return resource.type
            case "apiVersion":
                return resource.version
            case _:
                shape = self._shape(node, resource.shape, key, resource.place)
                if self._deployed and not resource.deployed and resource.body.get(key) is None:
                    raise self._error(
                        node, f"{text(node)[:80]!r} is read, but {resource.place} is not deployed"
                    )
                return Member(resource, key, resource.body.get(key), shape)

    def _outputs(self, node: Node, module: Deployed) -> Any:
        if module.deployed:
            return module.outputs
        if self._deployed:
            raise self._error(node, f"{text(node)[:80]!r} is read, but {module.path} is not deployed")
        return Runtime(f"{module.path} outputs")

    def _deeper(self, node: Node, member: Member, key: str) -> Member:
        written = member.written.get(key) if isinstance(member.written, dict) else None
        if member.written is not None and not isinstance(member.written, dict | Runtime):
            raise self._error(node, f"{text(node)[:80]!r}: {member.path} has no members")
        shape = self._shape(node, member.shape, key, member.resource.place)
        return Member(member.resource, f"{member.path}.{key}", written, shape)

    def _shape(self, node: Node, shape: Any, key: str, where: str) -> Any:
        if shape is None:
            return None
        try:
            return shape.member(key)
        except KeyError:
            raise self._error(node, f"{text(node)[:80]!r}: {where} has no {key} to read") from None

    def _call(self, node: Node) -> Any:
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        assert function is not None and arguments is not None
        name = text(function).removeprefix("az.").removeprefix("sys.")
        given = [self.value(each) for each in named(arguments)]
        if name in FUNCTIONS:
            if any(isinstance(each, Runtime) for each in given) and name not in _KNOW_THE_UNKNOWN:
                return Runtime(f"{name}({', '.join(str(each) for each in given)})")
            return FUNCTIONS[name](*(_as_text(each) if name == "guid" else each for each in given))
        try:
            return self._names.call(name, given)
        except KeyError:
            raise self._error(node, f"{name} is not a function that belongs here") from None

    def _binary(self, term: Binary) -> Any:
        match term.operator:
            case "&&":
                return self._truth(term.left, term.node) and self._truth(term.right, term.node)
            case "||":
                return self._truth(term.left, term.node) or self._truth(term.right, term.node)
            case "??":
                first = _collapsed(self._term(term.left))
                return _collapsed(self._term(term.right)) if first is None else first
        first, second = _collapsed(self._term(term.left)), _collapsed(self._term(term.right))
        match term.operator:
            case "==":
                return bool(first == second)
            case "!=":
                return bool(first != second)
            case "=~":
                return first.casefold() == second.casefold()
            case "!~":
                return first.casefold() != second.casefold()
            case operator if _are_numbers(first, second):
                return _calculated(operator, first, second)
        raise self._error(
            term.node, f"{text(term.node)[:80]!r}: {term.operator} takes no {first!r}, {second!r}"
        )


def _collapsed(raw: Any) -> Any:
    return raw.collapsed() if isinstance(raw, Member) else raw


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(each, int) and not isinstance(each, bool) for each in values)


def _calculated(operator: str, first: int, second: int) -> Any:
    return {
        "<": first < second,
        "<=": first <= second,
        ">": first > second,
        ">=": first >= second,
        "+": first + second,
        "-": first - second,
        "*": first * second,
        "/": second and first // second,
        "%": second and first % second,
    }[operator]


def _as_text(value: Any) -> str:
    match value:
        case bool():
            return str(value)
        case str() | int() | Runtime():
            return str(value)
    raise TypeError(f"{value!r} stands in a string")


def _unescaped(content: bytes) -> str:
    def character(found: re.Match[str]) -> str:
        escape = found[1]
        return chr(int(escape[2:-1], 16)) if escape.startswith("u{") else _ESCAPED.get(escape, escape)

    return _ESCAPE.sub(character, content.decode())
