"""Reads what the directory (Entra ID) knows of the app, through Microsoft Graph as the operator."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from local.doctor.cached_value import CachedValue
from local.doctor.check_result import CannotCheckError
from local.doctor.http_responses import UnreachableError, UnreadableError, send
from local.doctor.tokens import Tokens

_PAGES = 50
_RIGHTS = (
    "Sign in as somebody who may read the directory: the role Directory Readers is enough, where the tenant "
    "does not let every member read it."
)

type Object = dict[str, Any]


class Directory:
    """Reads directory objects and caches them.

    Args:
        http: Trusts whoever answers at the endpoint.
        endpoint: Where Graph is, without a version.
        tokens: Whose sign-in reads.
        client_id: The app registration in question.
    """

    def __init__(self, http: httpx.AsyncClient, endpoint: str, tokens: Tokens, client_id: str) -> None:
        self.client_id = client_id
        self._http = http
        self._endpoint = endpoint
        self._token = CachedValue(tokens.graph_token)
        self._read: dict[str, Object | None] = {}

    async def application(self) -> Object:
        """Returns the app registration.

        Raises:
            CannotCheckError: It is not there, or cannot be read.
        """
        found = await self.find(f"/applications(appId='{self.client_id}')")
        if found is None:
            raise CannotCheckError(
                "The directory has no such app registration.", "Mend the check of the registration first."
            )
        return found

    async def service_principal(self, app_id: str) -> Object | None:
        """Returns what stands for an application in this directory; None if nothing does.

        Raises:
            CannotCheckError: It cannot be read.
        """
        return await self.find(f"/servicePrincipals(appId='{app_id}')")

    async def federated_credentials(self) -> list[Object]:
        """Returns the federated credentials of the app registration.

        Raises:
            CannotCheckError: They cannot be read.
        """
        return await self._list(f"/applications(appId='{self.client_id}')/federatedIdentityCredentials")

    async def permission_grants(self, client: str) -> list[Object]:
        """Returns the delegated permissions granted to the service principal with this object id.

        Raises:
            CannotCheckError: They cannot be read.
        """
        condition = quote(f"clientId eq '{client}'")
        return await self._list(f"/oauth2PermissionGrants?$filter={condition}")

    async def me(self) -> Object:
        """Returns the user whose sign-in reads.

        Raises:
            CannotCheckError: It cannot be read.
        """
        return await self.find("/me?$select=id,userPrincipalName") or {}

    async def find(self, path: str) -> Object | None:
        """Returns the object at a path; None if there is none.

        Raises:
            CannotCheckError: It cannot be read.
        """
        if path not in self._read:
            self._read[path] = await self._get(f"{self._endpoint}/v1.0{path}")
        return self._read[path]

    async def _list(self, path: str) -> list[Object]:
        objects: list[Object] = []
        url = f"{self._endpoint}/v1.0{path}"
        for _ in range(_PAGES):
            page = await self._get(url) or {}
            objects += page.get("value", [])
            url = page.get("@odata.nextLink", "")
            # The token goes to Graph and nowhere else, whatever a link says.
            if not url.startswith(f"{self._endpoint}/"):
                break
        return objects

    async def _get(self, url: str) -> Object | None:
        authorization = f"Bearer {await self._token.get()}"
        try:
            response = await send(self._http, "GET", url, headers={"Authorization": authorization})
            if response.status == 404:
                return None
            if response.status in (401, 403):
                raise CannotCheckError(
                    f"Microsoft Graph does not let you read this: it answered {response.status}.", _RIGHTS
                )
            document = response.document()
        except UnreachableError as error:
            raise CannotCheckError(str(error), error.cure) from error
        except UnreadableError as error:
            raise CannotCheckError(f"Microsoft Graph answered {error}.", "Try again in a moment.") from error
        if response.status != 200:
            raise CannotCheckError(
                f"Microsoft Graph answered {response.described()}.", "Try again in a moment."
            )
        return document
