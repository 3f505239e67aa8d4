"""A directory that is managed through Microsoft Graph, as strict as the published one where the setup goes.

Applications, service principals, owners, secrets and delegated permission grants; what a test makes late,
forbidden or broken is an attribute.
"""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from local.organisation import DATA, organisation

type Object = dict[str, Any]

GRAPH = "00000003-0000-0000-c000-000000000000"
DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
SECRET = "Ab3~the.secret-of-the-server_0123456789"

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WRITABLE = {
    "displayName", "signInAudience", "tags", "api", "web", "identifierUris", "requiredResourceAccess",
}  # fmt: skip
_API = {"requestedAccessTokenVersion", "oauth2PermissionScopes", "preAuthorizedApplications"}
_NO_API = {
    "requestedAccessTokenVersion": None,
    "oauth2PermissionScopes": [],
    "preAuthorizedApplications": [],
}
_SCOPE = {
    "id", "value", "type", "isEnabled", "adminConsentDisplayName", "adminConsentDescription",
    "userConsentDisplayName", "userConsentDescription",
}  # fmt: skip
_TAG_FILTER = re.compile(r"tags/any\((\w+):\1 eq '([^']*)'\)")
_CLIENT_FILTER = re.compile(r"clientId eq '([^']*)'")


class GraphError(Exception):
    """What Graph answers instead of doing it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.document = {"error": {"code": code, "message": message, "innerError": {"date": "2026-11-28"}}}


def bad(message: str, code: str = "Request_BadRequest") -> GraphError:
    return GraphError(400, code, message)


def missing(name: str) -> GraphError:
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{name}' does not exist or one of its queried reference-property objects are not present.",
    )


@dataclass
class ManagedDirectory:
    """One tenant's directory, and the person who is signed in."""

    person_id: str = field(default_factory=lambda: organisation().user("ana").object_id)
    roles: list[str] = field(default_factory=list)
    members_may_create: bool | None = True
    denied: set[str] = field(default_factory=set)
    """Beginnings of `METHOD /path` that the person may not."""
    creator_owns: bool = True
    """Whether who creates an application is its owner by that; an administrator is not."""
    verified_domains: tuple[str, ...] = ("larkspur.example",)
    secrets_forbidden: bool = False
    late: dict[str, int] = field(default_factory=dict)
    """How often what was just made is not known yet, by what: principal, application, grant, list."""
    page_size: int = 100
    new_app_id: Callable[[], str] = lambda: str(uuid.uuid4())
    new_secret: Callable[[], str] = lambda: SECRET
    after_change: Callable[[], None] = lambda: None
    applications: dict[str, Object] = field(default_factory=dict)
    deleted: dict[str, Object] = field(default_factory=dict)
    principals: dict[str, Object] = field(default_factory=dict)
    grants: dict[str, Object] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        permissions = json.loads((DATA / "delegated_permissions.json").read_text())
        for key, app_id in (("graph", GRAPH), ("devops", DEVOPS)):
            principal = self.add_principal(app_id)
            principal["oauth2PermissionScopes"] = [
                {"id": scope_id, "value": name, "type": "User", "isEnabled": True}
                for name, scope_id in permissions[key].items()
                if scope_id
            ]

    def add_principal(self, app_id: str) -> Object:
        principal = {"id": str(uuid.uuid4()), "appId": app_id, "accountEnabled": True}
        self.principals[principal["id"]] = principal
        return principal

    def principal_of(self, app_id: str) -> Object:
        return next(each for each in self.principals.values() if each["appId"] == app_id)

    @property
    def only(self) -> Object:
        """The one application there is."""
        (application,) = self.applications.values()
        return application

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Object | None:
        """What Graph answers; None for 204."""
        if any(f"{method} {path}".startswith(each) for each in self.denied):
            raise GraphError(
                403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
            )
        if method == "GET":
            return self._read(path, query)
        if query:
            raise bad("A change takes no query.")
        answer = self._change(method, path, body)
        self.changes.append(f"{method} {path}")
        self.after_change()
        return answer

    def _read(self, path: str, query: dict[str, str]) -> Object:
        if path == "/me":
            return {"id": self.person_id, "userPrincipalName": "ana.duarte@larkspur.example"}
        if path == "/me/oauth2PermissionGrants":
            own = [g for g in self.grants.values() if g["principalId"] == self.person_id]
            return self._page(path, query, own)
        if path == "/me/transitiveMemberOf/microsoft.graph.directoryRole":
            return self._page(path, query, [{"roleTemplateId": each} for each in self.roles])
        if path == "/policies/authorizationPolicy":
            return {"defaultUserRolePermissions": {"allowedToCreateApps": self.members_may_create}}
        if path == "/applications":
            wanted = _matched(_TAG_FILTER, query)[2]
            found = [each for each in self.applications.values() if wanted in each["tags"]]
            return self._page(path, query, [] if self._is_late("list") else [_shown(each) for each in found])
        if path == "/oauth2PermissionGrants":
            wanted = _matched(_CLIENT_FILTER, query)[1]
            return self._page(path, query, [g for g in self.grants.values() if g["clientId"] == wanted])
        if found := re.fullmatch(r"(/applications.*)/(owners|federatedIdentityCredentials)", path):
            application = self._application(found[1])
            kind = {"owners": "_owners", "federatedIdentityCredentials": "_federated"}[found[2]]
            return self._page(path, query, application.get(kind, []))
        if path.startswith("/applications"):
            application = self._application(path)
            if self._is_late("application"):
                raise missing(path)
            return _shown(application)
        if path.startswith("/servicePrincipals"):
            if "(" not in path and self._is_late("principal known"):
                raise missing(path)
            return dict(self._principal(path))
        raise bad(f"Resource not found for the segment '{path}'.")

    def _page(self, path: str, query: dict[str, str], found: list[Object]) -> Object:
        start = int(query.get("$skiptoken", 0))
        page: Object = {"value": found[start : start + self.page_size]}
        if start + self.page_size < len(found):
            rest = "&".join(f"{name}={value}" for name, value in query.items() if name != "$skiptoken")
            page["@odata.nextLink"] = f"{{graph}}/v1.0{path}?{rest}&$skiptoken={start + self.page_size}"
        return page

    def _change(self, method: str, path: str, body: Any) -> Object | None:
        if (method, path) == ("POST", "/applications"):
            return self._create(body)
        if (method, path) == ("POST", "/servicePrincipals"):
            return self._create_principal(body)
        if (method, path) == ("POST", "/oauth2PermissionGrants"):
            return self._create_grant(body)
        if found := re.fullmatch(r"(/applications/[^/]+)/(addPassword|removePassword|owners/\$ref)", path):
            application = self._application(found[1])
            act = {"addPassword": _add_password, "removePassword": _remove_password}.get(found[2], _add_owner)
            if self.secrets_forbidden and found[2] == "addPassword":
                raise bad(
                    "Credential type not allowed as per assigned policy.",
                    "CredentialTypeNotAllowedAsPerAppPolicy",
                )
            return act(application, body, self.new_secret)
        if path.startswith("/applications/"):
            return self._change_application(method, self._application(path), body)
        if path.startswith("/servicePrincipals/"):
            return self._change_principal(method, self._principal(path), body)
        if path.startswith("/oauth2PermissionGrants/"):
            return self._change_grant(method, path.rpartition("/")[2], body)
        raise bad(f"Resource not found for the segment '{path}'.")

    def _create(self, body: Object) -> Object:
        if not isinstance(body.get("displayName"), str) or not body["displayName"]:
            raise bad("A value is required for property 'displayName' of resource 'Application'.")
        application: Object = {
            "id": str(uuid.uuid4()), "appId": self.new_app_id(), "createdDateTime": "2026-11-28T21:00:00Z",
            "signInAudience": "AzureADandPersonalMicrosoftAccount", "identifierUris": [], "tags": [],
            "requiredResourceAccess": [], "passwordCredentials": [], "keyCredentials": [],
            "web": {"redirectUris": []},
            "api": dict(_NO_API),
            "_owners": [{"id": self.person_id}] if self.creator_owns else [],
        }  # fmt: skip
        self._set(application, body)
        self.applications[application["id"]] = application
        return _shown(application)

    def _change_application(self, method: str, application: Object, body: Any) -> None:
        if method == "DELETE":
            for principal in [p for p in self.principals.values() if p["appId"] == application["appId"]]:
                self._change_principal("DELETE", principal, None)
            self.deleted[application["id"]] = self.applications.pop(application["id"])
        elif method == "PATCH":
            self._set(application, body)
        else:
            raise bad("The method is not allowed.")

    def _set(self, application: Object, body: Object) -> None:
        if not isinstance(body, dict) or not body:
            raise bad("Empty Payload. JSON content expected.")
        if "passwordCredentials" in body:
            raise bad("Updates to passwordCredentials go through addPassword.")
        if unknown := body.keys() - _WRITABLE:
            raise bad(f"Invalid property '{sorted(unknown)[0]}'.")
        changed = {**application, **body}
        if "api" in body:
            # What a complex property does not name is gone; the stricter of two readings.
            changed["api"] = {**_NO_API, **body["api"]}
            _check_api(application["api"], changed["api"])
        for uri in changed["identifierUris"]:
            if uri not in application["identifierUris"]:
                self._check_identifier_uri(uri, changed)
        for each in changed["requiredResourceAccess"]:
            assert _GUID.fullmatch(each["resourceAppId"]) and each["resourceAccess"], each
            assert all(_GUID.fullmatch(a["id"]) and a["type"] == "Scope" for a in each["resourceAccess"])
        application.update(changed)

    def _check_identifier_uri(self, uri: str, application: Object) -> None:
        if uri == f"api://{application['appId']}":
            return
        host = uri.partition("://")[2].partition("/")[0]
        is_verified = any(host == each or host.endswith(f".{each}") for each in self.verified_domains)
        if application["api"]["requestedAccessTokenVersion"] != 2 or not is_verified:
            raise bad(
                "Values of identifierUris property must use a verified domain of the organization or its "
                f"subdomain: '{uri}'",
                "HostNameNotOnVerifiedDomain",
            )

    def _create_principal(self, body: Object) -> Object:
        app_id = body["appId"]
        known = any(each["appId"] == app_id for each in self.applications.values())
        if not known or self._is_late("principal"):
            raise bad(
                f"The appId '{app_id}' of the service principal does not reference a valid application "
                "object.",
                "NoBackingApplicationObject",
            )
        if any(each["appId"] == app_id for each in self.principals.values()):
            raise GraphError(
                409, "Request_MultipleObjectsWithSameKeyValue", "The service principal is in use."
            )
        return dict(self.add_principal(app_id))

    def _change_principal(self, method: str, principal: Object, body: Any) -> None:
        if method == "DELETE":
            del self.principals[principal["id"]]
            self.grants = {key: g for key, g in self.grants.items() if g["clientId"] != principal["id"]}
        else:
            principal.update(body)

    def _create_grant(self, body: Object) -> Object:
        if self._is_late("grant"):
            raise missing(body["clientId"])
        if lacking := {"clientId", "consentType", "resourceId", "scope"} - body.keys():
            raise bad(f"A value is required for property '{sorted(lacking)[0]}'.")
        for name in ("clientId", "resourceId"):
            self._principal(f"/servicePrincipals/{body[name]}")
        if body["consentType"] not in ("Principal", "AllPrincipals"):
            raise bad("Invalid value for property 'consentType'.")
        if (body["consentType"] == "Principal") != bool(body.get("principalId")):
            raise bad("principalId is for the consentType Principal, and needed there.")
        keys = ("clientId", "resourceId", "consentType", "principalId")
        if any(all(g.get(k) == body.get(k) for k in keys) for g in self.grants.values()):
            raise GraphError(
                409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists."
            )
        grant = {"principalId": None, **body, "id": uuid.uuid4().hex}
        self.grants[grant["id"]] = grant
        return dict(grant)

    def _change_grant(self, method: str, grant_id: str, body: Any) -> None:
        if grant_id not in self.grants:
            raise missing(grant_id)
        if method == "DELETE":
            del self.grants[grant_id]
        elif body.keys() == {"scope"} and body["scope"]:
            self.grants[grant_id]["scope"] = body["scope"]
        else:
            raise bad("Only the scope of a grant can be changed.")

    def _is_late(self, what: str) -> bool:
        times = self.late.get(what, 0)
        self.late[what] = max(0, times - 1)
        return times > 0

    def _application(self, path: str) -> Object:
        return _found(self.applications, path)

    def _principal(self, path: str) -> Object:
        return _found(self.principals, path)


def _found(objects: dict[str, Object], path: str) -> Object:
    if by_app_id := re.fullmatch(r"/\w+\(appId='([^']+)'\)", path):
        found = next((each for each in objects.values() if each["appId"] == by_app_id[1]), None)
    else:
        found = objects.get(path.rpartition("/")[2])
    if found is None:
        raise missing(path)
    return found


def _matched(form: re.Pattern[str], query: dict[str, str]) -> re.Match[str]:
    found = form.fullmatch(query.get("$filter", ""))
    if found is None:
        raise bad(f"Invalid filter clause: {query.get('$filter')}", "Request_UnsupportedQuery")
    return found


def _shown(application: Object) -> Object:
    """An application as it is read: no secret is."""
    shown = {name: value for name, value in application.items() if not name.startswith("_")}
    hidden = [{**each, "secretText": None} for each in application["passwordCredentials"]]
    return json.loads(json.dumps({**shown, "passwordCredentials": hidden}))


def _check_api(before: Object, api: Object) -> None:
    if unknown := api.keys() - _API:
        raise bad(f"Invalid property '{sorted(unknown)[0]}'.")
    if api["requestedAccessTokenVersion"] not in (None, 1, 2):
        raise bad("Invalid value for property 'requestedAccessTokenVersion'.")
    scopes = {each["id"]: each for each in api["oauth2PermissionScopes"]}
    for scope in scopes.values():
        assert _GUID.fullmatch(scope["id"]) and scope.keys() <= _SCOPE, scope
        if not all(
            scope.get(name) for name in ("value", "adminConsentDisplayName", "adminConsentDescription")
        ):
            raise bad("A scope needs a value and what an administrator reads.")
    for scope in before["oauth2PermissionScopes"]:
        if scope["isEnabled"] and scope["id"] not in scopes:
            raise bad(
                "Permission (scope or role) cannot be deleted or updated unless disabled first.",
                "CannotDeleteOrUpdateEnabledEntitlement",
            )
    present = {each["id"] for each in before["oauth2PermissionScopes"]}
    for client in api["preAuthorizedApplications"]:
        assert _GUID.fullmatch(client["appId"]), client
        if not set(client["delegatedPermissionIds"]) <= present:
            raise bad("A client can be pre-authorized only for a scope that is there.", "InvalidValue")


def _add_password(application: Object, body: Object, new_secret: Callable[[], str]) -> Object:
    wanted = body["passwordCredential"]
    assert wanted.keys() <= {"displayName", "endDateTime", "startDateTime"}, wanted
    ends = datetime.fromisoformat(wanted["endDateTime"])
    assert timedelta(0) < ends - datetime.now(UTC) <= timedelta(days=731)
    secret = new_secret()
    made = {**wanted, "keyId": str(uuid.uuid4()), "hint": secret[:3]}
    application["passwordCredentials"].append(made)
    return {**made, "secretText": secret}


def _remove_password(application: Object, body: Object, _: object) -> None:
    kept = [each for each in application["passwordCredentials"] if each["keyId"] != body["keyId"]]
    if len(kept) == len(application["passwordCredentials"]):
        raise bad("No password credential found with keyId.")
    application["passwordCredentials"] = kept


def _add_owner(application: Object, body: Object, _: object) -> None:
    owner = body["@odata.id"].rpartition("/directoryObjects/")[2]
    if {"id": owner} in application["_owners"]:
        raise bad(
            "One or more added object references already exist for the following modified properties: owners."
        )
    application["_owners"].append({"id": owner})
