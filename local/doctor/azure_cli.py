"""Reads tokens and settings from the Azure CLI, as the user it is signed in as."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.doctor.check_result import CannotCheckError
from local.doctor.child_process import run

_API_VERSION = "2023-12-01"
_LIMIT = 90.0
_SHOWN = 300


@dataclass(frozen=True)
class AzureApp:
    """Describes a function app in Azure."""

    id: str
    name: str
    group: str

    @property
    def arguments(self) -> str:
        """Returns how `az` commands name it."""
        return f"--name {self.name} --resource-group {self.group}"


class AzureCli:
    """Reads tokens and settings from `az`, which keeps the sign-in; it is only read from.

    Args:
        tenant_id: The directory to sign in to; empty for the one `az` is signed in to.
    """

    def __init__(self, tenant_id: str = "") -> None:
        self._tenant = ["--tenant", tenant_id] if tenant_id else []

    async def graph_token(self) -> str:
        """Returns an access token for Microsoft Graph.

        Raises:
            CannotCheckError: `az` is not there, or not signed in.
        """
        return await self._token("--resource-type", "ms-graph")

    async def server_token(self, scope: str) -> str:
        """Returns an access token for the server, of this scope.

        Raises:
            CannotCheckError: `az` is not there or not signed in, or Entra gives it no such token.
        """
        return await self._token("--scope", scope)

    async def app(self, host: str) -> AzureApp:
        """Returns the function app with this host name.

        Raises:
            CannotCheckError: `az` is not there or not signed in, or shows no such app.
        """
        apps = await self._read(
            _apps, "functionapp", "list", "--query",
            "[].{id:id, name:name, group:resourceGroup, host:defaultHostName, hosts:hostNames}",
        )  # fmt: skip
        for hosts, app in apps:
            if host in hosts:
                return app
        raise CannotCheckError(
            f"No function app of your subscription is called {host}.",
            "Choose its subscription: az account set --subscription <name>. You need the role Reader and "
            "the right to list app settings (Website Contributor).",
        )

    async def app_settings(self, app: AzureApp) -> dict[str, str]:
        """Returns the app settings of a function app.

        Raises:
            CannotCheckError: `az` may not read them.
        """
        return await self._read(
            lambda answer: {each["name"]: str(each["value"] or "") for each in answer},
            "functionapp", "config", "appsettings", "list", *app.arguments.split(),
        )  # fmt: skip

    async def easy_auth(self, app: AzureApp) -> dict[str, Any]:
        """Returns how Easy Auth is set up for a function app: the properties of `authsettingsV2`.

        Raises:
            CannotCheckError: `az` may not read them.
        """
        # Without a host, `az rest` asks the Resource Manager of the cloud it is signed in to.
        url = f"{app.id}/config/authsettingsV2?api-version={_API_VERSION}"
        return await self._read(
            lambda answer: dict(answer["properties"]), "rest", "--method", "get", "--url", url
        )

    async def _token(self, *what: str) -> str:
        arguments = ("account", "get-access-token", *what, *self._tenant)
        return await self._read(lambda answer: str(answer["accessToken"]), *arguments)

    async def _read[Value](self, read: Callable[[Any], Value], *arguments: str) -> Value:
        """Returns what a command answers, as far as `read` takes it."""
        program = shutil.which("az")
        if program is None:
            raise CannotCheckError(
                "The Azure CLI is not installed.",
                f"Install it (https://aka.ms/azure-cli), then: {self._login}",
            )
        try:
            ended = await run([program, *arguments, "--output", "json", "--only-show-errors"], limit=_LIMIT)
        except TimeoutError as error:
            raise CannotCheckError(
                f"`az {arguments[0]}` did not end within {_LIMIT:g} seconds.", self._login
            ) from error
        command = f"az {' '.join(arguments[:2])}"
        if ended.status != 0:
            raise CannotCheckError(f"`{command}` failed: {_last_words(ended.errors)}", self._login)
        try:
            return read(json.loads(ended.output))
        except (ValueError, KeyError, TypeError) as error:
            raise CannotCheckError(f"`{command}` did not answer as it should.", "az upgrade") from error

    @property
    def _login(self) -> str:
        return " ".join(["az login", *self._tenant])


def _apps(answer: Any) -> list[tuple[list[str], AzureApp]]:
    """Returns the function apps, each with its host names."""
    return [
        ([each["host"], *(each["hosts"] or [])], AzureApp(each["id"], each["name"], each["group"]))
        for each in answer
    ]


def _last_words(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    told = next((line for line in lines if "AADSTS" in line or line.startswith("ERROR")), "")
    return (told or (lines[-1] if lines else "it said nothing")).removeprefix("ERROR: ")[:_SHOWN]
