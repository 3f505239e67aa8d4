"""Questions that people asked in public, and that no tool of its own answers: one find and one read do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

READ_MORE = "graph:*,directory;devops:*,serviceEndpoint"
SCOPES: Mapping[str, tuple[str, ...]] = {
    "graph": ("Directory.Read.All", "Files.ReadWrite", "Group.Read.All", "OnlineMeetingArtifact.Read.All"),
    "devops": (
        "vso.agentpools",
        "vso.dashboards",
        "vso.environment_manage",
        "vso.packaging",
        "vso.serviceendpoint",
        "vso.variablegroups_read",
    ),
}
"""What an administrator adds and consents to, so that all of them are answered."""
BOOKING_GROUP = "4fc06182-a3b4-4d5e-8f70-819203142536"
ENGINEERING = "1c9d3e5f-7081-4a2b-9c4d-5e6f70819203"
RELEASE_APPROVERS = "2dae4f60-8192-4b3c-8d5e-6f7081920314"
_WINDOW = {"startDateTime": "{today}", "endDateTime": "{in a week}"}


@dataclass(frozen=True)
class Question:
    """A question, and how it is answered.

    Attributes:
        api: The API that knows.
        asked: The question, in our own words.
        thread: Where it was asked: owner/repository#number.
        about: The words for the find.
        template: The path found.
        ids: What stands for its names in braces.
        more: Further arguments of the read.
        told: What the answer tells of the story; empty where the records are made from descriptions.
    """

    api: str
    asked: str
    thread: str
    about: str
    template: str
    ids: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The path of the read."""
        path = self.template
        for name, value in self.ids.items():
            path = path.replace(f"{{{name}}}", value)
        return path


GRAPH = [
    Question(
        "graph", "Who is in a group?", "pnp/cli-microsoft365#802", "members of a group",
        "/groups/{group-id}/members", {"group-id": ENGINEERING}, {}, ("Ana Duarte", "Dmitri"),
    ),
    Question(
        "graph", "Who owns a group?", "mondoohq/mql#5757", "owners of a group",
        "/groups/{group-id}/owners", {"group-id": RELEASE_APPROVERS}, {}, ("Hugo",),
    ),
    Question(
        "graph", "What is in a group's calendar this week?", "Softeria/ms-365-mcp-server#388",
        "calendar view of a group", "/groups/{group-id}/calendarView", {"group-id": BOOKING_GROUP},
        {"parameters": _WINDOW, "select": ["subject", "start"]},
        ("Summer timetable: go or no go", "Change window of the harbour"),
    ),
    Question(
        "graph", "What is discussed in a group's mailbox?", "Softeria/ms-365-mcp-server#185",
        "conversations of a group", "/groups/{group-id}/conversations", {"group-id": BOOKING_GROUP}, {},
        ("Prices rounded twice",),
    ),
    Question(
        "graph", "Which licences do I have?", "pnp/cli-microsoft365#4502", "my licence details",
        "/me/licenseDetails",
    ),
    Question(
        "graph", "Which licences has the organization bought?", "pnp/cli-microsoft365#4503",
        "subscribed licences of the organization", "/subscribedSkus",
    ),
    Question(
        "graph", "Which files did others share with me?", "Softeria/ms-365-mcp-server#320",
        "files shared with me", "/me/drive/sharedWithMe()",
    ),
    Question(
        "graph", "Which documents are trending around me?", "Softeria/ms-365-mcp-server#377",
        "trending documents", "/me/insights/trending",
    ),
    Question(
        "graph", "Which pages does a site have?", "pnp/cli-microsoft365#359", "pages of a site",
        "/sites/{site-id}/pages", {"site-id": "larkspur.sharepoint.example,one,two"},
    ),
    Question(
        "graph", "Which content types does a list have?", "pnp/cli-microsoft365#2774",
        "content types of a list", "/sites/{site-id}/lists/{list-id}/contentTypes",
        {"site-id": "larkspur.sharepoint.example,one,two", "list-id": "berths"},
    ),
    Question(
        "graph", "What stands in a range of cells of an Excel file?",
        "vgrem/office365-rest-python-client#745", "cells of an excel worksheet by the address of a range",
        "/me/drive/items/{driveItem-id}/workbook/worksheets/{workbookWorksheet-id}/range(address='{address}')",
        {"driveItem-id": "01ABC", "workbookWorksheet-id": "Sheet1", "address": "A1:C9"},
        {"select": ["address", "cellCount"]},
    ),
    Question(
        "graph", "Which apps are installed in a team?", "pnp/cli-microsoft365#4129",
        "apps installed in a team", "/teams/{team-id}/installedApps", {"team-id": ENGINEERING},
    ),
    Question(
        "graph", "Which tabs does a channel have?", "pnp/cli-microsoft365#849", "tabs of a channel",
        "/teams/{team-id}/channels/{channel-id}/tabs",
        {"team-id": ENGINEERING, "channel-id": "19:abc@thread.tacv2"},
    ),
    Question(
        "graph", "Who has which shift in a team?", "O365/python-o365#429", "shifts of a team",
        "/teams/{team-id}/schedule/shifts", {"team-id": ENGINEERING},
    ),
    Question(
        "graph", "Who came to an online meeting, and when?",
        "microsoftgraph/microsoft-graph-docs-contrib#5097", "attendance reports of an online meeting",
        "/me/onlineMeetings/{onlineMeeting-id}/attendanceReports", {"onlineMeeting-id": "MSpkYzE3"},
    ),
]  # fmt: skip
_BUILDS = "/{project}/_apis/build/builds/{buildId}"
_TASKS = "/{project}/_apis/distributedtask"
DEVOPS = [
    Question(
        "devops", "Which variable groups does a project have?", "microsoft/azure-devops-mcp#1001",
        "variable groups", f"{_TASKS}/variablegroups", {}, {},
        ("booking-api-prod", "PRICE_ROUNDING", "half-even"),
    ),
    Question(
        "devops", "Which policies protect a branch?", "Vortiago/mcp-azure-devops#14", "branch policies",
        "/{project}/_apis/policy/configurations", {}, {},
        ("Minimum number of reviewers", "refs/heads/main", "minimumApproverCount"),
    ),
    Question(
        "devops", "Which agents of a pool are offline?", "Azure/azure-devops-cli-extension#504",
        "agents of a pool", "/_apis/distributedtask/pools/{poolId}/agents", {"poolId": "9"},
    ),
    Question(
        "devops", "Which environments are there?", "Azure/azure-devops-cli-extension#477", "environments",
        f"{_TASKS}/environments", {}, {}, ("production", "The shop that passengers see"),
    ),
    Question(
        "devops", "What was deployed to an environment?", "MicrosoftDocs/vsts-rest-api-specs#330",
        "deployments of an environment",
        f"{_TASKS}/environments/{{environmentId}}/environmentdeploymentrecords",
        {"environmentId": "7"}, {}, ("booking-api-ci", "4714", "succeeded", "failed"),
    ),
    Question(
        "devops", "Which packages does a feed have?", "Azure/azure-devops-cli-extension#856",
        "packages of a feed", "/{project}/_apis/packaging/Feeds/{feedId}/packages", {"feedId": "npm"},
    ),
    Question(
        "devops", "Which dashboards does a team have?", "hkarthik7/azure-devops-java-sdk#108",
        "dashboards of a team", "/{project}/{team}/_apis/dashboard/dashboards", {"team": "Platform"},
    ),
    Question(
        "devops", "Who is in a team?", "microsoft/azure-devops-mcp#575", "members of a team",
        "/_apis/projects/{projectId}/teams/{teamId}/members",
        {"projectId": "Booking", "teamId": "Booking Web"}, {}, ("Ana Duarte", "Chiara Rossi"),
    ),
    Question(
        "devops", "Which service connections can pipelines use?", "AZDOPS/AZDOPS#102", "service connections",
        "/{project}/_apis/serviceendpoint/endpoints",
    ),
    Question(
        "devops", "How many tests of a run passed and failed?", "microsoft/azure-devops-python-api#95",
        "statistics of a test run", "/{project}/_apis/test/runs/{runId}/Statistics", {"runId": "471117"},
    ),
    Question(
        "devops", "Which tags do builds carry?", "MicrosoftDocs/vsts-rest-api-specs#220", "tags of builds",
        "/{project}/_apis/build/tags",
    ),
    Question(
        "devops", "Why is a build kept?", "Azure/azure-sdk-tools#1515", "retention leases of a build",
        f"{_BUILDS}/leases", {"buildId": "4711"},
    ),
    Question(
        "devops", "Which artifacts did a build publish?", "microsoft/azure-devops-mcp#737",
        "artifacts of a build", f"{_BUILDS}/artifacts", {"buildId": "4714"}, {}, ("name",),
    ),
    Question(
        "devops", "Which tags do work items carry?", "microsoft/azure-devops-dotnet-samples#187",
        "tags of work items", "/{project}/_apis/wit/tags", {}, {}, ("cache",),
    ),
    Question(
        "devops", "Which test suites hold a test case?", "microsoft/azure-devops-mcp#1251",
        "suites that hold a test case", "/_apis/testplan/suites", {},
        {"parameters": {"testCaseId": 1402}}, ("Cache restart", "Summer timetable"),
    ),
]  # fmt: skip
QUESTIONS = [*GRAPH, *DEVOPS]
