"""Implements `python -m local easyauth`."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from pathlib import Path

import httpx

from local.easyauth.app_settings import configuration, read_values
from local.easyauth.config import EasyAuthConfig
from local.easyauth.errors import FrontError
from local.easyauth.front import check_issuer, front, listeners, serve
from local.easyauth.journal import Console

PORT = 7072
_BASE_URL = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?")
_SETTINGS_FILE = Path(__file__).resolve().parents[2] / "local.settings.json"

# Options that go before an app setting: name, setting, what to write, what it is.
_REPLACING = (
    ("--tenant", "AZURE_TENANT_ID", "ID", "the directory (tenant) id"),
    ("--client-id", "AZURE_CLIENT_ID", "ID", "the application (client) id of the app registration"),
    ("--scope", "REQUIRED_SCOPE", "NAME", "the name of the app's scope (default: access_as_user)"),
    ("--allowed-clients", "ALLOWED_CLIENT_IDS", "IDS", "client apps let in, commas between (default: any)"),
    ("--cloud", "AZURE_CLOUD", "CLOUD", "the tenant's: public, usgov or china (default: public)"),
    ("--authority", "AZURE_AUTHORITY_HOST", "HOST", "the sign-in host (default: the cloud's)"),
    ("--ca-file", "SSL_CERT_FILE", "FILE", "PEM file of the authorities to trust (default: the public ones)"),
)

_DESCRIPTION = """
Stands before a function app that `func start` runs, as App Service Authentication ("Easy Auth")
stands before it in Azure: whoever brings no access token of your tenant is challenged and told where
to get one, so that VS Code and other MCP clients sign in here exactly as they will there.
"""
_EPILOG = """
The settings come from the "Values" of local.settings.json, as the function app's do; an option goes before
them. Ctrl-C ends it.
"""
_STANDING = """
Easy Auth stands at {url} before {upstream}

  issuer    {config.issuer}
  app       {config.client_id}
  scope     {scope}
  clients   {clients}

Give an MCP client {url}/runtime/webhooks/mcp and no header. Ctrl-C ends it.
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the command line."""
    parser = commands.add_parser(
        "easyauth",
        help="Stand before `func start` as Easy Auth does in Azure, so that clients sign in.",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--upstream",
        type=_base_url,
        default="http://localhost:7071",
        metavar="URL",
        help="where the function app listens (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=argparse.SUPPRESS,
        help=f"to listen on, at localhost; 0 takes any free one (default: {PORT})",
    )
    parser.add_argument(
        "--settings",
        type=Path,
        default=_SETTINGS_FILE,
        metavar="FILE",
        help="the function app's settings (default: local.settings.json beside host.json)",
    )
    parser.add_argument(
        "--identifier-uri",
        default="",
        metavar="URI",
        help="the application ID URI that the scope's name begins with (default: api://<client id>)",
    )
    for option, setting, form, meaning in _REPLACING:
        parser.add_argument(option, dest=setting, metavar=form, help=f"{meaning}; replaces {setting}")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Serves in front of the function app until Ctrl-C; returns the exit status."""
    try:
        config = configuration(_settings(options), options.identifier_uri)
        asyncio.run(_serve_front(config, options.upstream, PORT if options.port is None else options.port))
    except FrontError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _settings(options: argparse.Namespace) -> dict[str, str]:
    """Returns the app's settings, overridden by the options; OpenSSL's own variable comes last."""
    given = {setting: getattr(options, setting) or "" for _, setting, *_ in _REPLACING}
    return {
        "SSL_CERT_FILE": os.environ.get("SSL_CERT_FILE", ""),
        **read_values(options.settings),
        **{setting: value for setting, value in given.items() if value},
    }


async def _serve_front(config: EasyAuthConfig, upstream: str, port: int) -> None:
    await check_issuer(config)
    sockets = listeners(port)
    journal = Console()
    # Connections are not kept: one the app has just closed would cost a request.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncHTTPTransport(trust_env=False, limits=limits) as transport:
        url = f"http://localhost:{sockets[0].getsockname()[1]}"
        clients = ", ".join(sorted(config.allowed_applications)) or "any"
        scope = config.prm_scope or "said by the app, which tells clients where to sign in"
        said = _STANDING.format(url=url, upstream=upstream, config=config, scope=scope, clients=clients)
        print(said, flush=True)
        await serve(front(config, upstream, transport, journal), sockets)


def _base_url(text: str) -> str:
    if not _BASE_URL.fullmatch(text):
        raise argparse.ArgumentTypeError("not the URL of a server such as http://localhost:7071")
    return text.rstrip("/")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError("not a port: 0 to 65535")
    return int(text)
