"""All checks together, and how their findings are told."""

import json

import pytest

from local.doctor.check_result import CannotCheckError
from local.doctor.examination import Finding, examine
from local.doctor.report import as_json, as_text, status
from tests.local.doctor.doctor_setup import CHECKS, DoctorSetup, answering


def finding(outcome: str, what: str = "It is so.", cure: str = "") -> Finding:
    return Finding("a_check", "Server", outcome, what, cure)


async def test_without_a_server_the_configuration_alone_is_examined(setup: DoctorSetup):
    findings = await examine(setup.target(mcp_url=""))

    wanted = [name for name, check in CHECKS.items() if check.area != "Server"]
    assert wanted == [each.check for each in findings]
    assert {"ok"} == {each.outcome for each in findings}


async def test_a_server_nobody_reaches_is_not_asked_further(setup: DoctorSetup):
    findings = await examine(setup.target(mcp_url="https://nowhere.test/runtime/webhooks/mcp"))

    server = {each.check: each for each in findings if each.area == "Server"}
    assert ("wrong", "The connection to nowhere.test failed: nobody is at nowhere.test.") == (
        server["address"].outcome,
        server["address"].what,
    )
    others = [each for name, each in server.items() if name != "address"]
    assert {("unknown", "The server was not asked.")} == {(each.outcome, each.what) for each in others}
    assert len(CHECKS) == len(findings)


async def test_a_server_that_answers_nonsense_breaks_no_check(setup: DoctorSetup):
    page = "<html><title>Captive portal</title></html>"
    for status_, headers in (
        (200, {"content_type": "text/html"}),
        (302, {"location": "https://portal.test/"}),
        (500, {}),
    ):
        setup.server = answering(status_, page, **headers)
        server = [each for each in await examine(setup.target()) if each.area == "Server"]

        assert {"wrong", "unknown", "ok"} >= {each.outcome for each in server}
        assert {"address"} == {each.check for each in server if each.outcome == "ok"}
        assert all(each.cure for each in server if each.outcome != "ok")


async def test_settings_that_are_wrong_are_told_in_the_apps_words(setup: DoctorSetup, broken):
    found = await setup.found("settings", setup.target(app=broken))

    lines = found.what.splitlines()
    assert "wrong" == found.outcome
    assert ["AZURE_CLIENT_ID", "RATE_LIMIT", "TOOL_TIMEOUT_SECONDS"] == sorted(
        line.split()[0] for line in lines
    )
    assert "local.settings.json" in found.cure


async def test_with_wrong_settings_what_depends_on_them_cannot_be_checked(setup: DoctorSetup, broken):
    findings = {each.check: each for each in await examine(setup.target(app=broken, mcp_url=""))}

    others = [each for name, each in findings.items() if name != "settings"]
    assert {"unknown"} == {each.outcome for each in others}
    assert {"Mend the check of the settings first."} == {each.cure for each in others}


async def test_where_azure_does_not_tell_the_settings_the_servers_own_challenge_leads_on(setup: DoctorSetup):
    reason = CannotCheckError("Azure says nothing.", "az login")
    target = setup.target(app=setup.unknown(), unknown_settings=reason)

    findings = {each.check: each for each in await examine(target)}

    assert ("unknown", "Azure says nothing.", "az login") == (
        findings["settings"].outcome,
        findings["settings"].what,
        findings["settings"].cure,
    )
    seen = ("registration", "token_version", "scope", "clients", "devops_permission", "challenge", "metadata")
    assert {"ok"} == {findings[name].outcome for name in seen}
    assert {"unknown"} == {findings[name].outcome for name in ("federated_credential", "audience", "consent")}


@pytest.mark.parametrize(
    ("outcomes", "wanted"),
    [
        (["ok"], 0),
        (["ok", "warning"], 0),
        (["ok", "unknown"], 3),
        (["unknown", "wrong", "ok"], 1),
    ],
)
def test_the_exit_status_is_0_only_if_all_was_checked_and_nothing_is_wrong(outcomes: list[str], wanted: int):
    assert wanted == status([finding(outcome) for outcome in outcomes])


def test_people_read_what_is_wrong_beside_its_cure():
    told = as_text("a server", [finding("ok"), finding("wrong", "Two things:\none\ntwo", "Mend them.")])

    assert [
        "Examined: a server",
        "",
        "Server",
        "  ok               a check: It is so.",
        "  WRONG            a check: Two things:",
        "                   one",
        "                   two",
        "                   mend: Mend them.",
        "",
        "1 ok, 0 warning, 1 WRONG, 0 could not check",
    ] == told.splitlines()


def test_what_is_the_same_as_above_is_not_said_again():
    same = finding("unknown", "No login.", "az login")

    told = as_text("a server", [same, same, finding("unknown", "Something else.", "az login")])

    assert [
        "  could not check  a check: No login.",
        "                   mend: az login",
        "  could not check  a check: as above",
        "  could not check  a check: Something else.",
        "                   mend: az login",
    ] == told.splitlines()[3:-2]


def test_programs_read_every_finding():
    told = json.loads(as_json("a server", [finding("wrong", "No.", "Mend it.")]))

    assert "a server" == told["examined"]
    assert [
        {"check": "a_check", "area": "Server", "outcome": "wrong", "what": "No.", "cure": "Mend it."}
    ] == told["findings"]
