"""Parses the options of `python -m local doctor`, and resolves its target."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from local import tenant
from local.doctor.app_description import describe
from local.doctor.azure_cli import AzureCli
from local.doctor.check_result import CannotCheckError
from local.doctor.easy_auth_check import easy_auth_registration
from local.doctor.endpoint_checks import is_loopback
from local.doctor.examination import Finding, examine
from local.doctor.local_sign_in import LocalSignIn
from local.doctor.report import as_json, as_text, status
from local.doctor.sign_in_proxy import SignInProxy
from local.doctor.target import Target
from local.easyauth.app_settings import read_port, read_values
from local.easyauth.errors import FrontError
from local.layout import Layout
from local.organisation import User, organisation

_MCP_PATH = "/runtime/webhooks/mcp"
_SETTINGS_FILE = Path(__file__).resolve().parents[2] / "local.settings.json"
_TIMEOUT = httpx.Timeout(45, connect=10)

_DESCRIPTION = """
Examines, from outside and changing nothing, what people and clients stumble over: the settings, the app
registration, consent, Easy Auth and the tools a signed-in client is shown. Each check says that all is
well, what is wrong and how to mend it, or why it could not be made.
"""
_EPILOG = """
Without --url it examines the local tenant if one is running, else the settings of local.settings.json and
the environment with their app registration. What asks for a sign-in uses that of the Azure CLI (az login); in
the local tenant, --user signs in. The exit status is 0 if all is well, 1 if something is wrong, 3 if nothing
is but something could not be checked.
"""


def add_to(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Adds the command to those of the command line."""
    parser = commands.add_parser(
        "doctor",
        help="Say what is wrong with a configuration or a deployment, and how to mend it.",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        parents=[common],
    )
    parser.add_argument("--url", type=_server_url, metavar="URL", help="the server, such as https://<host>")
    parser.add_argument(
        "--settings",
        type=Path,
        default=_SETTINGS_FILE,
        metavar="FILE",
        help="the app settings (default: local.settings.json beside host.json)",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(command=diagnose)


def diagnose(options: argparse.Namespace) -> int:
    """Examines the target, prints the findings, and returns the exit status."""
    name, findings = asyncio.run(_diagnose(options))
    print(as_json(name, findings) if options.json else as_text(name, findings))
    return status(findings)


async def examine_settings(file: Path) -> tuple[str, list[Finding]]:
    """Examines an app's settings and its registration; returns what was examined, and the findings."""
    async with httpx.AsyncClient(verify=ssl.create_default_context(), timeout=_TIMEOUT) as http:
        try:
            target = await _configuration(file, "", http)
        except CannotCheckError as error:
            return "nothing", [Finding("settings", "Settings", "unknown", str(error), error.cure)]
        return target.name, await examine(target)


async def _diagnose(options: argparse.Namespace) -> tuple[str, list[Finding]]:
    layout = tenant.find(options.folder)
    is_local = layout is not None and options.url in (None, layout.mcp_url)
    tls = ssl.create_default_context(cafile=str(layout.ca_file) if layout and is_local else None)
    async with httpx.AsyncClient(verify=tls, trust_env=not is_local, timeout=_TIMEOUT) as http:
        try:
            if layout and is_local:
                target = await _local_tenant(layout, options.user, http)
            elif options.url and not is_loopback(urlsplit(options.url).hostname or ""):
                target = await _deployment(options.url, http)
            else:
                target = await _configuration(options.settings, options.url, http)
        except CannotCheckError as error:
            return "nothing", [Finding("settings", "Settings", "unknown", str(error), error.cure)]
        return target.name, await examine(target)


async def _local_tenant(layout: Layout, user: User, http: httpx.AsyncClient) -> Target:
    try:
        settings = json.loads(layout.app_settings_file.read_text())
        app = await describe(settings)
    except (OSError, ValueError) as error:
        raise CannotCheckError(
            f"The settings the local tenant gave the app cannot be read: {error}", "Start it again: make run"
        ) from error
    return Target(
        f"the local tenant at {layout.mcp_url}, as {user.display_name}",
        app,
        http,
        lambda _: LocalSignIn(layout, user, http),
        mcp_url=layout.mcp_url,
        graph_endpoint=layout.graph,
        advertised_issuers=(f"{layout.entra_http}/{organisation().tenant_id}/v2.0",),
        proxy=SignInProxy.of(settings),
    )


async def _deployment(url: str, http: httpx.AsyncClient) -> Target:
    """Returns the server as Azure describes it; where Azure does not, the server as it describes itself."""
    name, cli = f"the server at {url}", AzureCli()
    try:
        azure = await cli.app(urlsplit(url).hostname or "")
        settings = _without_paths(await cli.app_settings(azure))
        easy_auth = await cli.easy_auth(azure)
    except CannotCheckError as error:
        return Target(name, await describe({}), http, AzureCli, mcp_url=url, unknown_settings=error)
    # The platform sets these; they are not among the settings it lists.
    registered = easy_auth_registration(easy_auth).get("clientId") or ""
    given = {"WEBSITE_HOSTNAME": urlsplit(url).netloc, "WEBSITE_AUTH_CLIENT_ID": str(registered)}
    return Target(
        name,
        await describe({**given, **settings}),
        http,
        AzureCli,
        mcp_url=url,
        azure_app=azure.arguments,
        easy_auth=easy_auth,
        proxy=SignInProxy.of(settings),
    )


async def _configuration(file: Path, url: str | None, http: httpx.AsyncClient) -> Target:
    try:
        # Core Tools set the host name, and let the environment override the file.
        settings = {**read_values(file), **os.environ}
        if not settings.get("WEBSITE_HOSTNAME", "").strip():
            settings["WEBSITE_HOSTNAME"] = f"localhost:{read_port(file)}"
    except FrontError as error:
        raise CannotCheckError(str(error), "Copy local.settings.json.example anew and fill it in.") from error
    app = await describe(settings)
    name = f"{file.name} and the environment"
    proxy = SignInProxy.of(settings)
    if url:
        named = f"the server at {url} with {name}"
        return Target(named, app, http, AzureCli, mcp_url=url, proxy=proxy)
    alone = "no local tenant is running; another server is examined with --url"
    return Target(f"{name} ({alone})", app, http, AzureCli, proxy=proxy)


def _without_paths(settings: Mapping[str, str]) -> dict[str, str]:
    """Returns the settings without those that name files of the server's own disk."""
    elsewhere = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PYTHONPATH")
    return {name: value for name, value in settings.items() if name not in elsewhere}


def _server_url(text: str) -> str:
    """Returns the MCP endpoint's URL, whether that or the server's is given."""
    parts = urlsplit(text)
    try:
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or parts.query or parts.fragment or parts.username:
        raise argparse.ArgumentTypeError("not the URL of a server such as https://<host>")
    path = parts.path.rstrip("/") or _MCP_PATH
    return f"{parts.scheme}://{parts.netloc}{path}"
