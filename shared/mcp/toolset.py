"""Declares tools: derives from one typed async function everything else about a tool."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, get_type_hints

from pydantic import BaseModel, create_model

from shared.mcp.operation import Arguments, Operation, ToolFunction
from shared.mcp.tool import Api, Tool
from shared.settings.requirement import Requirement


class Toolset:
    """Collects the tools of one family: `tool` declares one; iteration keeps the order of declaration."""

    def __init__(self, family: str) -> None:
        self.family = family
        self._tools: list[Tool] = []

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools)

    def tool[F: ToolFunction](
        self,
        *,
        scopes: Sequence[str],
        optional_scopes: Sequence[str] = (),
        reads: Api | None = None,
        writes: bool = False,
        roles: Sequence[str] = (),
        groups: Sequence[str] = (),
    ) -> Callable[[F], F]:
        """Declares the decorated function as a tool, and returns it unchanged.

        Args:
            scopes: The least delegated permissions that it needs.
            optional_scopes: Those that only some arguments need; the tool takes them with `with_scopes`.
            reads: The API of which it reads whatever is offered; its scopes depend on what that is.
            writes: Whether it changes anything.
            roles: App roles of this server of which its users need one.
            groups: Ids of groups, membership in one of which replaces such a role.

        Raises:
            TypeError: The function is not of a tool's form: async, `caller` first, every other
                parameter annotated and described, a model as result, a docstring.
        """
        requirement = Requirement(roles=tuple(roles), groups=tuple(groups)) if roles or groups else None

        def declare(function: F) -> F:
            operation = _operation(function)
            declared = Tool(
                name=function.__name__,
                family=self.family,
                description=inspect.getdoc(function) or "",
                scopes=tuple(scopes),
                writes=writes,
                requirement=requirement,
                describe=operation.schemas,
                load=lambda: operation,
                optional_scopes=tuple(optional_scopes),
                reads=reads,
            )
            self._tools.append(declared)
            return function

        return declare


def _operation(function: ToolFunction) -> Operation:
    name = function.__name__
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function).parameters
    parameters = [each for each in signature.values() if each.name != "caller"]
    result = hints.get("return")
    if not inspect.iscoroutinefunction(function) or [*signature][:1] != ["caller"] or not function.__doc__:
        raise TypeError(
            f"{name}: a tool is an async function with a docstring, whose first parameter is caller"
        )
    for each in parameters:
        if each.name not in hints or each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise TypeError(f"{name}: the parameter {each.name} is not a plain one with a type")
    if not (isinstance(result, type) and issubclass(result, BaseModel)):
        raise TypeError(f"{name}: a tool returns a pydantic model")
    fields: dict[str, Any] = {
        each.name: (hints[each.name], ... if each.default is each.empty else each.default)
        for each in parameters
    }
    arguments = create_model(name, __base__=Arguments, **fields)
    for field_name, field in arguments.model_fields.items():
        if not field.description:
            raise TypeError(f"{name}: the parameter {field_name} has no description")
    return Operation(function, arguments, result)
