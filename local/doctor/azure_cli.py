"""Reads tokens and settings from the Azure CLI, as the user it is signed in as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.az import AzAnswerError, AzMissingError, AzRefusedError, AzSlowError, az
from local.doctor.check_result import CannotCheckError

_API_VERSION = "2023-12-01"


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
        command = f"az {' '.join(arguments[:2])}"
        unreadable = CannotCheckError(f"`{command}` did not answer as it should.", "az upgrade")
        try:
            answer = await az(*arguments)
        except AzMissingError as error:
            cure = f"Install it (https://aka.ms/azure-cli), then: {self._login}"
            raise CannotCheckError(str(error), cure) from error
        except AzSlowError as error:
            raise CannotCheckError(str(error), self._login) from error
        except AzRefusedError as error:
            raise CannotCheckError(f"`{command}` failed: {error}", self._login) from error
        except AzAnswerError as error:
            raise unreadable from error
        try:
            return read(answer)
        except (KeyError, TypeError) as error:
            raise unreadable from error

    @property
    def _login(self) -> str:
        return " ".join(["az login", *self._tenant])


def _apps(answer: Any) -> list[tuple[list[str], AzureApp]]:
    """Returns the function apps, each with its host names."""
    return [
        ([each["host"], *(each["hosts"] or [])], AzureApp(each["id"], each["name"], each["group"]))
        for each in answer
    ]
