"""Makes and shows the calls of an afternoon."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mcp import Client

from local.demo import text
from local.organisation import User, organisation

ORGANIZATION, PROJECT = "larkspur", "Booking"


class StepError(Exception):
    """Raised when a step of an afternoon fails; the text says which, and why."""


class Afternoon:
    """Drives one signed-in client; each call is shown with its result."""

    def __init__(self, client: Client, user: User) -> None:
        self._client = client
        self.user = user

    async def begin(self) -> None:
        """Says where the user works, for all calls that follow.

        Raises:
            StepError: The tool failed.
        """
        await self.call(
            "Say once where we work",
            "set_preferences",
            organization=ORGANIZATION,
            project=PROJECT,
            time_zone=organisation().document["time_zone"],
        )

    async def offers(self, tool: str) -> bool:
        """Tells whether the server offers a tool."""
        return any(each.name == tool for each in (await self._client.list_tools()).tools)

    async def call(self, why: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """Returns the structured content of a tool's result, after showing its text.

        Raises:
            StepError: The tool failed.
        """
        print(f"\n# {why}\n  {tool}({_shown(arguments)})\n")
        result = await self._client.call_tool(tool, arguments)
        print("\n".join(f"    {line}" for line in text(result).splitlines()), flush=True)
        if result.is_error or result.structured_content is None:
            raise StepError(f"{tool}: {text(result)}")
        return dict(result.structured_content)


def first[T](what: str, found: Iterable[T], is_wanted: Callable[[T], bool] = lambda _: True) -> T:
    """Returns the first of what was found that is wanted.

    Raises:
        StepError: There is none; the text is what was looked for.
    """
    for each in found:
        if is_wanted(each):
            return each
    raise StepError(f"There is no {what}.")


def _shown(arguments: dict[str, Any]) -> str:
    parts = (f"{name}={value!r}" for name, value in arguments.items())
    return ", ".join(part if len(part) <= 80 else f"{part[:77]}..." for part in parts)
