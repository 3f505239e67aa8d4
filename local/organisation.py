"""Loads the invented organisation of the local tenant: its people, apps, groups and consents."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"
GENERATED = "LOCAL_GENERATED_USERS"
"""The environment variable with the number of people to have besides those of the data files, for load."""

_NAMES = uuid.UUID("0b7e6a52-3c1d-4f7e-8a69-5d4c3b2a1f0e")


@dataclass(frozen=True)
class User:
    """Describes a person of the organisation; `alias` is what the command line calls them."""

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
    """Holds `data/organisation.json`, with users as objects; the rest as the file has it."""

    document: dict[str, Any]
    users: tuple[User, ...]

    @property
    def tenant_id(self) -> str:
        """Returns the directory (tenant) id."""
        return str(self.document["tenant_id"])

    @property
    def server_client_id(self) -> str:
        """Returns the application (client) id of the MCP server's app registration."""
        return str(self.document["server"]["client_id"])

    def user(self, name: str) -> User:
        """Returns the user with this alias, object id or user principal name (any case).

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
    """Returns the organisation of the data files."""
    document = json.loads((DATA / "organisation.json").read_text())
    _add_people(document, int(os.environ.get(GENERATED, "0")))
    domain = document["domain"]
    users = tuple(
        User(
            **{**entry, "devops_organizations": tuple(entry["devops_organizations"])},
            user_principal_name=f"{entry['given_name']}.{entry['surname']}@{domain}".casefold(),
        )
        for entry in document["users"]
    )
    return Organisation(document, users)


def _add_people(document: dict[str, Any], count: int) -> None:
    """Adds so many people, the same at every start, who have consented to what Ben has."""
    everyone = [each for each in document["consents"] if "ben" in each["users"]]
    for number in range(1, count + 1):
        alias = f"user{number:04}"
        document["users"].append(
            {
                "alias": alias,
                "object_id": str(uuid.uuid5(_NAMES, f"{alias}/entra")),
                "devops_id": str(uuid.uuid5(_NAMES, f"{alias}/devops")),
                "display_name": f"User {number:04}",
                "given_name": "User",
                "surname": f"{number:04}",
                "job_title": "Deckhand",
                "department": "Crew",
                "office": "Lisbon 1",
                "manager": "ben",
                "devops_organizations": ["larkspur"],
                "note": "generated",
            }
        )
        for consent in everyone:
            consent["users"].append(alias)
