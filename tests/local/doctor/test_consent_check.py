"""Consent, missing for everybody, for somebody, and for some tools."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from local.organisation import organisation
from tests import tool_counts
from tests.local.doctor.doctor_setup import DoctorSetup

GRAPH = "https://graph.microsoft.com"


async def test_each_missing_permission_is_named_with_the_tools_that_need_it(setup: DoctorSetup):
    for scope in ("Mail.Send", "Tasks.Read"):
        await setup.consent(resource="graph", scopes=[scope], user="ana", granted=False)

    finding = await setup.found("consent")

    first, *lines = finding.what.splitlines()
    assert "wrong" == finding.outcome
    assert f"5 of {tool_counts.ALL} tools lack consent for ana.duarte@larkspur.example:" == first
    assert [
        "  Microsoft Graph Mail.Send: graph_send_draft, graph_send_email",
        "  Microsoft Graph Tasks.Read: graph_list_tasks, graph_get_plan, graph_get_task",
    ] == lines


async def test_the_link_consents_to_what_is_missing_and_to_nothing_else(setup: DoctorSetup):
    await setup.consent(resource="graph", scopes=["Mail.Send"], user="ana", granted=False)
    await setup.consent(resource="devops", scopes=["vso.wiki"], user="ana", granted=False)

    finding = await setup.found("consent")

    link = next(word for word in finding.cure.split() if word.startswith("https://"))
    assert f"/{organisation().tenant_id}/v2.0/adminconsent" == urlsplit(link).path
    asked = parse_qs(urlsplit(link).query)
    assert [organisation().server_client_id] == asked["client_id"]
    assert {f"{GRAPH}/Mail.Send", "499b84ac-1321-427f-aa17-267ca6975798/vso.wiki"} == set(
        asked["scope"][0].split()
    )


async def test_who_opens_the_link_mends_it(setup: DoctorSetup):
    await setup.consent(resource="graph", scopes=["Mail.Send"], user="ana", granted=False)
    finding = await setup.found("consent")

    page = await setup.http.get(finding.cure.split()[-1])
    ticket = page.text.partition('name="ticket" value="')[2].partition('"')[0]
    await setup.http.post(finding.cure.split()[-1], data={"ticket": ticket, "decision": "accept"})

    assert "ok" == (await setup.found("consent")).outcome


async def test_a_user_nobody_consented_for_lacks_it_for_every_tool_that_needs_any(setup: DoctorSetup):
    setup.user = organisation().user("dmitri")

    finding = await setup.found("consent")

    tools = setup.app.tools or ()
    needing = [name for name in tools if any(setup.app.catalogue[name].values())]
    assert finding.what.startswith(f"{len(needing)} of {len(tools)} tools lack consent for dmitri.")


async def test_consent_of_an_administrator_counts_for_everybody(setup: DoctorSetup):
    setup.user = organisation().user("dmitri")
    for api in ("graph", "devops"):
        needed = sorted({scope for tool in setup.app.catalogue for scope in setup.app.scopes(tool, api)})
        await setup.consent(resource=api, scopes=needed)

    finding = await setup.found("consent")

    assert ("ok", f"What the {tool_counts.ALL} tools need is consented to for everybody.") == (
        finding.outcome,
        finding.what,
    )


async def test_what_only_some_arguments_need_is_told_and_is_no_fault(setup: DoctorSetup):
    setup.user = organisation().user("dmitri")
    await setup.consent(resource="devops", scopes=["vso.work_write"], user="dmitri")
    narrow = replace(setup.app, tools=("devops_attach_to_work_item",))

    finding = await setup.found("consent", setup.target(app=narrow))

    assert "ok" == finding.outcome
    assert "needed by some arguments only: Microsoft Graph Files.Read.All" in finding.what


async def test_only_enabled_tools_need_consent(setup: DoctorSetup):
    setup.user = organisation().user("dmitri")
    await setup.consent(resource="graph", scopes=["User.Read"], user="dmitri")
    narrow = replace(setup.app, tools=("graph_get_profile",))

    finding = await setup.found("consent", setup.target(app=narrow))

    assert "ok" == finding.outcome
    assert "What the 1 tools need is consented to for dmitri.volkov@larkspur.example; 1 of 1" in finding.what
