"""Represents what tools require besides permissions of APIs: app roles, groups, scopes of this server."""

import json
from collections.abc import Mapping, Set
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from shared.guids import PATTERN

WRITING_TOOLS = "writes"
ALL_TOOLS = "*"

Role = Annotated[str, StringConstraints(pattern=r"^[^\s,]{1,120}$")]
GroupId = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=rf"^{PATTERN}$")]


Scope = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,120}$")]


class Requirement(BaseModel):
    """Requires one of some app roles or groups, of which any one is enough, and every one of some scopes.

    Roles and groups are the user's. Scopes are those of this server that the client was granted, as the
    access token it presents carries them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    roles: Annotated[tuple[Role, ...], Field(strict=False)] = ()
    groups: Annotated[tuple[GroupId, ...], Field(strict=False)] = ()
    scopes: Annotated[tuple[Scope, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _requires_something(self) -> Self:
        if not self.roles and not self.groups and not self.scopes:
            raise ValueError("names neither a role nor a group nor a scope")
        return self

    def unmet(self, *, roles: Set[str], scopes: Set[str]) -> list[Self]:
        """Returns the parts that a caller with these roles and scopes does not meet, groups apart."""
        parts = []
        if missing := tuple(scope for scope in self.scopes if scope not in scopes):
            parts.append(type(self)(scopes=missing))
        if (self.roles or self.groups) and roles.isdisjoint(self.roles):
            parts.append(type(self)(roles=self.roles, groups=self.groups))
        return parts

    def __str__(self) -> str:
        """Describes what a caller needs."""
        ways = []
        if self.roles:
            ways.append(f"the app role {' or '.join(self.roles)}")
        if self.groups:
            ways.append(f"membership in the group {' or '.join(self.groups)}")
        scopes = [f"the scope {scope}" for scope in self.scopes]
        return ", and ".join([*scopes, *([", or ".join(ways)] if ways else [])])


type Policy = Mapping[str, Requirement]
"""Requirements by the tools they apply to: a tool's name, a family, `writes`, or `*` for all."""


def parse_policy(text: object) -> object:
    """Parses a setting's JSON into a policy; returns anything but a text as it is.

    Raises:
        ValueError: It is no policy. The message names the place of a wrong entry, never its value.
    """
    if not isinstance(text, str):
        return text
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("must be a JSON object, not a nest of them") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"must be a JSON object; it breaks off at character {error.pos + 1}") from None
    if not isinstance(document, dict):
        raise ValueError("must be a JSON object")  # noqa: TRY004 - pydantic reports a ValueError
    policy = {}
    for place, (tools, entry) in enumerate(document.items(), start=1):
        try:
            policy[tools] = Requirement.model_validate(entry)
        except ValidationError:
            raise ValueError(
                f'must have entries such as {{"roles": ["Tools.Write"], "groups": ["<object id>"], "scopes": '
                f'["Mail"]}}, with one of the three at least; its entry number {place} is not'
            ) from None
    return policy


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON would silently take the last: an entry that narrows could be lost to one that widens.
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("must name nothing twice")
    return document
