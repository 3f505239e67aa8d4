"""Who may use which tool, by app role and group."""

import pytest
from pydantic import BaseModel

from shared.caller import Caller
from shared.entra.access_token import principal_of
from shared.entra.on_behalf_of import Assertion
from shared.entra.principal import Principal
from shared.errors import ToolError
from shared.mcp.toolset import Tool, Toolset
from shared.policy.authorization import Authorization
from shared.policy.groups import Groups
from shared.settings.requirement import Requirement, parse_policy
from tests.shared.issuer import TENANT, Issuer

ENGINEERING = "11111111-0000-4000-8000-00000000000e"
APPROVERS = "11111111-0000-4000-8000-00000000000a"
TOKENS = Issuer()
ASSERTION = Assertion("token-of-ana", TENANT)
toolset = Toolset("mail")


class Nothing(BaseModel):
    """What the tools here return."""


@toolset.tool(scopes=["Mail.Read"])
async def read_mail(caller: Caller) -> Nothing:
    """Read mail."""
    return Nothing()


@toolset.tool(scopes=["Mail.Send"], writes=True)
async def send_mail(caller: Caller) -> Nothing:
    """Send mail."""
    return Nothing()


@toolset.tool(scopes=["Mail.Read"], roles=["Mail.Audit"], groups=[APPROVERS])
async def audit_mail(caller: Caller) -> Nothing:
    """Read mail, of which the tool itself is careful."""
    return Nothing()


READ, SEND, AUDIT = toolset


async def never_read(principal: Principal, assertion: Assertion) -> frozenset[str]:
    raise AssertionError("Graph was asked although the token says it all")


async def in_engineering(principal: Principal, assertion: Assertion) -> frozenset[str]:
    return frozenset({ENGINEERING})


async def graph_is_down(principal: Principal, assertion: Assertion) -> frozenset[str]:
    raise ToolError("unavailable", "Graph is not available.", "Try again.", retry_after=7)


def authorization(policy: str = "{}", read=never_read) -> Authorization:
    return Authorization(parse_policy(policy), Groups(read))


def principal(**claims: object) -> Principal:
    return principal_of(TOKENS.claims(**claims))


async def refusal(checked: Authorization, tool: Tool, caller: Principal) -> ToolError:
    with pytest.raises(ToolError) as raised:
        await checked.authorize(tool, caller, ASSERTION)
    return raised.value


async def allows(checked: Authorization, tool: Tool, caller: Principal) -> bool:
    return not await checked.unmet(tool, caller, ASSERTION)


async def test_without_policy_or_declaration_everybody_may() -> None:
    for tool in (READ, SEND):
        await authorization().authorize(tool, principal(), ASSERTION)


async def test_a_tool_says_itself_what_it_asks() -> None:
    error = await refusal(authorization(), AUDIT, principal())

    assert "forbidden" == error.code
    assert f"audit_mail needs the app role Mail.Audit, or membership in the group {APPROVERS}." == (
        error.message
    )
    assert {"needed_roles": "Mail.Audit", "needed_groups": APPROVERS} == error.details
    assert "role_or_group_missing" == error.reason
    assert "administrator" in error.remedy


@pytest.mark.parametrize(
    ("claims", "may"),
    [
        ({"roles": ["Mail.Audit"]}, True),
        ({"groups": [APPROVERS]}, True),
        ({"groups": [APPROVERS.upper()]}, True),
        ({"roles": ["Mail.Audit.More"], "groups": [ENGINEERING]}, False),
        ({"roles": ["mail.audit"]}, False),
        ({"roles": "Mail.Audit"}, False),
        ({"groups": APPROVERS}, False),
        ({"wids": [APPROVERS], "scp": "access_as_user Mail.Audit"}, False),
    ],
    ids=str,
)
async def test_any_role_or_group_of_an_entry_is_enough_and_nothing_else(
    claims: dict[str, object], may: bool
) -> None:
    assert may is await allows(authorization(), AUDIT, principal(**claims))


@pytest.mark.parametrize(
    ("key", "met"),
    [
        ("*", [READ, SEND, AUDIT]),
        ("mail", [READ, SEND, AUDIT]),
        ("writes", [SEND]),
        ("read_mail", [READ]),
        ("calendar", []),
        ("Mail", []),
    ],
)
async def test_a_policy_meets_tools_by_name_family_writing_or_all(key: str, met: list[Tool]) -> None:
    checked = authorization(f'{{"{key}": {{"roles": ["Asked"]}}}}')

    assert met == [
        tool for tool in toolset if any("Asked" in each.roles for each in checked.requirements(tool))
    ]


async def test_every_entry_that_meets_a_tool_counts() -> None:
    checked = authorization(
        f'{{"*": {{"roles": ["Tools.Use"]}}, "writes": {{"groups": ["{ENGINEERING}"]}},'
        f' "send_mail": {{"roles": ["Tools.Send", "Tools.Admin"]}}}}'
    )
    error = await refusal(checked, SEND, principal(roles=["Tools.Use"]))

    assert (
        f"send_mail needs membership in the group {ENGINEERING}; and the app role Tools.Send or Tools.Admin."
        == error.message
    )
    assert not await allows(checked, SEND, principal(roles=["Tools.Use", "Tools.Admin"]))
    assert not await allows(checked, SEND, principal(roles=["Tools.Admin"], groups=[ENGINEERING]))
    assert await allows(checked, SEND, principal(roles=["Tools.Use", "Tools.Admin"], groups=[ENGINEERING]))
    assert await allows(checked, READ, principal(roles=["Tools.Use"]))


@pytest.mark.parametrize(
    ("scp", "roles", "may"),
    [
        ("access_as_user Tools.Mail Tools.Send", ["Mail"], True),
        (["access_as_user", "Tools.Mail", "Tools.Send"], ["Mail"], True),
        ("access_as_user Tools.Mail Tools.Send", [], False),
        ("access_as_user Tools.Mail", ["Mail"], False),
        ("access_as_user tools.mail tools.send", ["Mail"], False),
        ("access_as_user", ["Mail", "Tools.Mail", "Tools.Send"], False),
        ("access_as_user Tools.MailTools.Send", ["Mail"], False),
    ],
)
async def test_every_scope_of_an_entry_is_needed_besides_its_role(
    scp: object, roles: list[str], may: bool
) -> None:
    checked = authorization('{"mail": {"roles": ["Mail"], "scopes": ["Tools.Mail", "Tools.Send"]}}')

    assert may is await allows(checked, READ, principal(scp=scp, roles=roles))


async def test_a_refusal_names_the_scopes_that_the_token_lacks() -> None:
    checked = authorization('{"mail": {"scopes": ["Tools.Mail", "Tools.Send"]}}')

    error = await refusal(checked, READ, principal(scp="access_as_user Tools.Mail"))

    assert ("forbidden", "scope_missing") == (error.code, error.reason)
    assert "read_mail needs the scope Tools.Send." == error.message
    assert {"needed_scopes": "Tools.Send"} == error.details
    assert "consents to the scope of this server for the client app" in error.remedy


async def test_a_refusal_names_what_user_and_client_lack_together() -> None:
    checked = authorization('{"mail": {"roles": ["Mail"], "scopes": ["Tools.Mail"]}}')

    error = await refusal(checked, READ, principal())

    assert "role_or_group_missing" == error.reason
    assert "read_mail needs the scope Tools.Mail; and the app role Mail." == error.message
    assert {"needed_roles": "Mail", "needed_scopes": "Tools.Mail"} == error.details


async def test_a_policy_cannot_loosen_what_a_tool_declares() -> None:
    checked = authorization('{"audit_mail": {"roles": ["Everybody"]}}')

    assert not await allows(checked, AUDIT, principal(roles=["Everybody"]))
    assert await allows(checked, AUDIT, principal(roles=["Everybody", "Mail.Audit"]))


async def test_groups_are_read_where_the_token_leaves_them_out() -> None:
    left_out = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://x"}}}
    checked = authorization(f'{{"mail": {{"groups": ["{ENGINEERING}"]}}}}', in_engineering)

    assert await allows(checked, READ, principal(**left_out))
    assert not await allows(checked, READ, principal())


async def test_groups_are_not_read_when_a_role_is_enough() -> None:
    checked = authorization(f'{{"mail": {{"groups": ["{ENGINEERING}"], "roles": ["Mail"]}}}}')

    assert await allows(checked, READ, principal(roles=["Mail"], hasgroups=True))


async def test_groups_that_cannot_be_read_let_nobody_in_and_say_why() -> None:
    checked = authorization(f'{{"mail": {{"groups": ["{ENGINEERING}"]}}}}', graph_is_down)
    error = await refusal(checked, READ, principal(_claim_names={"groups": "src1"}))

    assert ("unavailable", 7, "Try again.") == (error.code, error.retry_after, error.remedy)
    assert (
        f"read_mail needs membership in the group {ENGINEERING}, and your groups could not be read: "
        "Graph is not available." == error.message
    )
    assert {"needed_groups": ENGINEERING} == error.details
    # In a form the audit record keeps.
    assert "groups_unknown_unavailable" == error.reason


async def test_a_refusal_names_nothing_but_what_was_asked() -> None:
    error = await refusal(
        authorization(), AUDIT, principal(roles=["Secret.Role"], groups=[ENGINEERING], hasgroups=False)
    )

    told = f"{error.message} {error.remedy} {error.details}"
    assert "Secret.Role" not in told
    assert ENGINEERING not in told


def test_a_declaration_that_asks_for_nothing_real_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="groups"):
        toolset.tool(scopes=[], groups=["Engineering"])
    with pytest.raises(ValueError, match="neither a role nor a group nor a scope"):
        Requirement()
