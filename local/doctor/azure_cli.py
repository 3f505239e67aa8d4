"""What the Azure CLI tells with the sign-in of whoever runs the doctor."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import Any

from local.doctor.verdict import CannotCheckError

_LIMIT = 90.0
_SHOWN = 300


class AzureCli:
    """Tokens and settings from `az`, which keeps the sign-in; it is only read from.

    Args:
        tenant_id: The directory to sign in to; empty for the one `az` is signed in to.
    """

    def __init__(self, tenant_id: str = "") -> None:
        self._tenant = ["--tenant", tenant_id] if tenant_id else []

    async def graph_token(self) -> str:
        """An access token for Microsoft Graph.

        Raises:
            CannotCheckError: `az` is not there, or not signed in.
        """
        return await self._token("--resource-type", "ms-graph")

    async def server_token(self, scope: str) -> str:
        """An access token for the server, of this scope.

        Raises:
            CannotCheckError: `az` is not there or not signed in, or Entra gives it no such token.
        """
        return await self._token("--scope", scope)

    async def app_settings(self, host: str) -> dict[str, str]:
        """The app settings of the function app with this host name.

        Raises:
            CannotCheckError: `az` is not there or not signed in, or shows no such app.
        """
        apps = await self._answer(
            "functionapp", "list", "--query",
            "[].{name:name, group:resourceGroup, host:defaultHostName, hosts:hostNames}",
        )  # fmt: skip
        app = next((each for each in apps if host in (each["host"], *(each["hosts"] or []))), None)
        if app is None:
            raise CannotCheckError(
                f"No function app of your subscription is called {host}.",
                "Choose its subscription: az account set --subscription <name>. You need the role Reader and "
                "the right to list app settings (Website Contributor).",
            )
        settings = await self._answer(
            "functionapp", "config", "appsettings", "list",
            "--name", app["name"], "--resource-group", app["group"],
        )  # fmt: skip
        return {each["name"]: str(each["value"] or "") for each in settings}

    async def _token(self, *what: str) -> str:
        answer = await self._answer("account", "get-access-token", *what, *self._tenant)
        return str(answer["accessToken"])

    async def _answer(self, *arguments: str) -> Any:
        program = shutil.which("az")
        if program is None:
            raise CannotCheckError(
                "The Azure CLI is not installed.",
                f"Install it (https://aka.ms/azure-cli), then: {self._login}",
            )
        process = await asyncio.create_subprocess_exec(
            program, *arguments, "--output", "json", "--only-show-errors",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            output, errors = await asyncio.wait_for(process.communicate(), _LIMIT)
        except TimeoutError as error:
            process.kill()
            await process.wait()
            raise CannotCheckError(
                f"`az {arguments[0]}` did not end within {_LIMIT:g} seconds.", self._login
            ) from error
        command = f"az {' '.join(arguments[:2])}"
        if process.returncode != 0:
            raise CannotCheckError(f"`{command}` failed: {_last_words(errors)}", self._login)
        try:
            return json.loads(output)
        except ValueError as error:
            raise CannotCheckError(f"`{command}` did not answer with JSON.", "az upgrade") from error

    @property
    def _login(self) -> str:
        return " ".join(["az login", *self._tenant])


def _last_words(errors: bytes) -> str:
    lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    told = next((line for line in lines if "AADSTS" in line or line.startswith("ERROR")), "")
    return (told or (lines[-1] if lines else "it said nothing")).removeprefix("ERROR: ")[:_SHOWN]
