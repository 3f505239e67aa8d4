"""Looks people and groups of an organization up, by name or address."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsList, DevOpsModel
from shared.apis.requests import quotable
from shared.concurrency import run_all
from shared.errors import ToolError
from shared.guids import is_guid
from shared.text.content import Line

_NAMED_ADDRESS = re.compile(r".*<\s*([^<>\s]+)\s*>\s*", re.DOTALL)


class IdentityDocument(DevOpsModel):
    """A person or group; `id` is what reviewers, voters and approvers have."""

    id: str
    provider_display_name: Line = ""
    custom_display_name: Line | None = None
    is_active: bool = True
    is_container: bool = False
    properties: dict[str, Any] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """Returns the name people see."""
        return self.custom_display_name or self.provider_display_name

    @property
    def address(self) -> str | None:
        """Returns the address, as far as there is one; a group's account is none."""
        for each in ("Mail", "Account"):
            value = self.properties.get(each)
            text = value.get("$value") if isinstance(value, dict) else value
            if isinstance(text, str) and "@" in text:
                return text
        return None


async def find_identities(devops: DevOps, organization: str, text: str) -> list[IdentityDocument]:
    """Returns who has this address, or a name or account that begins so; the service has no pages of them."""
    kinds = ("MailAddress", "General") if "@" in text else ("General",)
    for kind in kinds:
        found = await devops.get(
            DevOpsList[IdentityDocument | None],
            "/{}/_apis/identities",
            organization,
            host="identities",
            searchFilter=kind,
            filterValue=text,
            queryMembership="none",
        )
        people = [each for each in found.value if each is not None]
        if people:
            return people
    return []


async def resolve_identities(
    devops: DevOps, organization: str, argument: str, written: Sequence[str]
) -> list[str]:
    """Returns the ids of people and groups named by id, by address, or by name, each once.

    Raises:
        ToolError: `invalid_argument`: a name is nobody's, or that of several.
    """
    found = await run_all(_resolved(devops, organization, argument, each) for each in written)
    return list(dict.fromkeys(found))


async def _resolved(devops: DevOps, organization: str, argument: str, written: str) -> str:
    text = written.strip()
    if is_guid(text):
        return text.lower()
    if match := _NAMED_ADDRESS.fullmatch(text):
        text = match[1]
    found = [each for each in await find_identities(devops, organization, text) if each.is_active]
    folded = text.casefold()
    exact = [each for each in found if folded in (each.name.casefold(), (each.address or "").casefold())]
    people = exact or found
    if len({each.id for each in people}) == 1:
        return people[0].id
    told = ", ".join(quotable(each.name) for each in people[:5])
    raise ToolError(
        "invalid_argument",
        f"{argument}: several people have the name {quotable(text)}: {told}."
        if people
        else f"{argument}: nobody in the organization has the name or address {quotable(text)}.",
        "Give the address or the id: devops_search_people finds people and groups.",
    )
