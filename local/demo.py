"""Prints what `make run` and `make demo` show: a call, its result, and where each token went."""

from __future__ import annotations

from mcp_types import CallToolResult, TextContent

from local import tenant
from local.layout import Layout
from local.mcp_client import connected
from local.organisation import User, organisation

_FOUNDATION = """
The local tenant of {name} is up:

  MCP server          {mcp_url}
  Entra ID            {entra}  (for MCP clients, who do not know the local CA: {entra_http})
  Microsoft Graph     {graph}
  Azure DevOps        {devops}
  Managed identity    {identity}
  Table Storage       {tables}
"""


def foundation(layout: Layout) -> str:
    """Returns the addresses of the tenant's services."""
    shown = {**vars(layout), "tables": layout.tables or "none: preferences are kept in memory"}
    return _FOUNDATION.format(name=organisation().document["name"], mcp_url=layout.mcp_url, **shown)


async def call(layout: Layout, user: User, tool: str, arguments: dict[str, object]) -> CallToolResult:
    """Returns the result of one tool call by a user, through sign-in and the official MCP client."""
    async with connected(layout, user) as (client, _):
        return await client.call_tool(tool, arguments)


def text(result: CallToolResult) -> str:
    """Returns the text of a result, as a client without structured content shows it."""
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def token_report(layout: Layout) -> str:
    """Returns where each token of the user's calls went, as the services themselves recorded it."""
    entra = tenant.journal(layout, "entra")
    issued = [entry for entry in entra if entry["event"] == "token_issued"]
    ours = [entry for entry in issued if entry["grant"] == "authorization_code"]
    downstream = [entry for entry in issued if entry["grant"] == "on_behalf_of"]
    by_proxy = "sign-in proxy -> " if layout.app_setting("SIGN_IN_PROXY") == "app" else ""
    audiences_a = list(dict.fromkeys(str(entry["audience"]) for entry in ours))
    audiences_b = list(dict.fromkeys(str(entry["audience"]) for entry in downstream))
    refused = sum(
        entry["event"] == "refused" for api in ("graph", "devops") for entry in tenant.journal(layout, api)
    )
    lines = [
        "Where each token went (from the services' own records):",
        "",
        *(f"  Token A   audience {audience}  (this server)" for audience in audiences_a),
        f"            Entra -> {by_proxy}MCP client -> Easy Auth -> function app",
        *(line for audience in audiences_b for line in _token_b(layout, audience)),
        "",
        f"  Audiences differ: {'yes' if set(audiences_a).isdisjoint(audiences_b) else 'NO'}",
        f"  Requests with a token for somebody else: {refused}",
        f"  Exchanges at Entra: {len(downstream)}, the app proving itself each time by its managed identity",
    ]
    return "\n".join(lines)


def _token_b(layout: Layout, audience: str) -> list[str]:
    resources = organisation().document["resources"]
    service = next(name for name, each in resources.items() if each["token_audience"] == audience)
    api = resources[service]["display_name"]
    shown = sum(entry.get("audience") == audience for entry in tenant.journal(layout, service))
    return [
        f"  Token B   audience {audience}  ({api})",
        f"            Entra -> function app -> {api}, {shown} {'request' if shown == 1 else 'requests'}",
    ]
