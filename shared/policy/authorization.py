"""Authorizes callers by app role, group and scope, as the tool and the administrator require."""

from typing import Protocol

from shared.entra.on_behalf_of import Assertion
from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.policy.groups import Groups
from shared.settings.requirement import ALL_TOOLS, WRITING_TOOLS, Policy, Requirement


class Guarded(Protocol):
    """Defines what the policy can name: a tool, or what is offered beside tools."""

    @property
    def name(self) -> str:
        """Returns its own name."""
        ...

    @property
    def family(self) -> str:
        """Returns the family it belongs to."""
        ...

    @property
    def writes(self) -> bool:
        """Tells whether it changes anything."""
        ...

    @property
    def requirement(self) -> Requirement | None:
        """Returns what it requires whatever the policy says."""
        ...


class Authorization:
    """Authorizes a caller who meets every requirement of a tool.

    Groups are read only for a requirement that roles do not meet.

    Args:
        policy: The administrator's requirements.
        groups: Reads the groups of a caller.
    """

    def __init__(self, policy: Policy, groups: Groups) -> None:
        self._policy = policy
        self._groups = groups

    def requirements(self, tool: Guarded) -> list[Requirement]:
        """Returns every requirement on the users of a tool."""
        names = [ALL_TOOLS, *([WRITING_TOOLS] if tool.writes else []), tool.family, tool.name]
        declared = [tool.requirement] if tool.requirement else []
        return declared + [self._policy[name] for name in names if name in self._policy]

    async def unmet(self, tool: Guarded, principal: Principal, assertion: Assertion) -> list[Requirement]:
        """Returns the requirements of a tool, or the parts of them, that the caller does not meet.

        Raises:
            ToolError: The decision needs the caller's groups, and these could not be read; with the
                cause's code.
        """
        return await self._unmet(tool.name, self.requirements(tool), principal, assertion)

    async def _unmet(
        self, what: str, requirements: list[Requirement], principal: Principal, assertion: Assertion
    ) -> list[Requirement]:
        unmet = [
            part
            for each in requirements
            for part in each.unmet(roles=principal.roles, scopes=principal.scopes)
        ]
        if not any(each.groups for each in unmet):
            return unmet
        try:
            groups = await self._groups.of(principal, assertion)
        except ToolError as error:
            raise _undecided(what, unmet, error) from error
        return [each for each in unmet if groups.isdisjoint(each.groups)]

    async def authorize(self, tool: Guarded, principal: Principal, assertion: Assertion) -> None:
        """Returns if the caller may use the tool.

        Raises:
            ToolError: `forbidden`: they lack a role, a group or a scope. Others: the decision needs groups
                that could not be read.
        """
        unmet = await self.unmet(tool, principal, assertion)
        if unmet:
            raise _forbidden(tool.name, unmet)

    async def authorize_read(self, template: str, *, principal: Principal, assertion: Assertion) -> None:
        """Returns if the caller may use the reads of a template, as the policy names it.

        Raises:
            ToolError: As `authorize` does.
        """
        required = [self._policy[template]] if template in self._policy else []
        unmet = await self._unmet(template, required, principal, assertion)
        if unmet:
            raise _forbidden(template, unmet)


def _forbidden(what: str, unmet: list[Requirement]) -> ToolError:
    about_user = any(each.roles or each.groups for each in unmet)
    remedies = []
    if about_user:
        remedies.append("assigns the role or group (Enterprise applications, Users and groups)")
    if any(each.scopes for each in unmet):
        remedies.append("consents to the scope of this server for the client app")
    return ToolError(
        "forbidden",
        f"{what} needs {_all_of(unmet)}.",
        f"An administrator {' and '.join(remedies)}; then sign "
        "in again, as a token holds what was assigned when it was issued.",
        details=_details(unmet),
        reason="role_or_group_missing" if about_user else "scope_missing",
    )


def _undecided(what: str, unmet: list[Requirement], cause: ToolError) -> ToolError:
    return ToolError(
        cause.code,
        f"{what} needs {_all_of(unmet)}, and your groups could not be read: {cause.message}",
        cause.remedy,
        retry_after=cause.retry_after,
        details={**cause.details, **_details(unmet)},
        reason=f"groups_unknown_{cause.reason}",
    )


def _all_of(requirements: list[Requirement]) -> str:
    return "; and ".join(map(str, requirements))


def _details(requirements: list[Requirement]) -> dict[str, str]:
    needed = {
        "needed_roles": [role for each in requirements for role in each.roles],
        "needed_groups": [group for each in requirements for group in each.groups],
        "needed_scopes": [scope for each in requirements for scope in each.scopes],
    }
    return {name: ", ".join(dict.fromkeys(values)) for name, values in needed.items() if values}
