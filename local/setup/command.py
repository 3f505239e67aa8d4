"""Implements `python -m local setup`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from local.setup import choices
from local.setup.choices import CLIENTS, Choices
from local.setup.console import Console
from local.setup.directory import RefusedError
from local.setup.errors import SetupError
from local.setup.steps import set_up, take_down

_SETTINGS_FILE = Path(__file__).resolve().parents[2] / "local.settings.json"
_DESCRIPTION = """
Makes what `func start` needs of a tenant, with your sign-in of the Azure CLI (az login): an app registration,
your consent to the permissions of the tools, a client secret of 30 days, and local.settings.json. Run again,
it repairs what differs and renews the secret. At the end it proves that the server can act on your behalf.
"""
_EPILOG = """
What is not given stays as local.settings.json has it. The exit status is 0 if all is well, 1 if something
prevents it or is wrong, 3 if something remains to be done or checked.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to those of the command line."""
    parser = commands.add_parser(
        "setup",
        help="Make or repair what `func start` needs of your tenant, through the Azure CLI.",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add("--tenant", type=_of(choices.tenant_id), metavar="ID", help="the tenant it has to be")
    add(
        "--clients",
        type=_of(choices.client_ids),
        metavar="NAMES",
        help=f"which clients to let in: {', '.join(CLIENTS)} or client ids (default: {','.join(CLIENTS)})",
    )
    add(
        "--tools",
        type=_of(choices.tool_names),
        metavar="NAMES",
        help="the tools or families to offer, commas between; all for all (default)",
    )
    add(
        "--writes",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="offer tools that change things too (default: no)",
    )
    add(
        "--identifier-uri",
        type=_of(choices.identifier_uri),
        action="append",
        default=[],
        metavar="URI",
        help="a further application ID URI, for clients that name the server by its address",
    )
    add("--admin-consent", action="store_true", help="consent for everybody in the tenant, not for you alone")
    add(
        "--settings",
        type=Path,
        default=_SETTINGS_FILE,
        metavar="FILE",
        help="the file to keep (default: local.settings.json beside host.json)",
    )
    add("--remove", action="store_true", help="remove all that it made")
    add("--yes", action="store_true", help="answer every question with yes")
    add("--dry-run", action="store_true", help="print the commands and change nothing")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Sets up or removes; tells in a line what prevents it, with its cure; returns the exit status."""
    wanted = Choices(
        settings_file=options.settings,
        tenant=options.tenant or "",
        clients=options.clients,
        tools=options.tools,
        writes=options.writes,
        identifier_uris=tuple(options.identifier_uri),
        admin_consent=options.admin_consent,
        yes=options.yes,
        dry_run=options.dry_run,
    )
    console = Console(yes=wanted.yes, dry_run=wanted.dry_run)
    try:
        return asyncio.run((take_down if options.remove else set_up)(wanted, console))
    except SetupError as error:
        return _failed(str(error), error.cure)
    except RefusedError as error:
        cure = "Run it again in some minutes; it goes on from here."
        if error.denied:
            cure = "Somebody with the Entra role Application Administrator runs it, or gives you that role."
        return _failed(f"The directory refuses it: {error}", cure)
    except KeyboardInterrupt:
        print("\nStopped. What was done stays; run it again, and it goes on from there.", file=sys.stderr)
        return 130


def _failed(why: str, cure: str) -> int:
    print(f"  {'FAILED':10}{why} Mend: {cure}", file=sys.stderr)
    return 1


def _of[Value](parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """Returns a parser of an option, whose error is the option's."""

    def parsed(text: str) -> Value:
        try:
            return parse(text)
        except SetupError as error:
            raise argparse.ArgumentTypeError(f"{error} {error.cure}") from error

    return parsed
