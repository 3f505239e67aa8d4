"""What the compiler and its linter refuse or warn of, beyond types and names; the codes are theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.infra.bicep.source import Declaration, Node, line, named, plain_text, text, walk
from tests.infra.bicep.values import is_partly_unknown
from tests.infra.infrastructure import Infrastructure

# "Linter rule - no hardcoded environment URL", the hosts that differ between clouds.
_OF_ONE_CLOUD = re.compile(
    r"login\.microsoftonline\.com|management\.azure\.com|management\.core\.windows\.net|core\.windows\.net|"
    r"graph\.windows\.net|vault\.azure\.net|gallery\.azure\.com|api\.loganalytics\.io"
)
_NAMED_BY_KIND = ("Microsoft.Web/sites/config", "Microsoft.Web/sites/basicPublishingCredentialsPolicies")


def discriminators_are_written_out(infrastructure: Infrastructure) -> Iterator[str]:
    """BCP225: which type `sites/config` is depends on its name, so the compiler must be able to read it."""
    for source in infrastructure.sources.values():
        for each in source.of("resource"):
            if each.type.partition("@")[0] not in _NAMED_BY_KIND:
                continue
            value = _property(each, "name")
            if (
                value is None
                or value.type != "string"
                or any(node.type == "interpolation" for node in walk(value))
            ):
                yield f"{source.path}:{each.line}: the name of {each.name} is not written out"


def names_are_known_before_the_deployment(infrastructure: Infrastructure) -> Iterator[str]:
    """BCP120: Azure Resource Manager wants names and scopes before it begins."""
    for _, resource in infrastructure.deployed():
        if resource.type.startswith("Microsoft.Graph/"):
            continue
        if is_partly_unknown(str(resource.name)) or is_partly_unknown(resource.scope):
            yield f"{resource.place}: {resource.name} or its scope {resource.scope} is known too late"


def what_may_not_be_deployed_is_read_knowingly(infrastructure: Infrastructure) -> Iterator[str]:
    """BCP318: members of what has a condition are read by `!` or `.?`: somebody has thought of it."""
    for source in infrastructure.sources.values():
        conditional = {each.name for each in source.of("resource", "module") if each.condition() is not None}
        for node in walk(source.root):
            links = [child.type for child in node.children] if node.type == "member_expression" else []
            read = _read_symbol(node) if links else ""
            key = text(named(node)[1]) if links else ""
            if read in conditional and "!" not in links and ".?" not in links and key not in ("name", "type"):
                yield f"{source.path}:{line(node)}: {read}.{key} is read although {read} may not be deployed"


def addresses_of_one_cloud_are_not_written_out(infrastructure: Infrastructure) -> Iterator[str]:
    for source in infrastructure.sources.values():
        for node in walk(source.root):
            if node.type == "string_content" and _OF_ONE_CLOUD.search(text(node)) and not _describes(node):
                yield f"{source.path}:{line(node)}: {text(node)} is of one cloud: use environment()"


def texts_are_not_wrapped_for_nothing(infrastructure: Infrastructure) -> Iterator[str]:
    """Linter rule `simplify-interpolation`."""
    for source in infrastructure.sources.values():
        for node in walk(source.root):
            is_key = (
                node.parent is not None
                and node.parent.type == "object_property"
                and named(node.parent)[0] == node
            )
            if (
                node.type == "string"
                and not is_key
                and [each.type for each in named(node)] == ["interpolation"]
            ):
                yield f"{source.path}:{line(node)}: {text(node)} is its value and no more"


def dependencies_are_not_said_twice(infrastructure: Infrastructure) -> Iterator[str]:
    """Linter rule `no-unnecessary-dependson`."""
    for source in infrastructure.sources.values():
        for each in source.of("resource", "module"):
            listed = _property(each, "dependsOn")
            body = each.body()
            if listed is None or body is None:
                continue
            others = [item for item in named(body) if text(named(item)[0]) != "dependsOn"]
            used = {
                text(node) for item in others for node in walk(named(item)[-1]) if node.type == "identifier"
            }
            for symbol in {text(node) for node in named(listed)} & used:
                yield f"{source.path}:{each.line}: {each.name} refers to {symbol}, and so waits for it anyway"


def _property(declaration: Declaration, key: str) -> Node | None:
    body = declaration.body()
    items = named(body) if body is not None and body.type == "object" else []
    return next((named(item)[-1] for item in items if plain_text(named(item)[0]) == key), None)


def _read_symbol(node: Node) -> str:
    """The symbol a member belongs to: the last word before its dot, as the grammar binds members last."""
    return text(named(node)[0]).rpartition(" ")[2].lstrip("!([{")


def _describes(node: Node) -> bool:
    """Whether the text belongs to a decorator or to the description of the file."""
    while node.parent is not None:
        node = node.parent
        if node.type in ("decorators", "metadata_declaration", "metadata_assignment"):
            return True
    return False
