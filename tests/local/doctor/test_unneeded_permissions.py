"""Consent that goes further than the tools: named, with what takes it away."""

import json
import re
from dataclasses import replace

from local.doctor import unneeded_permissions
from local.organisation import organisation
from tests import tool_counts
from tests.local.doctor.doctor_setup import DoctorSetup

CHECK = "unneeded_permissions"


async def test_consent_to_just_what_the_tools_need_is_well(setup: DoctorSetup):
    finding = await setup.found(CHECK)

    said = f"Nothing is consented to that the {tool_counts.ALL} tools do not need."
    assert ("ok", said) == (finding.outcome, finding.what)


async def test_permissions_of_tools_that_are_not_offered_are_named_for_each_api(setup: DoctorSetup):
    offered = tuple(name for name, needs in setup.app.catalogue.items() if "Mail.Send" not in needs["graph"])
    await setup.consent(resource="graph", scopes=["Mail.Send"])
    narrow = replace(
        setup.app, tools=tuple(name for name in offered if not name.startswith("devops_trigger"))
    )

    finding = await setup.found(CHECK, setup.target(app=narrow))

    assert "warning" == finding.outcome
    assert "  Microsoft Graph, for everybody: Mail.Send" in finding.what.splitlines()


async def test_a_permission_that_no_tool_has_ever_needed_is_named(setup: DoctorSetup):
    await setup.consent(resource="devops", scopes=["user_impersonation"])

    finding = await setup.found(CHECK)

    assert "warning" == finding.outcome
    assert ["  Azure DevOps, for everybody: user_impersonation"] == finding.what.splitlines()[1:]


async def test_a_permission_that_a_tool_does_without_is_needed_as_long_as_the_tool_is_offered(
    setup: DoctorSetup,
):
    narrow = replace(
        setup.app, tools=tuple(name for name in setup.app.catalogue if name != "graph_search_people")
    )

    finding = await setup.found(CHECK, setup.target(app=narrow))

    named = {line.rpartition(": ")[2] for line in finding.what.splitlines()[1:]}
    assert {"Contacts.Read, People.Read", "People.Read"} == named


async def test_tools_that_show_more_with_a_permission_are_tools(setup: DoctorSetup):
    assert unneeded_permissions.OPTIONAL.keys() <= setup.app.catalogue.keys()


async def test_one_users_own_consent_is_told_apart(setup: DoctorSetup):
    narrow = replace(setup.app, tools=("graph_get_profile",))
    ana = organisation().user("ana")

    finding = await setup.found(CHECK, setup.target(app=narrow))

    lines = finding.what.splitlines()
    assert "Consent goes further than the 1 tools need, and so does every token:" == lines[0]
    assert any(line.startswith(f"  Azure DevOps, for the user {ana.object_id}: ") for line in lines)


async def test_the_commands_keep_what_is_needed_and_what_signing_in_needs(setup: DoctorSetup):
    await setup.consent(resource="graph", scopes=["openid", "User.Read", "Mail.Send"])
    narrow = replace(setup.app, tools=("graph_get_profile",))

    finding = await setup.found(CHECK, setup.target(app=narrow))

    [body] = re.findall(r"--body '(\{.*openid.*\})'", finding.cure)
    assert {"openid", "User.Read"} == set(json.loads(body)["scope"].split())
    assert re.search(
        r"az rest --method delete --url https://\S+/v1\.0/oauth2PermissionGrants/\S+", finding.cure
    )
