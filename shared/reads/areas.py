"""Assigns the reads of Microsoft Graph to areas, by which an administrator offers them."""

from collections.abc import Mapping

# Of what stands after a person, a group, a site or a class, by its first segment.
_BELOW: Mapping[str, str] = {
    **dict.fromkeys(
        ["messages", "mailFolders", "inferenceClassification", "mailboxSettings", "outlook"], "mail"
    ),
    **dict.fromkeys(
        ["calendar", "calendars", "calendarGroups", "calendarView", "events", "reminderView"], "calendar"
    ),
    **dict.fromkeys(["contacts", "contactFolders"], "contacts"),
    **dict.fromkeys(["drive", "drives"], "files"),
    "onenote": "notes",
    **dict.fromkeys(["planner", "todo"], "tasks"),
    **dict.fromkeys(["chats", "joinedTeams", "team", "teamwork", "presence"], "teams"),
    **dict.fromkeys(["onlineMeetings", "adhocCalls"], "meetings"),
    **dict.fromkeys(
        ["people", "manager", "directReports", "photo", "photos", "sponsors", "sponsorOf", "insights"],
        "people",
    ),
    "print": "print",
    "employeeExperience": "learning",
    "followedSites": "sites",
    "authentication": "policies",
    **dict.fromkeys(["cloudPCs", "ownedDevices", "registeredDevices"], "devices"),
    **dict.fromkeys(
        [
            "exportDeviceAndAppManagementData",
            "getManagedAppDiagnosticStatuses",
            "getManagedAppPolicies",
            "getManagedDevicesWithAppFailures",
        ],
        "devices",
    ),
    "dataSecurityAndGovernance": "security",
    "agreementAcceptances": "identity_governance",
}
_OWNERS: Mapping[str, str] = {"me": "people", "users": "people", "groups": "groups", "sites": "sites"}
"""Those that others of the same name stand below, and the area of what has none of its own."""
_DIRECTORY_BELOW = frozenset(
    {
        "activities", "appRoleAssignments", "cloudClipboard", "createdObjects", "deletedDateTime", "delta",
        "extensions", "groupLifecyclePolicies", "licenseDetails", "memberOf", "oauth2PermissionGrants",
        "onPremisesSyncBehavior", "ownedObjects", "permissionGrants", "responsibilities",
        "scopedRoleMemberOf", "settings", "transitiveMemberOf",
    }
)  # fmt: skip
"""What is of the directory, of whomever."""
_TOP: Mapping[str, str] = {
    **dict.fromkeys(["chats", "teams", "teamwork", "appCatalogs"], "teams"),
    "communications": "meetings",
    **dict.fromkeys(["drives", "shares", "storage"], "files"),
    "planner": "tasks",
    "places": "calendar",
    "search": "search",
    "education": "education",
    "print": "print",
    "employeeExperience": "learning",
    "solutions": "bookings",
    "external": "connectors",
    "admin": "administration",
    **dict.fromkeys(["deviceManagement", "deviceAppManagement", "devices"], "devices"),
    **dict.fromkeys(["security", "informationProtection", "identityProtection", "privacy"], "security"),
    "dataPolicyOperations": "security",
    **dict.fromkeys(["identityGovernance", "agreements"], "identity_governance"),
    **dict.fromkeys(["policies", "identity", "identityProviders"], "policies"),
    **dict.fromkeys(["reports", "copilot"], "reports"),
    **dict.fromkeys(["applications", "servicePrincipals", "oauth2PermissionGrants"], "applications"),
    "auditLogs": "audit",
    **dict.fromkeys(
        [
            "contacts", "contracts", "directory", "directoryObjects", "directoryRoleTemplates",
            "directoryRoles", "domains", "groupLifecyclePolicies", "groupSettingTemplates", "groupSettings",
            "organization", "roleManagement", "schemaExtensions", "subscribedSkus", "tenantRelationships",
        ],
        "directory",
    ),
}  # fmt: skip


def graph_area(template: str) -> str:
    """Returns the area of a read of Graph.

    Raises:
        KeyError: The template belongs to none.
    """
    first, *rest = template.strip("/").split("/")
    name = first.partition("(")[0]
    if name not in _OWNERS:
        return _TOP[name]
    below = next((each.partition("(")[0] for each in rest if not each.startswith("{")), "")
    if below in _DIRECTORY_BELOW:
        return "directory"
    return _BELOW.get(below, _OWNERS[name])
