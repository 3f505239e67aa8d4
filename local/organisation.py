"""The invented organisation the local tenant is about: its people, apps, groups and consents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True)
class User:
    """A person of the organisation; `alias` is what the command line calls them."""

    alias: str
    object_id: str
    devops_id: str | None
    display_name: str
    given_name: str
    surname: str
    job_title: str
    department: str
    office: str
    manager: str | None
    devops_organizations: tuple[str, ...]
    note: str
    user_principal_name: str


@dataclass(frozen=True)
class Organisation:
    """`data/organisation.json`, with users as objects; the rest as the file has it."""

    document: dict[str, Any]
    users: tuple[User, ...]

    @property
    def tenant_id(self) -> str:
        """The directory (tenant) id."""
        return str(self.document["tenant_id"])

    @property
    def server_client_id(self) -> str:
        """The application (client) id of the MCP server's app registration."""
        return str(self.document["server"]["client_id"])

    def user(self, name: str) -> User:
        """The user with this alias, object id or user principal name (any case).

        Raises:
            KeyError: Nobody is called that; the message lists the aliases.
        """
        wanted = name.casefold()
        for user in self.users:
            if wanted in (user.alias, user.object_id, user.user_principal_name):
                return user
        aliases = ", ".join(user.alias for user in self.users)
        raise KeyError(f"no user {name!r}; the users are {aliases}")


@cache
def organisation() -> Organisation:
    """The organisation of the data files."""
    document = json.loads((DATA / "organisation.json").read_text())
    domain = document["domain"]
    users = tuple(
        User(
            **{**entry, "devops_organizations": tuple(entry["devops_organizations"])},
            user_principal_name=f"{entry['given_name']}.{entry['surname']}@{domain}".casefold(),
        )
        for entry in document["users"]
    )
    return Organisation(document, users)
