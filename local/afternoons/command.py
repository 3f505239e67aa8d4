"""Implements `python -m local afternoon`."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from local import tenant
from local.afternoons import developer, office, scrum
from local.afternoons.steps import Afternoon
from local.layout import Layout
from local.mcp_client import connected
from local.organisation import User

AFTERNOONS: Mapping[str, Callable[[Afternoon], Awaitable[None]]] = {
    "developer": developer.spend,
    "scrum": scrum.spend,
    "office": office.spend,
}
"""The afternoons by role."""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Adds the command to those of the command line."""
    parser = commands.add_parser(
        "afternoon",
        help="Drive the afternoons of three roles through the MCP client.",
        parents=[common],
    )
    parser.add_argument(
        "who",
        nargs="*",
        type=_who,
        metavar="WHO",
        help=f"whose: {', '.join(AFTERNOONS)} (default: all of them)",
    )
    parser.set_defaults(command=command)


def command(options: argparse.Namespace) -> int:
    """Drives the afternoons that are named."""
    with tenant.running(options.folder) as layout:
        asyncio.run(spend(layout, options.user, options.who or AFTERNOONS))
    return 0


async def spend(layout: Layout, user: User, who: Iterable[str]) -> None:
    """Goes through afternoons of these roles as one user, on one connection.

    Raises:
        StepError: A step failed.
    """
    async with connected(layout, user) as (client, _):
        afternoon = Afternoon(client, user)
        await afternoon.begin()
        for each in who:
            print(f"\n\n## The afternoon: {each}")
            await AFTERNOONS[each](afternoon)


def _who(name: str) -> str:
    if name not in AFTERNOONS:
        raise argparse.ArgumentTypeError(f"no such afternoon; they are {', '.join(AFTERNOONS)}")
    return name
