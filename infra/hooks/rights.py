"""Checks the rights of the account that deploys, in the subscription and in Entra."""

from __future__ import annotations

from choices import Choices
from clouds import signed_in_to
from commands import az, claims, pages
from login import Account
from report import Finding

# "Azure built-in roles"
_OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
_CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
_ASSIGNS_ROLES = {
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
}

# "Microsoft Entra built-in roles": template ids, as names can be translated.
_GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
_APPLICATION_ADMINISTRATORS = {
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
}
_GROUP_ADMINISTRATORS = {
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": "Groups Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
}
_CONSENT_ADMINISTRATORS = {"e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator"}

# "Microsoft Graph permissions reference": what a pipeline needs instead; any of a row is enough.
_APPLICATION_PERMISSIONS = ("Application.ReadWrite.OwnedBy", "Application.ReadWrite.All")
_READING_PERMISSIONS = ("Application.Read.All", "Application.ReadWrite.All")
_GROUP_PERMISSIONS = ("Group.ReadWrite.All", "Group.Create")
_ASSIGNMENT_PERMISSIONS = ("AppRoleAssignment.ReadWrite.All",)
_CONSENT_PERMISSIONS = ("DelegatedPermissionGrant.ReadWrite.All",)


def in_subscription(account: Account, choices: Choices) -> list[Finding]:
    """Returns the rights missing to create resources and to assign roles to the app's identity.

    Raises:
        CommandError: The role assignments cannot be read.
    """
    assigned = {
        str(assignment["properties"]["roleDefinitionId"]).rpartition("/")[2].casefold()
        for assignment in pages(
            f"{signed_in_to().resource_manager}/subscriptions/{choices.subscription}"
            "/providers/Microsoft.Authorization/roleAssignments",
            **{"api-version": "2022-04-01", "$filter": f"atScope() and assignedTo('{account.object_id}')"},
        )
    }
    if _OWNER in assigned:
        return []
    missing = []
    if _CONTRIBUTOR not in assigned:
        missing.append("Contributor")
    if not assigned & _ASSIGNS_ROLES.keys():
        missing.append("Role Based Access Control Administrator")
    return [
        Finding(
            f"the account has neither Owner nor {role} on the subscription",
            "an Owner of the subscription runs: az role assignment create "
            f'--assignee-object-id {account.object_id} --role "{role}" '
            f"--scope /subscriptions/{choices.subscription}",
        )
        for role in missing
    ]


def in_entra(account: Account, choices: Choices) -> list[Finding]:
    """Returns the rights missing to create the application, the group and the consent that were chosen.

    Raises:
        CommandError: The roles of the account cannot be read.
    """
    if not choices.creates_application:
        return []
    return _of_person(choices) if account.is_person else _of_pipeline(choices)


def _of_person(choices: Choices) -> list[Finding]:
    held = {
        role["roleTemplateId"]
        for role in pages(
            f"{signed_in_to().graph}/v1.0/me/transitiveMemberOf/microsoft.graph.directoryRole",
            **{"$select": "roleTemplateId"},
        )
    }
    if _GLOBAL_ADMINISTRATOR in held:
        return []
    wanted = [
        (True, _APPLICATION_ADMINISTRATORS, "create the application", "ENTRA_MODE existing"),
        (choices.creates_group, _GROUP_ADMINISTRATORS, "create the group", "ENTRA_CREATE_GROUP false"),
        (choices.grants_consent, _CONSENT_ADMINISTRATORS, "grant consent", "ENTRA_GRANT_CONSENT false"),
    ]
    return [
        Finding(
            f"to {purpose}, the account needs the Entra role {' or '.join(roles.values())}",
            "a Privileged Role Administrator assigns it, or you activate it if you are eligible; "
            f"or do without: azd env set {without}",
        )
        for chosen, roles, purpose, without in wanted
        if chosen and not held & roles.keys()
    ]


def _of_pipeline(choices: Choices) -> list[Finding]:
    token = az("account", "get-access-token", "--resource-type", "ms-graph")["accessToken"]
    held = set(claims(token).get("roles", []))
    wanted: list[tuple[bool, tuple[str, ...], str]] = [
        (True, _APPLICATION_PERMISSIONS, "create the application"),
        (True, _READING_PERMISSIONS, "find the applications of Graph and Azure DevOps"),
        (choices.creates_group, _GROUP_PERMISSIONS, "create the group"),
        (choices.creates_group, _ASSIGNMENT_PERMISSIONS, "let the group in"),
        (choices.grants_consent, _CONSENT_PERMISSIONS, "grant consent"),
    ]
    return [
        Finding(
            f"to {purpose}, the pipeline needs the Graph application permission {' or '.join(names)}",
            "an administrator grants it to the pipeline's app registration; "
            "or let a person make the registration and use it: azd env set ENTRA_MODE existing",
        )
        for chosen, names, purpose in wanted
        if chosen and not held & set(names)
    ]
