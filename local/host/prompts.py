"""The prompts an app declares in its `mcpPromptTrigger` bindings, and what the extension makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from azure_functions_runtime.bindings.datumdef import Datum

from local.host import content_blocks
from local.host.declarations import PROMPT, Declaration, caseless, declaring, without_empty
from local.host.envelopes import Envelope, dotnet_text, parsed
from local.host.errors import InvocationError, StartupError
from local.host.extension_version import ExtensionVersion
from local.host.worker import Function

_ROLES = ("user", "assistant")
_ICON_KEYS = ("src", "mimeType", "sizes", "theme")
_ARGUMENT_KEYS = ("name", "title", "description", "required")


@dataclass(frozen=True)
class Prompt:
    """One prompt: the function behind it and what `prompts/list` says of it."""

    function: Function
    name: str
    title: str | None
    description: str | None
    arguments: list[dict[str, Any]]
    icons: list[dict[str, Any]]
    metadata: dict[str, Any]
    returns_envelope: bool

    @classmethod
    def declared(cls, function: Function) -> Prompt:
        """Reads the prompt of a function's trigger. Raises StartupError when it is declared wrongly."""
        declaration = Declaration(function, "prompt", "promptName")
        return cls(
            function=function,
            name=declaration.name,
            title=declaration.text("title"),
            description=declaration.text("description"),
            arguments=declaration.objects("promptArguments", "name"),
            icons=declaration.objects("icons", "src"),
            metadata=declaration.metadata(),
            returns_envelope=declaration.flag("useResultSchema"),
        )

    def listing(self) -> dict[str, Any]:
        """Returns its entry in `prompts/list`."""
        return without_empty(
            {
                "name": self.name,
                "title": self.title,
                "description": self.description,
                "arguments": _chosen(self.arguments, _ARGUMENT_KEYS) or None,
                "icons": _chosen(self.icons, _ICON_KEYS) or None,
                "_meta": self.metadata,
            }
        )

    def missing(self, arguments: Mapping[str, Any]) -> list[str]:
        """Returns the required arguments that are absent or null."""
        names = [each["name"] for each in self.arguments if each.get("required") is True]
        return [name for name in names if arguments.get(name) is None]

    def result(self, returned: Datum | None, version: ExtensionVersion) -> dict[str, Any]:
        """Makes the result of `prompts/get` of what the function returned.

        Raises:
            InvocationError: The extension could not use it.
        """
        if returned is None or returned.value is None:
            return {"messages": []}
        if not self.returns_envelope:
            text = {"type": "text", "text": dotnet_text(returned.value)}
            return {"messages": [{"content": text, "role": "user"}]}
        envelope = Envelope.parse(returned.value)
        match envelope.kind.casefold():
            case "get_prompt_result":
                return _whole_result(parsed(envelope.content, "content", dict), version)
            case "prompt_messages":
                messages = parsed(envelope.content, "content", list)
                return {"messages": [_message(each, version) for each in messages]}
            case _:
                raise InvocationError(f"the envelope's type {envelope.kind!r} is no prompt's")


def declared_prompts(functions: Iterable[Function]) -> dict[str, Prompt]:
    """Returns the prompts of an app by `caseless` name, in the order of their functions' names.

    Raises:
        StartupError: Two prompts share a name in any case, or a declaration is wrong.
    """
    prompts: dict[str, Prompt] = {}
    for function in declaring(functions, PROMPT):
        prompt = Prompt.declared(function)
        other = prompts.setdefault(caseless(prompt.name), prompt)
        if other is not prompt:
            raise StartupError(
                f"prompt {prompt.name!r} is declared by both {other.function.name!r} and {function.name!r}"
            )
    return prompts


def _chosen(objects: list[dict[str, Any]], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{key: each[key] for key in keys if each.get(key) is not None} for each in objects]


def _whole_result(given: dict[str, Any], version: ExtensionVersion) -> dict[str, Any]:
    members = content_blocks.caseless_members(given)
    messages, description = members.get("messages", []), members.get("description")
    if not isinstance(messages, list) or not isinstance(description, str | None):
        raise InvocationError("the prompt's messages are no list, or its description is no text")
    result: dict[str, Any] = {} if description is None else {"description": description}
    result["messages"] = [_message(each, version) for each in messages]
    metadata = content_blocks.object_or_none(members, "_meta")
    return result if metadata is None else {**result, "_meta": metadata}


def _message(given: Any, version: ExtensionVersion) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise InvocationError("a message of the prompt is no object")
    members = content_blocks.caseless_members(given)
    role = members.get("role", "user")
    if not isinstance(role, str) or role.casefold() not in _ROLES:
        raise InvocationError("a message of the prompt has a role that MCP does not know")
    return {"content": content_blocks.block(members.get("content"), version), "role": role.casefold()}
