"""How a tool is declared: one typed async function, and all that follows from its signature."""

import inspect
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from shared.errors import ToolError
from shared.requirement import Requirement

type Api = Literal["graph", "devops"]
type ToolFunction = Callable[..., Awaitable[BaseModel]]


class Arguments(BaseModel):
    """A tool's parameters as a closed schema."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


@dataclass(frozen=True)
class Tool:
    """A declared tool.

    Attributes:
        name: The function's name.
        family: The toolset it belongs to, such as `mail`.
        function: What runs: `async def name(caller, **arguments) -> Model`.
        scopes: Delegated permissions it needs; `vso.` ones are Azure DevOps', all others Graph's.
        writes: Whether it changes anything.
        arguments: The model of its parameters.
        result: The model of its result.
        requirement: The app role or group that is asked of its users, besides the scopes.
    """

    name: str
    family: str
    function: ToolFunction
    scopes: tuple[str, ...]
    writes: bool
    arguments: type[Arguments]
    result: type[BaseModel]
    requirement: Requirement | None = None

    @property
    def description(self) -> str:
        """What the docstring tells a model."""
        return inspect.getdoc(self.function) or ""

    def scopes_of(self, api: Api) -> list[str]:
        """The declared scopes of one API."""
        return [scope for scope in self.scopes if api_of(scope) == api]

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the arguments."""
        schema = _untitled(self.arguments.model_json_schema())
        # It describes the base class; what the tool does is in its own description.
        schema.pop("description", None)
        return schema

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of the structured content."""
        return _untitled(self.result.model_json_schema(mode="serialization"))

    @property
    def properties(self) -> list[dict[str, Any]]:
        """The parameters as `toolProperties`, for an older MCP extension that knows no schema."""
        required = self.input_schema.get("required", [])
        return [
            _property(name, schema, is_required=name in required)
            for name, schema in self.input_schema["properties"].items()
        ]

    def parse(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function takes them.

        Raises:
            ToolError: `invalid_argument`, naming each argument that is wrong and what is allowed.
        """
        try:
            # JSON mode: there a date is a string, and still nothing is guessed.
            parsed = self.arguments.model_validate_json(json.dumps(arguments))
        except (ValidationError, RecursionError) as error:
            findings = error.errors() if isinstance(error, ValidationError) else []
            raise ToolError(
                "invalid_argument",
                " ".join(_finding(each) for each in findings) or "The arguments are nested too deep.",
                f"{self.name} takes: {', '.join(self.arguments.model_fields) or 'no arguments'}.",
            ) from error
        return {name: getattr(parsed, name) for name in self.arguments.model_fields}


class Toolset:
    """The tools of one family. `tool` declares one; iterating gives them in the order of declaration."""

    def __init__(self, family: str) -> None:
        self.family = family
        self._tools: list[Tool] = []

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools)

    def tool[F: ToolFunction](
        self,
        *,
        scopes: Sequence[str],
        writes: bool = False,
        roles: Sequence[str] = (),
        groups: Sequence[str] = (),
    ) -> Callable[[F], F]:
        """Declare the decorated function as a tool, and return it unchanged.

        Args:
            scopes: The delegated permissions it needs, the least that work.
            writes: Whether it changes anything.
            roles: App roles of this server of which its users need one.
            groups: Ids of groups of which one is as good as such a role.

        Raises:
            TypeError: The function is not of a tool's form: async, `caller` first, every other
                parameter annotated and described, a model as result, a docstring.
        """
        requirement = Requirement(roles=tuple(roles), groups=tuple(groups)) if roles or groups else None

        def declare(function: F) -> F:
            declared = _declared(function, family=self.family, scopes=scopes, writes=writes)
            self._tools.append(replace(declared, requirement=requirement))
            return function

        return declare


def api_of(scope: str) -> Api:
    """The API a scope belongs to; only Azure DevOps' begin with `vso.`."""
    return "devops" if scope.startswith("vso.") else "graph"


def _declared(function: ToolFunction, *, family: str, scopes: Sequence[str], writes: bool) -> Tool:
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
    return Tool(name, family, function, tuple(scopes), writes, arguments, result)


def _untitled(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without the titles pydantic makes of Python names, which tell a model nothing."""
    return {key: _untitled_part(key, value) for key, value in schema.items() if key != "title"}


def _untitled_part(key: str, value: Any) -> Any:
    match value:
        case dict() if key in ("properties", "$defs"):
            return {name: _untitled(each) for name, each in value.items()}
        case dict():
            return _untitled(value)
        case list():
            return [_untitled(each) if isinstance(each, dict) else each for each in value]
        case _:
            return value


def _property(name: str, schema: Mapping[str, Any], *, is_required: bool) -> dict[str, Any]:
    variants = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    kind = variants[0].get("type", "string")
    is_array = kind == "array"
    return {
        "propertyName": name,
        "propertyType": variants[0].get("items", {}).get("type", "string") if is_array else kind,
        "description": schema["description"],
        "isRequired": is_required,
        "isArray": is_array,
    }


def _finding(finding: Any) -> str:
    """What is wrong with one argument, without its value."""
    name = ".".join(str(each) for each in finding["loc"]) or "arguments"
    match finding["type"]:
        case "missing":
            return f"{name}: is missing."
        case "extra_forbidden":
            return f"{name}: is not an argument of this tool."
        case _:
            return f"{name}: {finding['msg'][0].lower()}{finding['msg'][1:]}."
