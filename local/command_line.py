"""Parses and runs the commands of `python -m local`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import httpx

from local import demo, tenant
from local.afternoons import command as afternoons
from local.afternoons.steps import StepError
from local.doctor import command as doctor
from local.easyauth import command as easyauth
from local.failures import OF_CLIENT, expected, line
from local.layout import Layout, default_folder
from local.mcp_client import connected
from local.organisation import User, organisation
from local.serving import APP_SETTING, TRACE_PAGE, TRACE_SETTING
from local.setup import command as setup
from local.span_tree import span_tree
from local.tenant import Tenant, TenantError

_DESCRIPTION = "A whole tenant on this machine: Entra ID, Graph, Azure DevOps and a Functions host."
_POLL = 0.5
_PORT = 7071
_EXPECTED = (*OF_CLIENT, TenantError, StepError, httpx.HTTPError)
"""What a service, Entra or a tool may refuse: no mistake of this program."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    # A failed sign-in is told once, in one line; the client would log it with its traceback too.
    logging.getLogger("mcp.client.auth").setLevel(logging.CRITICAL)
    # A closed terminal or a plain kill ends the services too, as Ctrl-C does.
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _end)
    return outcome(options)


def outcome(options: argparse.Namespace) -> int:
    """Runs the command of parsed options; what it expects to fail is told in a line, without a traceback."""
    try:
        return int(options.command(options))
    except KeyboardInterrupt:
        return 130
    except (Exception, BaseExceptionGroup) as error:
        told = expected(error, _EXPECTED)
        if told is None:
            raise
        print(line(told), file=sys.stderr)
        return 1


def _end(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def run(options: argparse.Namespace) -> int:
    """Start a tenant, show a call, and serve until Ctrl-C."""
    # `call --trace` and the trace page show the spans of this tenant.
    os.environ.setdefault(TRACE_SETTING, "1")
    with _started(options, further=[TRACE_PAGE]) as started:
        _show(started, options.user)
        url = started.layout.mcp_url
        print(f"\nOpen this first: {started.layout.trace} shows each call and its tokens as it happens.")
        print(f"\nServing MCP at {url} - Ctrl-C ends it.", flush=True)
        if started.layout.app_setting("SIGN_IN_PROXY") == "app":
            print(f"Any MCP client signs in there with nothing configured: npx mcp-remote {url}", flush=True)
        while True:
            for service in started.ended():
                print(f"{service} ended; the end of its log:\n{started.log(service)[-1000:]}", flush=True)
                if service == "host":
                    return 1
            time.sleep(_POLL)


def show(options: argparse.Namespace) -> int:
    """Start a tenant, show a call, and end."""
    with _started(options) as started:
        return _show(started, options.user)


def token(options: argparse.Namespace) -> int:
    """Print an access token for this server, for a client's Authorization header."""
    layout = tenant.find(options.folder)
    if layout is None:
        print("No local tenant is running: start one with `make run`, then ask again.", file=sys.stderr)
        return 1
    issued, lifetime = asyncio.run(_access_token(layout, options.whose or options.user))
    print(issued)
    # The token alone is the output, for `$(python -m local token)`.
    print(f"It is valid for {lifetime // 60} minutes.", file=sys.stderr)
    return 0


def call(options: argparse.Namespace) -> int:
    """Call a tool as a user and print what comes back."""
    if options.trace:
        os.environ[TRACE_SETTING] = "1"
    with tenant.running(options.folder) as layout:
        before = len(tenant.journal(layout, "host"))
        status = asyncio.run(_call(layout, options))
        if options.trace:
            print(_trace(layout, before))
        return status


def _trace(layout: Layout, before: int) -> str:
    lines = span_tree(tenant.journal(layout, "host")[before:])
    return "\n".join(["", *lines] if lines else ["", f"No spans: start the tenant with {TRACE_SETTING}=1."])


async def _call(layout: Layout, options: argparse.Namespace) -> int:
    before = _exchanges(layout)
    async with connected(layout, options.user) as (client, _):
        calls = [client.call_tool(options.tool, options.arguments) for _ in range(options.times)]
        results = await asyncio.gather(*calls) if options.at_once else [await each for each in calls]
    if options.json:
        print(json.dumps([result.model_dump(mode="json", by_alias=True) for result in results], indent=2))
    else:
        print(demo.text(results[-1]))
    if options.times > 1:
        failed = sum(bool(result.is_error) for result in results)
        exchanges = _exchanges(layout) - before
        print(f"\n{options.times} calls, {failed} failed, {exchanges} on-behalf-of exchanges at Entra")
    return int(any(result.is_error for result in results))


async def _access_token(layout: Layout, user: User) -> tuple[str, int]:
    """Returns an access token and its lifetime in seconds."""
    async with connected(layout, user) as (_, journey):
        if journey.tokens is None:
            raise TenantError("The local Entra gave no access token.")
        return journey.tokens.access_token, journey.tokens.expires_in or 0


def _exchanges(layout: Layout) -> int:
    return sum(entry.get("grant") == "on_behalf_of" for entry in tenant.journal(layout, "entra"))


def _started(options: argparse.Namespace, *, further: Sequence[str] = ()) -> Tenant:
    if tenant.find(options.folder):
        raise TenantError("A local tenant is running already: use it, or end it with Ctrl-C first.")
    print("Starting the local tenant ...", flush=True)
    # Whoever wants the tenant otherwise says so in the environment: see `local.host.settings`.
    proxy = {"SIGN_IN_PROXY": "app"} if f"{APP_SETTING}SIGN_IN_PROXY" not in os.environ else {}
    port = _PORT if options.port is None else options.port
    return Tenant(options.folder, port=port, app_settings=proxy, further=further)


def _show(started: Tenant, user: User) -> int:
    print(demo.foundation(started.layout))
    print(f"{user.display_name} signs in and calls get_user_context through the official MCP client:\n")
    result = asyncio.run(demo.call(started.layout, user, "get_user_context", {}))
    print(_indented(demo.text(result)))
    print(f"\n{demo.token_report(started.layout)}", flush=True)
    return int(bool(result.is_error))


def _indented(lines: str) -> str:
    return "\n".join(f"  {line}" for line in lines.splitlines())


def _common() -> argparse.ArgumentParser:
    """Options of every command, before or after its name; their defaults are the whole parser's."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--folder", type=Path, help="where the tenant keeps its files (default: .local)")
    common.add_argument("--port", type=int, help="of the MCP server, when it is started (default: 7071)")
    common.add_argument("--user", type=_user, help="who signs in (default: ana)")
    return common


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m local", description=_DESCRIPTION, parents=[_common()])
    parser.set_defaults(command=run, folder=default_folder(), port=None, user=_user("ana"))
    commands = parser.add_subparsers(metavar="COMMAND", help="default: run")

    def command(name: str, function: object) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=function.__doc__, description=function.__doc__, parents=[_common()]
        )
        added.set_defaults(command=function)
        return added

    command("run", run)
    command("demo", show)
    command("token", token).add_argument(
        "whose", type=_user, nargs="?", metavar="USER", help="whose (default: ana)"
    )
    calling = command("call", call)
    calling.add_argument("tool", metavar="TOOL", help="the tool's name")
    calling.add_argument(
        "arguments",
        type=_arguments,
        nargs="?",
        default="{}",
        metavar="ARGUMENTS",
        help="its arguments as JSON",
    )
    calling.add_argument("--times", type=_times, default=1, help="call it so often, and count the exchanges")
    calling.add_argument("--at-once", action="store_true", help="make those calls at the same time")
    calling.add_argument("--trace", action="store_true", help="print the span tree of each call")
    calling.add_argument("--json", action="store_true", help="print the whole results")
    command("users", users)
    afternoons.add_to(commands, _common())
    easyauth.add_to(commands)
    doctor.add_to(commands, _common())
    setup.add_to(commands)
    return parser


def users(_: argparse.Namespace) -> int:
    """List the people who can sign in."""
    for user in organisation().users:
        print(f"{user.alias:8}{user.display_name:18}{user.note}")
    return 0


def _user(name: str) -> User:
    try:
        return organisation().user(name)
    except KeyError as error:
        raise argparse.ArgumentTypeError(str(error.args[0])) from error


def _times(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("not a number of calls, 1 or more")
    return int(text)


def _arguments(text: str) -> dict[str, object]:
    try:
        arguments = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise argparse.ArgumentTypeError("nested too deeply") from error
    if not isinstance(arguments, dict):
        raise argparse.ArgumentTypeError("not a JSON object")
    return arguments
