"""Runs the function of a tool, with the models of what it takes and gives."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import ToolError
from shared.mcp.normalization import kind, normalized
from shared.mcp.plain_schema import inlined, published
from shared.mcp.schemas import Schemas

type ToolFunction = Callable[..., Awaitable[BaseModel]]


class Arguments(BaseModel):
    """A tool's parameters as a closed schema."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Operation:
    """Holds a tool's function and the types of its signature.

    Attributes:
        function: `async def name(caller, **arguments) -> Model`.
        arguments: The model of its parameters.
        result: The model of its result.
    """

    function: ToolFunction
    arguments: type[Arguments]
    result: type[BaseModel]

    def parse(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Parses the arguments into what the function takes.

        Raises:
            ToolError: `invalid_argument`, naming each argument that is wrong and what is allowed.
        """
        fields = self.arguments.model_fields
        try:
            # JSON mode: there a date is a string, and still nothing is guessed.
            understood = json.dumps(normalized(arguments, _schema_of(self.arguments)))
            parsed = self.arguments.model_validate_json(understood)
        except (ValidationError, RecursionError) as error:
            findings = error.errors() if isinstance(error, ValidationError) else []
            raise ToolError(
                "invalid_argument",
                " ".join(_finding(each) for each in findings) or "The arguments are nested too deep.",
                f"{self.function.__name__} takes: {', '.join(fields) or 'no arguments'}.",
            ) from error
        return {name: getattr(parsed, name) for name in fields}

    def schemas(self) -> Schemas:
        """Makes the JSON Schemas of its types, which takes long."""
        taken = published(_schema_of(self.arguments))
        # It describes the base class; what the tool does is in its own description.
        taken.pop("description", None)
        required = taken.get("required", [])
        properties = [
            _property(name, schema, is_required=name in required)
            for name, schema in taken["properties"].items()
        ]
        return Schemas(json.dumps(taken), result_schema(self.result), json.dumps(properties))


def result_schema(result: type[BaseModel]) -> str:
    """Makes the JSON Schema of a result, as text."""
    return json.dumps(_untitled(result.model_json_schema(mode="serialization")))


def _untitled(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the schema without the titles pydantic makes of Python names, which tell a model nothing."""
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
    kind_of_value = schema.get("type", "string")
    is_array = kind_of_value == "array"
    return {
        "propertyName": name,
        "propertyType": schema["items"].get("type", "string") if is_array else kind_of_value,
        "description": schema["description"],
        "isRequired": is_required,
        "isArray": is_array,
    }


@cache
def _schema_of(arguments: type[Arguments]) -> dict[str, Any]:
    return inlined(arguments.model_json_schema())


def _finding(finding: Any) -> str:
    """Describes what is wrong with one argument, without its value."""
    name = ".".join(str(each) for each in finding["loc"]) or "arguments"
    match finding["type"]:
        case "missing":
            return f"{name}: is missing."
        case "extra_forbidden":
            return f"{name}: is not an argument of this tool."
        case _:
            got = kind(finding["input"])
            return f"{name}: {finding['msg'][0].lower()}{finding['msg'][1:].rstrip('.')}; got {got}."
