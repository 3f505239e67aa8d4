"""Lists the people of Azure DevOps: the organisation's by their DevOps ids, and a few guests."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from local.organisation import organisation


@dataclass(frozen=True)
class Identity:
    """Describes a person as Azure DevOps knows them; `id` is not the Entra object id."""

    alias: str
    id: str
    display_name: str
    unique_name: str

    @property
    def descriptor(self) -> str:
        """Returns the subject descriptor: an Entra account, base64 without padding."""
        return "aad." + base64.urlsafe_b64encode(self.id.encode()).decode().rstrip("=")

    @property
    def combined(self) -> str:
        """Returns the form search results and assignments use: `Name <unique name>`."""
        return f"{self.display_name} <{self.unique_name}>"

    def reference(self, base_url: str, organization: str) -> dict[str, Any]:
        """Returns the IdentityRef other resources embed."""
        avatar = f"{base_url}/{organization}/_apis/GraphProfile/MemberAvatars/{self.descriptor}"
        return {
            "displayName": self.display_name,
            "url": f"{base_url}/{organization}/_apis/Identities/{self.id}",
            "_links": {"avatar": {"href": avatar}},
            "id": self.id,
            "uniqueName": self.unique_name,
            "imageUrl": avatar,
            "descriptor": self.descriptor,
        }


class People:
    """Indexes everyone by alias, DevOps id, unique name, display name or `Name <unique name>`."""

    def __init__(self, guests: list[dict[str, str]]) -> None:
        self.everyone = [
            Identity(user.alias, user.devops_id, user.display_name, user.user_principal_name)
            for user in organisation().users
            if user.devops_id is not None
        ]
        self.everyone += [Identity(**guest) for guest in guests]

    def named(self, alias: str) -> Identity:
        """Returns the person the data files call by this alias.

        Raises:
            KeyError: Nobody has the alias.
        """
        for identity in self.everyone:
            if identity.alias == alias:
                return identity
        raise KeyError(alias)

    def find(self, written: str) -> Identity | None:
        """Returns the person somebody wrote down in a field or a query, or None."""
        combined = re.fullmatch(r".*<(?P<unique_name>[^<>]+)>", written.strip())
        wanted = (combined["unique_name"] if combined else written).strip().casefold()
        for identity in self.everyone:
            if wanted in (identity.id, identity.unique_name, identity.display_name.casefold()):
                return identity
        return None
