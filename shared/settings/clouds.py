"""Names what differs between the clouds of Microsoft, and what is the same in all of them."""

from collections.abc import Mapping

DEVOPS_RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"
"""The application id of Azure DevOps, which names it in every cloud."""

PUBLIC_AUTHORITIES = frozenset(
    {"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"}
)
"""Authority hosts Microsoft runs; any other is unknown to MSAL's instance discovery."""

CLOUDS: Mapping[str, Mapping[str, str]] = {
    "public": {},
    "usgov": {
        "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us",
        "GRAPH_ENDPOINT": "https://graph.microsoft.us",
        "GRAPH_RESOURCE": "https://graph.microsoft.us",
        "TOKEN_EXCHANGE_AUDIENCE": "api://AzureADTokenExchangeUSGov",
    },
    "china": {
        "AZURE_AUTHORITY_HOST": "https://login.partner.microsoftonline.cn",
        "GRAPH_ENDPOINT": "https://microsoftgraph.chinacloudapi.cn",
        "GRAPH_RESOURCE": "https://microsoftgraph.chinacloudapi.cn",
        "TOKEN_EXCHANGE_AUDIENCE": "api://AzureADTokenExchangeChina",
    },
}
"""Settings of each cloud that differ from the public cloud's, which are the defaults of `Settings`.

Azure DevOps Services exists in the public cloud alone: its addresses are the same for all ("National
cloud deployments").
"""

FILE_HOSTS: Mapping[str, frozenset[str]] = {
    "public": frozenset({"sharepoint.com", "svc.ms", "office.com", "office365.com"}),
    "usgov": frozenset(
        {"sharepoint.us", "sharepoint-mil.us", "dps.mil", "od.apps.mil", "svc.ms", "office365.us"}
    ),
    "china": frozenset({"sharepoint.cn", "svc.ms", "partner.outlook.cn"}),
}
"""Domains below which the files of SharePoint and OneDrive are fetched and sent, in each cloud.

From "Microsoft 365 URLs and IP address ranges", SharePoint Online and OneDrive; `svc.ms` converts files.
Large attachments of mail go to hosts of Outlook (Attach large files to Outlook messages): those of Exchange
Online in the same list.
"""
