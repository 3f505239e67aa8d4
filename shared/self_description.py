"""Describes this app under the settings of its environment, as JSON.

`python -m shared.self_description` prints the description for administrators and tools; the app
itself does not run. It holds no secret.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from shared.errors import SettingsError
from shared.reads.offer import Offer, configured
from shared.settings import DEVOPS_RESOURCE, Settings
from shared.tools import CATALOGUE, offered


def self_description(environ: Mapping[str, str]) -> dict[str, Any]:
    """Describes the problems of these environment variables, and the app and its tools with them.

    Returns:
        `problems`, a line each; `settings`, those that other systems have to match, and `tools`, the names of
        the tools offered, both null while there are problems; `catalogue`, the scopes that every call of a
        tool needs, by the names of all tools there are and by API; `optional`, those that only some arguments
        need, in the same form, of the tools that have any.
    """
    catalogue = {
        tool.name: {"graph": tool.scopes_of("graph"), "devops": tool.scopes_of("devops")}
        for tool in CATALOGUE
    }
    optional = {
        tool.name: {"graph": tool.optional_scopes_of("graph"), "devops": tool.optional_scopes_of("devops")}
        for tool in CATALOGUE
        if tool.optional_scopes
    }
    scopes = {"catalogue": catalogue, "optional": optional}
    try:
        settings = Settings.from_environ(environ)
        tools = [tool.name for tool in offered(settings)]
        optional |= _of_reads(settings)
    except SettingsError as error:
        problems = str(error).splitlines()
        return {"problems": problems, "settings": None, "tools": None, **scopes}
    return {"problems": [], "settings": _public(settings), "tools": tools, **scopes}


def _of_reads(settings: Settings) -> dict[str, dict[str, list[str]]]:
    """Returns the scopes, besides those of other tools, of the tools that read whatever is offered."""
    tools = offered(settings)
    offer = Offer(settings.read_more, configured(tools, settings))
    others = {scope for tool in tools for scope in tool.all_scopes}
    return {
        tool.name: {
            "graph": [],
            "devops": [],
            tool.reads: [scope for scope in offer.scopes(tool.reads) if scope not in others],
        }
        for tool in tools
        if tool.reads
    }


def _public(settings: Settings) -> dict[str, Any]:
    return {
        "tenant_id": settings.tenant_id,
        "client_id": settings.client_id,
        "credential": settings.credential_kind,
        "managed_identity_client_id": settings.managed_identity_client_id,
        "authority_host": settings.authority_host,
        "token_exchange_audience": settings.token_exchange_audience,
        "required_scope": settings.required_scope,
        "allowed_client_ids": sorted(settings.allowed_client_ids),
        "graph_endpoint": settings.graph_endpoint,
        "resources": {"graph": settings.graph_resource, "devops": DEVOPS_RESOURCE},
    }


if __name__ == "__main__":
    json.dump(self_description(os.environ), sys.stdout, indent=2)
    print()
