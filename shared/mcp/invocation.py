"""Parses the MCP extension's invocation context, and renders the result envelope it expects.

The forms are those of the Azure Functions MCP extension's tool trigger with `useResultSchema`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.errors import ToolError
from shared.mcp.cleaning import clean_result, join_surrogates

TRANSPORT = "http-streamable"
"""The one transport that is served.

With `http-sse`, the older one, the extension hands over the headers of the request that opened the stream,
whoever sent the message: the token would be another caller's.
"""
ERROR_KEY = "m365-devops-mcp/error"
"""The name under which a failed result's `_meta` holds the error for programs."""

MAX_DEPTH = 60
"""How many objects and lists of a result may enclose each other; the host reads and writes 64."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """Holds one call as the host describes it. No repr shows its headers, which hold a token.

    `arguments` are those of a tool or a prompt; `uri` is that of a resource, "" for everything else.
    """

    arguments: Mapping[str, Any]
    headers: Mapping[str, str] = field(repr=False)
    uri: str = ""

    def header(self, name: str) -> list[str]:
        """Returns the values of a header, in any case of its name: the host keeps the client's spelling."""
        wanted = name.casefold()
        return [value for key, value in self.headers.items() if key.casefold() == wanted]


def parse_invocation(context: str) -> Invocation:
    """Parses the extension's JSON.

    Raises:
        ToolError: `forbidden`: the call came over another transport than `TRANSPORT`. `invalid_argument`:
            the arguments are no JSON object, or too deep or long to parse. `internal_error`: the
            context is not in the extension's form.
    """
    try:
        document = json.loads(context)
    except RecursionError as error:
        raise ToolError(
            "invalid_argument", "The arguments are nested too deep.", "Send plain arguments."
        ) from error
    except json.JSONDecodeError as error:
        raise _unexpected_form() from error
    except ValueError as error:
        # Python reads no number of more than 4,300 digits.
        raise ToolError(
            "invalid_argument", "A number among the arguments is too long.", "Send plain arguments."
        ) from error
    if not isinstance(document, dict):
        raise _unexpected_form()
    _check_transport(document)
    arguments = document.get("arguments")
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raise ToolError(
            "invalid_argument", "The arguments are not a JSON object.", "Send them as a JSON object."
        )
    uri = document.get("uri")
    return Invocation(arguments, _headers(document), uri if isinstance(uri, str) else "")


def check_depth(structured: Any) -> None:
    """Returns if a result's structured content is one that the host can send.

    Raises:
        ToolError: `upstream_error`: it is nested too deep, which the host would mask as a failure.
    """
    # The result itself is the level around it.
    level = [structured]
    for _ in range(MAX_DEPTH - 1):
        level = [child for each in level for child in _children(each)]
        if not level:
            return
    if any(isinstance(each, dict | list) for each in level):
        raise ToolError(
            "upstream_error",
            f"The result is nested deeper than {MAX_DEPTH} levels, which the host does not send.",
            "Ask for fewer fields.",
        )


def success(
    text: str,
    structured: Mapping[str, Any],
    *,
    links: Sequence[Mapping[str, str]] = (),
    meta: Mapping[str, Any] | None = None,
) -> str:
    """Renders the envelope of a result.

    Args:
        text: The result for models and people.
        structured: The same as JSON.
        links: Content blocks that link to resources.
        meta: What the page of an MCP App gets and the model does not.
    """
    result: dict[str, Any] = {
        "content": [{"type": "text", "text": text}, *links],
        "structuredContent": structured,
        "isError": False,
    }
    return _envelope(result if meta is None else {**result, "_meta": meta})


def failure(error: ToolError) -> str:
    """Renders the envelope of a failure: a result with `isError`, as the host masks exceptions.

    The failure is in the text, and in `_meta` for programs. It is not in `structuredContent`, which
    clients validate against the tool's output schema, for failures too.
    """
    text, stated = describe(error)
    return _envelope(
        {"content": [{"type": "text", "text": text}], "isError": True, "_meta": {ERROR_KEY: stated}}
    )


def describe(error: ToolError) -> tuple[str, dict[str, Any]]:
    """Returns a failure as a text for models and people, and as JSON for programs."""
    # A service's words may hold what others wrote: names, titles, rules.
    message, remedy, details = clean_result([error.message, error.remedy, error.details])
    stated: dict[str, Any] = {"code": error.code, "message": message, "remedy": remedy}
    lines = [message, remedy]
    if error.retry_after is not None:
        stated["retry_after"] = error.retry_after
        lines.append(f"Retry after {error.retry_after:g} seconds.")
    if details:
        stated["details"] = details
    shown = "\n".join(lines)
    facts = [f"{name}: {value}" for name, value in details.items() if value not in shown]
    lines.append(f"({'; '.join([f'code: {error.code}', *facts])})")
    return "\n".join(lines), stated


def _envelope(result: Mapping[str, Any]) -> str:
    content = join_surrogates(json.dumps(result, ensure_ascii=False))
    return json.dumps({"type": "call_tool_result", "content": content})


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _headers(document: Mapping[str, Any]) -> dict[str, str]:
    level: Any = document
    for name in ("transport", "properties", "headers"):
        level = level.get(name) if isinstance(level, dict) else None
    if not isinstance(level, dict):
        raise _unexpected_form()
    return {name: value for name, value in level.items() if isinstance(value, str)}


def _check_transport(document: Mapping[str, Any]) -> None:
    transport = document.get("transport")
    if not isinstance(transport, dict) or transport.get("name") != TRANSPORT:
        raise ToolError(
            "forbidden",
            "This server is reached over streamable HTTP only.",
            "Connect to the server's address without /sse at its end (in Visual Studio Code: type http).",
            reason="transport_not_served",
        )


def _unexpected_form() -> ToolError:
    return ToolError(
        "internal_error",
        "The call did not reach the server in the expected form.",
        "Report it to the people who run this server: the versions of the Functions host and the app may "
        "not match.",
    )
