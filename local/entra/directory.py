"""Lists the directory objects of the tenant's applications, in the shapes of Microsoft Graph 1.0.

They are made of what Entra goes by at this moment, so the two cannot disagree.
"""

from __future__ import annotations

import json
import uuid
from functools import cache
from typing import Any

from local.entra.authority import Authority
from local.entra.registrations import Application, Resource
from local.organisation import DATA, organisation

_NAMES = uuid.UUID("6e2f1c84-90ab-4d3e-8f57-2c4b6a8d0e13")

type Object = dict[str, Any]


def directory(authority: Authority) -> dict[str, list[Object]]:
    """Returns the objects by collection; a federated credential names its application in `applicationId`."""
    return {
        "applications": [_server(authority), *_sign_in_proxy(authority)],
        "federatedIdentityCredentials": _federated_credentials(authority),
        "servicePrincipals": _service_principals(authority),
        "oauth2PermissionGrants": _permission_grants(authority),
    }


def object_id(kind: str, name: str) -> str:
    """Returns the id of a directory object, the same at every start."""
    return str(uuid.uuid5(_NAMES, f"{kind} {name}"))


def _server(authority: Authority) -> Object:
    registrations = authority.registrations
    exposed = registrations.resource("server")
    return {
        "id": object_id("application", exposed.app_id),
        "appId": exposed.app_id,
        "displayName": exposed.name,
        "signInAudience": "AzureADMyOrg",
        "identifierUris": list(exposed.identifier_uris),
        "api": {
            "requestedAccessTokenVersion": 2 if exposed.accepted_version == "2.0" else None,
            "oauth2PermissionScopes": _scopes(exposed),
            "preAuthorizedApplications": [
                {
                    "appId": client.client_id,
                    "delegatedPermissionIds": [scope["id"] for scope in _scopes(exposed)],
                }
                for client in registrations.applications
                if client.pre_authorized
            ],
        },
        "requiredResourceAccess": _required_resource_access(authority, registrations.server),
        "web": {"redirectUris": list(registrations.server.redirect_uris)},
    }


def _sign_in_proxy(authority: Authority) -> list[Object]:
    proxy = authority.registrations.sign_in_proxy
    if proxy is None:
        return []
    return [
        {
            "id": object_id("application", proxy.client_id),
            "appId": proxy.client_id,
            "displayName": proxy.name,
            "signInAudience": "AzureADMyOrg",
            "identifierUris": [],
            "api": {
                "requestedAccessTokenVersion": None,
                "oauth2PermissionScopes": [],
                "preAuthorizedApplications": [],
            },
            "requiredResourceAccess": _required_resource_access(authority, proxy),
            "web": {"redirectUris": list(proxy.redirect_uris)},
        }
    ]


def _required_resource_access(authority: Authority, application: Application) -> list[Object]:
    return [
        {
            "resourceAppId": resource.app_id,
            "resourceAccess": [{"id": _scope_id(resource, name), "type": "Scope"} for name in names],
        }
        for resource in authority.registrations.resources
        if (names := authority.consents.configured(application, resource))
    ]


def _federated_credentials(authority: Authority) -> list[Object]:
    return [
        {
            "applicationId": object_id("application", client_id),
            "id": object_id("federatedIdentityCredential", f"function-app-identity {client_id}"),
            "name": "function-app-identity",
            "issuer": credential.issuer,
            "subject": credential.subject,
            "audiences": [credential.audience],
            "description": "",
        }
        for client_id, credential in authority.credentials.federated.items()
        if client_id in {each.client_id for each in authority.registrations.applications}
    ]


def _service_principals(authority: Authority) -> list[Object]:
    registrations = authority.registrations
    identity = organisation().document["managed_identity"]
    clients = [
        _service_principal(client.client_id, client.name)
        for client in registrations.applications
        if client.client_id != registrations.server.client_id
    ]
    resources = [
        _service_principal(each.app_id, each.name)
        | {"servicePrincipalNames": [each.app_id, *each.identifier_uris]}
        | {"oauth2PermissionScopes": _scopes(each), "accountEnabled": each.principal == "enabled"}
        | {"appRoleAssignmentRequired": each.assigned is not None}
        for each in registrations.resources
        if each.principal != "missing"
    ]
    of_identity = _service_principal(identity["client_id"], "m365-devops-mcp-identity") | {
        "id": identity["principal_id"],
        "servicePrincipalType": "ManagedIdentity",
    }
    return [*resources, *clients, of_identity]


def _service_principal(app_id: str, name: str) -> Object:
    return {
        "id": object_id("servicePrincipal", app_id),
        "appId": app_id,
        "displayName": name,
        "accountEnabled": True,
        "servicePrincipalType": "Application",
        "servicePrincipalNames": [app_id],
        "appRoleAssignmentRequired": False,
        "oauth2PermissionScopes": [],
    }


def _permission_grants(authority: Authority) -> list[Object]:
    """Returns the consents; a pre-authorized client is listed in the application and has no grant."""
    registrations = authority.registrations
    pre_authorized = {each.client_id for each in registrations.applications if each.pre_authorized}
    return [
        {
            "id": object_id("oauth2PermissionGrant", f"{user} {client_id} {key}"),
            "clientId": object_id("servicePrincipal", client_id),
            "consentType": "Principal" if user else "AllPrincipals",
            "principalId": user,
            "resourceId": object_id("servicePrincipal", registrations.resource(key).app_id),
            "scope": " ".join(names),
        }
        for user, client_id, key, names in authority.consents.grants()
        if not (user is None and key == "server" and client_id in pre_authorized)
    ]


def _scopes(resource: Resource) -> list[Object]:
    return [
        {
            "id": _scope_id(resource, name),
            "value": name,
            "type": "User",
            "isEnabled": name not in resource.disabled,
            "adminConsentDisplayName": name,
            "adminConsentDescription": name,
        }
        for name in (*resource.permissions, *resource.disabled)
    ]


def _scope_id(resource: Resource, name: str) -> str:
    known = _known_scope_ids().get(resource.key, {})
    return known.get(name) or object_id("scope", f"{resource.app_id} {name}")


@cache
def _known_scope_ids() -> dict[str, dict[str, str]]:
    return dict(json.loads((DATA / "delegated_permissions.json").read_text()))
