"""Modules: what they are given against what they ask for, and what is read of them against what they give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from tests.infra.bicep.source import Declaration, Source, line, named, plain_text, text, walk


def findings(sources: Mapping[str, Source]) -> Iterator[str]:
    """A line for every parameter or output that only one side knows."""
    reached = {"main.bicep"}
    for source in sources.values():
        for module in source.of("module"):
            path = str(PurePosixPath(source.path).parent / module.type)
            where = f"{source.path}:{module.line}"
            if path not in sources:
                yield f"{where}: the module {module.type} is not there"
                continue
            reached.add(path)
            yield from (f"{where}: {problem}" for problem in _parameters(module, sources[path]))
            yield from _outputs(source, module, sources[path])
    for path in sources.keys() - reached:
        yield f"{path}: no file deploys it"


def _parameters(module: Declaration, source: Source) -> Iterator[str]:
    given = _given(module)
    declared = {each.name: each for each in source.of("param")}
    for name in given - declared.keys():
        yield f"{source.path} has no parameter {name}"
    for name, each in declared.items():
        if name not in given and each.value is None and not each.type.endswith("?"):
            yield f"the parameter {name} of {source.path} is missing"


def _given(module: Declaration) -> set[str]:
    body = module.body()
    for item in named(body) if body is not None else []:
        key, value = named(item)[0], named(item)[-1]
        if text(key) == "params":
            return {plain_text(named(each)[0]) for each in named(value)}
    return set()


def _outputs(source: Source, module: Declaration, target: Source) -> Iterator[str]:
    declared = {each.name for each in target.of("output")}
    for node in walk(source.root):
        if node.type != "member_expression":
            continue
        container, name = named(node)[0], text(named(node)[1])
        if container.type != "member_expression" or text(named(container)[1]) != "outputs":
            continue
        root = named(container)[0]
        if root.type == "subscript_expression":
            root = named(root)[0]
        if text(root).rstrip("!") == module.name and name not in declared:
            yield f"{source.path}:{line(node)}: {target.path} has no output {name}"
