"""Looks people and groups of an organization up, by name or address."""

from typing import Any

from pydantic import Field

from shared.apis.devops.devops_client import DevOps
from shared.apis.models import DevOpsList, DevOpsModel
from shared.text.content import Line


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
