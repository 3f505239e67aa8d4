"""Represents what tools require of their users besides scopes: an app role or a group."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from shared.guids import PATTERN

WRITING_TOOLS = "writes"
ALL_TOOLS = "*"

Role = Annotated[str, StringConstraints(pattern=r"^[^\s,]{1,120}$")]
GroupId = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=rf"^{PATTERN}$")]


class Requirement(BaseModel):
    """Requires one of some app roles, or membership in one of some groups: any one is enough."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    roles: Annotated[tuple[Role, ...], Field(strict=False)] = ()
    groups: Annotated[tuple[GroupId, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _requires_something(self) -> Self:
        if not self.roles and not self.groups:
            raise ValueError("names neither a role nor a group")
        return self

    def __str__(self) -> str:
        """Describes what a caller needs."""
        ways = []
        if self.roles:
            ways.append(f"the app role {' or '.join(self.roles)}")
        if self.groups:
            ways.append(f"membership in the group {' or '.join(self.groups)}")
        return ", or ".join(ways)


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
                f'must have entries such as {{"roles": ["Tools.Write"], "groups": ["<object id>"]}}, '
                f"with one of the two at least; its entry number {place} is not"
            ) from None
    return policy


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON would silently take the last: an entry that narrows could be lost to one that widens.
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("must name nothing twice")
    return document
