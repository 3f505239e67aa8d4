"""One Bicep file, read into its declarations. Nothing here knows what an expression means."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import tree_sitter
import tree_sitter_bicep

type Node = tree_sitter.Node

_LANGUAGE = tree_sitter.Language(tree_sitter_bicep.language())
_EXTENSION = re.compile(rb"^extension\s+(\w+)[^\n]*", re.MULTILINE)
_KINDS = {
    "parameter_declaration": "param",
    "variable_declaration": "var",
    "resource_declaration": "resource",
    "module_declaration": "module",
    "output_declaration": "output",
}
_LEADING_QUESTION_MARK = re.compile(r"^[ \t]*\?", re.MULTILINE)
_COMMENTS = {"comment", "diagnostic_comment"}


@dataclass(frozen=True)
class Declaration:
    """A parameter, variable, resource, module or output.

    Attributes:
        kind: `param`, `var`, `resource`, `module` or `output`.
        name: Its symbol.
        line: Where it stands, from 1.
        value: The expression behind the `=`; None where there is none.
        type: The declared type of a parameter or output; `Type@version` of a resource; a module's path.
        decorators: The arguments of each decorator, by its name.
        existing: Whether a resource is only referred to.
        parent: The symbol of the resource it is nested in.
    """

    kind: str
    name: str
    line: int
    value: Node | None
    type: str
    decorators: Mapping[str, list[Node]]
    existing: bool = False
    parent: str | None = None

    def body(self) -> Node | None:
        """The object or expression itself, without the loop and the condition around it."""
        body = self.value
        while body is not None and body.type in ("for_statement", "if_statement"):
            body = named(body)[-1]
        return body

    def condition(self) -> Node | None:
        """The expression of its `if`."""
        return named(self.value)[0] if self.value is not None and self.value.type == "if_statement" else None


@dataclass
class Source:
    """A Bicep file.

    Attributes:
        path: The file's path, from the folder of the infrastructure.
        text: The file as it is written.
        root: The whole syntax tree.
        declarations: What it declares, in its order.
        extensions: The names of the extensions it asks for.
        problems: What is not Bicep, or not the part of it that every parser takes.
        target_scope: What it deploys to.
    """

    path: str
    text: str
    root: Node
    declarations: list[Declaration] = field(default_factory=list)
    extensions: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    target_scope: str = "resourceGroup"

    def of(self, *kinds: str) -> list[Declaration]:
        """The declarations of these kinds."""
        return [each for each in self.declarations if each.kind in kinds]


def read(folder: Path, path: str) -> Source:
    """The file at a path of the folder. Files that do not differ are read once: a source never changes."""
    return _parsed(path, (folder / path).read_bytes())


@cache
def _parsed(path: str, content: bytes) -> Source:
    # The grammar does not know the line; blanks keep every position.
    blanked = _EXTENSION.sub(lambda found: b" " * len(found[0]), content)
    root = tree_sitter.Parser(_LANGUAGE).parse(blanked).root_node
    source = Source(path, content.decode(), root)
    source.extensions = [name.decode() for name in _EXTENSION.findall(content)]
    source.problems = [f"{path}:{line}: {problem}" for line, problem in _problems(root)]
    source.problems += [
        f"{path}:{source.text.count('\n', 0, found.start()) + 1}: a ternary whose line begins with its `?`"
        for found in _LEADING_QUESTION_MARK.finditer(source.text)
    ]
    decorators: dict[str, list[Node]] = {}
    for node in named(root):
        if node.type == "decorators":
            decorators = dict(_decorator(each) for each in named(node))
        elif node.type == "target_scope_assignment":
            source.target_scope = plain_text(named(node)[0])
        elif node.type in _KINDS:
            source.declarations += _declared(node, decorators, parent=None)
            decorators = {}
    return source


def named(node: Node) -> list[Node]:
    """The node's children, without punctuation and comments."""
    return [each for each in node.named_children if each.type not in _COMMENTS]


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, from top to bottom."""
    ahead = [node]
    while ahead:
        found = ahead.pop()
        yield found
        ahead += reversed(found.children)


def text(node: Node) -> str:
    """The node as it is written."""
    return (node.text or b"").decode()


def line(node: Node) -> int:
    """The line it stands in, from 1."""
    return int(node.start_point[0]) + 1


def plain_text(node: Node) -> str:
    """What a string without interpolation holds."""
    return text(node).strip("'")


def _decorator(node: Node) -> tuple[str, list[Node]]:
    call = named(node)[0]
    name, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    return (text(name) if name else text(call)), (named(arguments) if arguments else [])


def _declared(
    node: Node, decorators: Mapping[str, list[Node]], *, parent: str | None
) -> Iterator[Declaration]:
    kind = _KINDS[node.type]
    parts = named(node)
    name, rest = text(parts[0]), parts[1:]
    value: Node | None = rest[-1]
    match kind:
        case "var":
            declared_type = ""
        case "resource" | "module":
            declared_type = plain_text(rest[0])
        case _:
            declared_type = text(rest[0])
            value = rest[1] if len(rest) > 1 else None
    existing = any(each.type == "existing" for each in node.children)
    declaration = Declaration(
        kind, name, line(node), value, declared_type, decorators, existing=existing, parent=parent
    )
    yield declaration
    body = declaration.body()
    if kind == "resource" and body is not None:
        for item in named(body):
            for nested in named(item):
                if nested.type == "resource_declaration":
                    yield from _declared(nested, {}, parent=name)


def _problems(root: Node) -> Iterator[tuple[int, str]]:
    for node in walk(root):
        if node.type == "ERROR" or node.is_missing:
            yield line(node), f"is not Bicep: {text(node)[:60]!r}"
        elif node.type == "union_type":
            yield line(node), "an inline union type: use @allowed"
        elif node.type == "for_statement" and any(
            each.type == "if_statement" for each in node.named_children
        ):
            yield line(node), "a loop with a condition: filter the list instead"
        elif node.type == "lambda_expression" and named(node)[0].type == "parenthesized_expression":
            yield line(node), "a lambda with two arguments"
