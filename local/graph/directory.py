"""Reads the directory's applications, service principals and consents, as the local Entra goes by them."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from functools import cache

import httpx
from starlette.responses import Response

from local.graph.denials import DIRECTORY
from local.graph.errors import directory_not_found
from local.graph.filters import filtered
from local.graph.odata import EntityType, Resource
from local.graph.operations import Area, Call
from local.layout import Layout

type DirectorySource = Callable[[], Awaitable[dict[str, list[Resource]]]]

_APPLICATION = EntityType.of_directory(
    "microsoft.graph.application",
    (
        "id", "appId", "displayName", "signInAudience", "identifierUris", "api", "requiredResourceAccess",
        "appRoles", "createdDateTime", "publicClient", "spa", "web", "tags", "uniqueName", "optionalClaims",
    ),
)  # fmt: skip
_SERVICE_PRINCIPAL = EntityType.of_directory(
    "microsoft.graph.servicePrincipal",
    (
        "id", "appId", "displayName", "accountEnabled", "servicePrincipalType", "servicePrincipalNames",
        "oauth2PermissionScopes", "appRoles", "appRoleAssignmentRequired", "tags",
    ),
)  # fmt: skip
_CREDENTIAL = EntityType.of_directory(
    "microsoft.graph.federatedIdentityCredential",
    ("id", "name", "issuer", "subject", "audiences", "description"),
)
_GRANT = EntityType.of_directory(
    "microsoft.graph.oAuth2PermissionGrant",
    ("id", "clientId", "consentType", "principalId", "resourceId", "scope"),
)
_READ_APPLICATIONS = ("Application.Read.All",)
_READ_GRANTS = ("DelegatedPermissionGrant.Read.All",)


def published_directory(layout: Layout) -> DirectorySource:
    """Returns a source that asks the local Entra."""

    @cache
    def trusted() -> ssl.SSLContext:
        # To read all of its authorities takes longer than a request.
        return ssl.create_default_context(cafile=str(layout.ca_file))

    async def fetch() -> dict[str, list[Resource]]:
        async with httpx.AsyncClient(verify=trusted(), trust_env=False) as http:
            response = await http.get(f"{layout.entra}/_control/entra/directory")
            return dict(response.raise_for_status().json())

    return fetch


class Directory:
    """Reads of these objects, by object id or by application id, and as filtered lists."""

    def __init__(self, fetch: DirectorySource) -> None:
        self._fetch = fetch
        self.area = Area(DIRECTORY)
        for collection, entity in (
            ("applications", _APPLICATION),
            ("servicePrincipals", _SERVICE_PRINCIPAL),
        ):
            one = (f"/{collection}/{{id}}", f"/{collection}(appId='{{app_id}}')")
            self._serve(f"/{collection}", self._listing(collection, entity))
            for path in one:
                self._serve(path, self._reading(collection, entity))
        for owner in ("/applications/{id}", "/applications(appId='{app_id}')"):
            self._serve(f"{owner}/federatedIdentityCredentials", self._list_credentials)
        self._serve("/oauth2PermissionGrants", self._listing("oauth2PermissionGrants", _GRANT), _READ_GRANTS)

    def _serve(
        self,
        path: str,
        handler: Callable[[Call], Awaitable[Response]],
        permissions: tuple[str, ...] = _READ_APPLICATIONS,
    ) -> None:
        self.area.operation("GET", path, permissions=permissions)(handler)

    def _listing(self, collection: str, entity: EntityType) -> Callable[[Call], Awaitable[Response]]:
        async def list_objects(call: Call) -> Response:
            found = filtered((await self._fetch())[collection], call.query.option("filter"))
            return call.many(found, call.context(collection), entity)

        return list_objects

    def _reading(self, collection: str, entity: EntityType) -> Callable[[Call], Awaitable[Response]]:
        async def get_object(call: Call) -> Response:
            found = _found((await self._fetch())[collection], call.arguments)
            return call.one(found, call.context(f"{collection}/$entity"), entity)

        return get_object

    async def _list_credentials(self, call: Call) -> Response:
        objects = await self._fetch()
        application = _found(objects["applications"], call.arguments)
        credentials = [
            {name: value for name, value in each.items() if name != "applicationId"}
            for each in objects["federatedIdentityCredentials"]
            if each["applicationId"] == application["id"]
        ]
        context = call.context(f"applications('{application['id']}')/federatedIdentityCredentials")
        return call.many(credentials, context, _CREDENTIAL)


def _found(objects: list[Resource], arguments: dict[str, str]) -> Resource:
    property_name, wanted = (
        ("appId", arguments["app_id"]) if "app_id" in arguments else ("id", arguments["id"])
    )
    for each in objects:
        if each[property_name] == wanted.casefold():
            return each
    raise directory_not_found(wanted)
