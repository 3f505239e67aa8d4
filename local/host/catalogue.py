"""All that an app declares to MCP clients."""

from __future__ import annotations

from dataclasses import dataclass

from local.host.configuration import Version
from local.host.declarations import require_bundle
from local.host.prompts import Prompt, declared_prompts
from local.host.resources import Resources
from local.host.tools import Tool, declared_tools
from local.host.worker import Function


@dataclass(frozen=True)
class Catalogue:
    """Tools and prompts by `caseless` name, and resources, each in the order they are listed."""

    tools: dict[str, Tool]
    prompts: dict[str, Prompt]
    resources: Resources

    @classmethod
    def declared(cls, functions: list[Function], bundle: Version | None) -> Catalogue:
        """Reads what the functions declare.

        Raises:
            StartupError: A declaration is wrong, a name is declared twice, or `host.json` allows an
                extension too old for what the declarations use.
        """
        catalogue = cls(declared_tools(functions), declared_prompts(functions), Resources(functions))
        require_bundle(functions, bundle)
        return catalogue
