"""Represents a declared tool: what clients and the policy see of it, and how to load what runs."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from shared.mcp.schemas import Schemas
from shared.settings.requirement import Requirement

if TYPE_CHECKING:
    from shared.mcp.operation import Operation, ToolFunction

type Api = Literal["graph", "devops"]


@dataclass(frozen=True, eq=False)
class Tool:
    """Holds a tool's declaration. Its schemas and its operation are loaded on first use.

    Attributes:
        name: The function's name.
        family: The toolset it belongs to, such as `mail`.
        description: What its docstring tells a model.
        scopes: Delegated permissions it needs; `vso.` ones are Azure DevOps', all others Graph's.
        optional_scopes: Those that only some arguments need, asked for in calls that have them.
        reads: The API of which it reads whatever is offered, with whichever configured scope allows it.
        writes: Whether it changes anything.
        requirement: The app role or group that its users need, besides the scopes.
        describe: Returns its schemas.
        load: Returns its operation; that may import the tool's module.
    """

    name: str
    family: str
    description: str
    scopes: tuple[str, ...]
    writes: bool
    requirement: Requirement | None
    describe: Callable[[], Schemas] = field(repr=False)
    load: Callable[[], "Operation"] = field(repr=False)
    optional_scopes: tuple[str, ...] = ()
    reads: Api | None = None

    @property
    def all_scopes(self) -> tuple[str, ...]:
        """Returns the scopes it may ask for, whatever the arguments."""
        return self.scopes + self.optional_scopes

    @property
    def apis(self) -> frozenset[Api]:
        """Returns the APIs it may ask."""
        reads = {self.reads} if self.reads else set()
        return frozenset(api_of(scope) for scope in self.all_scopes) | reads

    def scopes_of(self, api: Api) -> list[str]:
        """Returns the declared scopes of one API that every call needs."""
        return [scope for scope in self.scopes if api_of(scope) == api]

    def optional_scopes_of(self, api: Api) -> list[str]:
        """Returns the declared scopes of one API that only some arguments need."""
        return [scope for scope in self.optional_scopes if api_of(scope) == api]

    @cached_property
    def schemas(self) -> Schemas:
        """Returns the JSON Schemas of its arguments and its result, as text."""
        return self.describe()

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """Returns the JSON Schema of the arguments."""
        return dict(json.loads(self.schemas.arguments))

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """Returns the JSON Schema of the structured content."""
        return dict(json.loads(self.schemas.result))

    @cached_property
    def properties(self) -> list[dict[str, Any]]:
        """Returns the parameters as `toolProperties`."""
        return list(json.loads(self.schemas.properties))

    @cached_property
    def operation(self) -> "Operation":
        """Returns the tool's function and the types of its signature."""
        return self.load()

    @property
    def function(self) -> "ToolFunction":
        """Returns the function that was declared: `async def name(caller, **arguments) -> Model`."""
        return self.operation.function

    async def ready(self) -> "Operation":
        """Returns the operation; the first time it is loaded on a thread, so that no other call waits.

        Concurrent calls load it once, as an import waits for the same import on another thread.
        """
        if "operation" in vars(self):
            return self.operation
        return await asyncio.to_thread(lambda: self.operation)

    def parse(self, arguments: Any) -> dict[str, Any]:
        """Parses arguments into the values that the function takes.

        Raises:
            ToolError: `invalid_argument`, naming each argument that is wrong and what is allowed.
        """
        return self.operation.parse(arguments)


def api_of(scope: str) -> Api:
    """Returns the API a scope belongs to; only Azure DevOps' begin with `vso.`."""
    return "devops" if scope.startswith("vso.") else "graph"
