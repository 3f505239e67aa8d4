"""Holds the JSON Schemas of a tool, as the host takes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schemas:
    """Holds what a tool takes and gives, as JSON ready to be handed to the host.

    Attributes:
        arguments: JSON Schema (2020-12) of the arguments.
        result: JSON Schema (2020-12) of the structured content.
        properties: The parameters as `toolProperties`, for an older MCP extension that knows no schema.
    """

    arguments: str
    result: str
    properties: str
