"""Names: what is used but not declared, and what is declared but not used."""

from __future__ import annotations

from collections.abc import Iterator

from tests.infra.bicep.functions import FUNCTIONS
from tests.infra.bicep.source import Node, Source, line, named, text


def findings(source: Source) -> Iterator[str]:
    """A line for every name that is unknown, declared twice or used by nobody."""
    declared: dict[str, int] = {}
    for each in source.of("param", "var", "resource", "module"):
        if each.name in declared:
            yield f"{source.path}:{each.line}: {each.name} is declared twice"
        if each.name in FUNCTIONS:
            yield f"{source.path}:{each.line}: {each.name} hides the function of that name"
        declared[each.name] = each.line
    used: set[str] = set()
    for each in source.declarations:
        roots = [each.value] if each.value is not None else []
        roots += [argument for arguments in each.decorators.values() for argument in arguments]
        for root in roots:
            for node in _references(root, frozenset()):
                name = text(node)
                used.add(name)
                if name not in declared and name not in ("az", "sys"):
                    yield f"{source.path}:{line(node)}: {name} is not declared"
    for each in source.of("param", "var"):
        if each.name not in used:
            yield f"{source.path}:{each.line}: {each.name} is declared and not used"
    for each in source.of("resource"):
        if each.existing and each.name not in used:
            yield f"{source.path}:{each.line}: {each.name} is declared and not used"


def _references(node: Node, local: frozenset[str]) -> Iterator[Node]:
    """The identifiers that name a declaration, not a property, a function or a local variable."""
    children = named(node)
    match node.type:
        case "identifier":
            if text(node) not in local:
                yield node
            return
        case "object_property":
            if children[0].type == "string":
                yield from _references(children[0], local)
            children = children[-1:]
        case "resource_declaration":
            # A nested one is a declaration of its own.
            return
        case "call_expression":
            function = node.child_by_field_name("function")
            children = [each for each in children if each != function]
            if function is not None and function.type == "member_expression":
                children = [named(function)[0], *children]
        case "lambda_expression" | "for_statement":
            *heads, body = children
            variables = heads if node.type == "lambda_expression" else heads[:1]
            for items in heads[len(variables) :]:
                yield from _references(items, local)
            inner = {text(name) for head in variables for name in (named(head) or [head])}
            yield from _references(body, local | inner)
            return
    for child in children:
        yield from _references(child, local)
