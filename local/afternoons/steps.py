"""Makes and shows the calls of an afternoon."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mcp import Client

from local.afternoons import readable
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

    async def call(
        self, why: str, tool: str, *, of_interest: Callable[[Any], bool] = lambda _: True, **arguments: Any
    ) -> dict[str, Any]:
        """Returns the structured content of a tool's result, after showing it as people read it.

        Args:
            why: What is asked, in words.
            tool: The tool that is called.
            of_interest: Which of the items of the result to show; the others are counted.
            **arguments: The tool's own.

        Raises:
            StepError: The tool failed.
        """
        print(f"\n# {why}\n  {tool}({readable.arguments(arguments)})\n")
        result = await self._client.call_tool(tool, arguments)
        if result.is_error or result.structured_content is None:
            raise StepError(f"{tool}: {text(result)}")
        shown = readable.result(result.structured_content, of_interest)
        print("\n".join(f"    {line}" for line in shown.splitlines()), flush=True)
        return dict(result.structured_content)


def say(conclusion: str) -> None:
    """Shows what follows from a result, and what the next step builds on."""
    print(f"\n    => {conclusion}")


def first[T](what: str, found: Iterable[T], is_wanted: Callable[[T], bool] = lambda _: True) -> T:
    """Returns the first of what was found that is wanted.

    Raises:
        StepError: There is none; the text is what was looked for.
    """
    for each in found:
        if is_wanted(each):
            return each
    raise StepError(f"There is no {what}.")
