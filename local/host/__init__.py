"""The local Functions host with its MCP extension, behind App Service Authentication.

What loads and runs the functions is Microsoft's own worker library; what the host, the
extension and App Service add on the wire is here and in `local.easyauth`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from starlette.types import ASGIApp

from local.control import Control
from local.easyauth import EasyAuth, EasyAuthConfig
from local.host import extension_version
from local.host.errors import StartupError
from local.host.functions_host import REPOSITORY, FunctionsHost
from local.host.server_span import ServerSpan
from local.host.settings import apply
from local.layout import Layout
from local.serving import TRACE_SETTING


def listeners(layout: Layout) -> dict[str, ASGIApp]:
    """The function app of this repository on the layout's host address.

    The environment of this process becomes the app's; `LOCAL_TRACE` in it has the app's spans noted in the
    journal. Exits with one line when the app cannot start.
    """
    apply(layout)
    control = Control()
    if os.environ.get(TRACE_SETTING):
        from local.host.spans import receive  # noqa: PLC0415 - loads OpenTelemetry's SDK

        receive(control)
    host = started(control)
    config = EasyAuthConfig.local(layout, os.environ.get("SIGN_IN_PROXY", ""))
    return {layout.host: ServerSpan(control.wrap(EasyAuth(host, config, control)))}


def started(control: Control, app_folder: Path = REPOSITORY) -> FunctionsHost:
    """The host of the app in this folder. Exits with one line when the app cannot start."""
    try:
        return FunctionsHost.load(control, app_folder, extension_version.from_environment())
    except (StartupError, ValueError) as error:
        sys.exit(f"the function app does not start: {error}")
