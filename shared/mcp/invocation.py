"""The MCP extension's side of a call: the context it hands over, the result envelope it takes back.

The forms are those of the Azure Functions MCP extension's tool trigger with `useResultSchema`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.errors import ToolError

ERROR_KEY = "m365-devops-mcp/error"
"""Under this name a failed result's `_meta` holds the error for programs."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One tool call as the host describes it. Its headers hold the caller's token, so no repr shows them."""

    arguments: Mapping[str, Any]
    headers: Mapping[str, str] = field(repr=False)

    def header(self, name: str) -> list[str]:
        """The values of a header, whatever the case of its name; the host keeps the client's."""
        wanted = name.casefold()
        return [value for key, value in self.headers.items() if key.casefold() == wanted]


def parse_invocation(context: str) -> Invocation:
    """The invocation the extension describes.

    Raises:
        ToolError: `invalid_argument`: the arguments are no JSON object, or too deep or long to read.
            `internal_error`: the context is not in the extension's form.
    """
    try:
        document = json.loads(context)
    except RecursionError as error:
        raise ToolError(
            "invalid_argument", "The arguments are nested too deep.", "Send plain arguments."
        ) from error
    except json.JSONDecodeError as error:
        raise _not_understood() from error
    except ValueError as error:
        # Python reads no number of more than 4,300 digits.
        raise ToolError(
            "invalid_argument", "A number among the arguments is too long.", "Send plain arguments."
        ) from error
    if not isinstance(document, dict):
        raise _not_understood()
    arguments = document.get("arguments")
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raise ToolError(
            "invalid_argument", "The arguments are not a JSON object.", "Send them as a JSON object."
        )
    return Invocation(arguments, _headers(document))


def success(text: str, structured: Mapping[str, Any]) -> str:
    """The envelope of a result."""
    return _envelope(
        {"content": [{"type": "text", "text": text}], "structuredContent": structured, "isError": False}
    )


def failure(error: ToolError) -> str:
    """The envelope of a failure: a result with `isError`, as an exception's text would not get through.

    The failure is in the text, and in `_meta` for programs. It is not in `structuredContent`, which
    clients check against the tool's output schema, for failures too.
    """
    stated: dict[str, Any] = {"code": error.code, "message": error.message, "remedy": error.remedy}
    lines = [error.message, error.remedy]
    if error.retry_after is not None:
        stated["retry_after"] = error.retry_after
        lines.append(f"Come back in {error.retry_after:g} seconds.")
    if error.details:
        stated["details"] = error.details
    told = "\n".join(lines)
    facts = [f"{name}: {value}" for name, value in error.details.items() if value not in told]
    lines.append(f"({'; '.join([f'code: {error.code}', *facts])})")
    return _envelope(
        {
            "content": [{"type": "text", "text": "\n".join(lines)}],
            "isError": True,
            "_meta": {ERROR_KEY: stated},
        }
    )


def _envelope(result: Mapping[str, Any]) -> str:
    return json.dumps({"type": "call_tool_result", "content": json.dumps(result, ensure_ascii=False)})


def _headers(document: Mapping[str, Any]) -> dict[str, str]:
    level: Any = document
    for name in ("transport", "properties", "headers"):
        level = level.get(name) if isinstance(level, dict) else None
    if not isinstance(level, dict):
        raise _not_understood()
    return {name: value for name, value in level.items() if isinstance(value, str)}


def _not_understood() -> ToolError:
    return ToolError(
        "internal_error",
        "The call did not reach the server as it should.",
        "Report it to the people who run this server: the Functions host and the app do not fit together.",
    )
