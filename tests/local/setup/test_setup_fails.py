"""`python -m local setup` where something prevents it: one line with the cure, and nothing half done."""

import io
import json
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local import az as azure_cli
from local import command_line
from local.child_process import batch_line
from local.doctor.app_description import AppDescription
from local.organisation import organisation
from local.setup import machine, permissions
from local.setup.errors import SetupError
from local.setup.registration import REDIRECT_URI, TAG
from local.setup.settings_file import SettingsFile
from tests.local.setup.conftest import Said, Setup
from tests.local.setup.managed_directory import DEVOPS, GRAPH, SECRET, GraphError, ManagedDirectory
from tests.local.setup.stand_in_az import AzFailedError, StandInAz

type Break = Callable[[StandInAz, ManagedDirectory], object]


def failed(said: Said) -> str:
    """The one line a failure is told in, which names a cure and shows no traceback."""
    (line,) = said.err.splitlines()
    assert 1 == said.status
    assert line.startswith("  FAILED")
    assert " Mend: " in line
    assert "Traceback" not in said.out
    return line


def account(**changes: object) -> Break:
    def change(az: StandInAz, _: ManagedDirectory) -> None:
        az.account = {**(az.account or {}), **changes}

    return change


@pytest.mark.parametrize(
    ("break_it", "said", "cure"),
    [
        (lambda az, _: az.remove("az"), "not installed", "https://aka.ms/install-azure-cli"),
        (lambda az, _: setattr(az, "version", "2.36.9"), "2.36.9 is too old", "az upgrade"),
        (lambda az, _: setattr(az, "account", None), "not signed in", "az login --allow-no-subscriptions"),
        (account(user={"name": "x", "type": "servicePrincipal"}), "which is no person", "az login"),
        (account(user=None), "did not answer as it should", "az upgrade"),
        (lambda az, _: az.core_tools("4.0.7030"), "4.0.7030 are too old", "npm install -g azure-functions"),
        (lambda az, _: az.core_tools("4.7.99"), "4.7.99 are too old", "npm install -g azure-functions"),
        (lambda az, _: az.core_tools("none"), "does not say a version", "npm install -g azure-functions"),
        (lambda az, _: az.remove("func"), "Core Tools are not installed", "npm install -g azure-functions"),
        (
            lambda _, directory: setattr(directory, "members_may_create", False),
            "you lack the Entra role Application Developer",
            "Privileged Role Administrator",
        ),
        (
            lambda _, directory: directory.denied.add("POST /applications"),
            "may not create app registrations: Insufficient privileges",
            "Application Developer",
        ),
    ],
)
def test_what_is_missing_is_told_before_anything_is_changed(
    setup: Setup,
    az: StandInAz,
    directory: ManagedDirectory,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Break,
    said: str,
    cure: str,
):
    break_it(az, directory)
    monkeypatch.setenv("PATH", str(az.folder))

    line = failed(setup())

    assert said in line
    assert cure in line.partition(" Mend: ")[2]
    assert not directory.changes
    assert not file.exists()


def test_another_python_is_told(setup: Setup, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine.sys, "version_info", (3, 12, 4, "final", 0))

    assert "This is Python 3.12.4; the app runs on 3.13." in failed(setup())


def test_a_port_in_use_is_a_note(setup: Setup, file: Path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        file.write_text(json.dumps({"Host": {"LocalHttpPort": port}, "Values": {}}))

        said = setup()

    assert 0 == said.status
    assert f"Port {port} is in use." in said.out


def test_a_role_is_enough_where_members_may_not_create(setup: Setup, directory: ManagedDirectory):
    directory.members_may_create = False
    directory.roles = ["cf1c38e5-3621-4004-a7cb-879624dced7c"]

    said = setup()

    assert 0 == said.status, said.err
    assert "Application Developer" in said.out


def test_whoever_has_a_registration_need_not_be_able_to_create_one(setup: Setup, directory: ManagedDirectory):
    setup()
    directory.members_may_create = False

    assert 0 == setup().status


@pytest.mark.parametrize("arguments", [["--tenant", "0badc0de-0000-4000-8000-000000000000"], []])
def test_a_sign_in_to_another_tenant_is_refused(
    setup: Setup, directory: ManagedDirectory, file: Path, arguments: list[str]
):
    if not arguments:
        values = {"AZURE_TENANT_ID": "0BADC0DE-0000-4000-8000-000000000000"}
        file.write_text(json.dumps({"Values": values}))
    text = file.read_text() if file.exists() else ""

    line = failed(setup(*arguments))

    assert "az login --tenant 0" in line
    assert "Larkspur Ferries" in line
    assert not directory.changes
    assert text == (file.read_text() if file.exists() else "")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--clients", "vscode,emacs", "'emacs' is no known client. Give vscode, cli or"),
        ("--clients", "", "names no client"),
        ("--clients", ",", "names no client"),
        (
            "--tools",
            "mail,graph_read_minds",
            "'graph_read_minds' is neither a tool nor a family. Give tools of",
        ),
        ("--tools", "", "names no tool"),
        ("--tools", "all,mail", "'all' is neither"),
        ("--tenant", "larkspur.example", "not a directory (tenant) id"),
        ("--identifier-uri", "http://localhost:7072", "no application ID URI"),
        ("--identifier-uri", "https://mcp.larkspur.example/", "no application ID URI"),
        ("--identifier-uri", "https://mcp.larkspur.example?x=%PATH%", "no application ID URI"),
    ],
)
def test_an_option_that_means_nothing_is_refused(
    capsys: pytest.CaptureFixture[str], option: str, value: str, said: str
):
    with pytest.raises(SystemExit) as ended:
        command_line._parser().parse_args(["setup", f"{option}={value}"])

    assert 2 == ended.value.code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--remove"]])
def test_a_broken_settings_file_is_told_with_its_line_and_never_overwritten(
    setup: Setup, directory: ManagedDirectory, file: Path, arguments: list[str]
):
    file.write_text('{\n  "Values": {\n    "A": "1",\n  }\n}\n')

    line = failed(setup(*arguments))

    assert "local.settings.json, line 3" in line or "local.settings.json, line 4" in line
    assert '{\n  "Values": {\n    "A": "1",\n  }\n}\n' == file.read_text()
    assert not directory.changes


def test_settings_the_app_would_not_start_with_are_told(
    setup: Setup, directory: ManagedDirectory, file: Path
):
    file.write_text(json.dumps({"Values": {"RATE_LIMIT": "often"}}))

    assert "RATE_LIMIT" in failed(setup())
    assert not directory.changes


def test_a_client_id_that_is_none_is_told_and_not_dropped(
    setup: Setup, directory: ManagedDirectory, file: Path
):
    file.write_text(json.dumps({"Values": {"ALLOWED_CLIENT_IDS": f"{GRAPH}, visual-studio-code"}}))
    text = file.read_text()

    assert "ALLOWED_CLIENT_IDS" in failed(setup())
    assert text == file.read_text()
    assert 0 == setup("--clients", "vscode").status


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("yes", 0), ("", 1), ("n", 1), ("q", 1)])
def test_the_tenant_has_to_be_confirmed(
    setup: Setup, directory: ManagedDirectory, monkeypatch: pytest.MonkeyPatch, answer: str, status: int
):
    typed = io.StringIO(f"{answer}\n")
    typed.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", typed)

    said = setup(yes=False)

    assert status == said.status
    assert f"the tenant Larkspur Ferries {organisation().tenant_id}? [y/N]" in said.out
    assert bool(directory.changes) == (status == 0)


def test_a_tool_that_would_widen_every_token_stops_it():
    app = AppDescription((), None, ("t",), {"t": {"graph": [], "devops": ["user_impersonation"]}})

    with pytest.raises(SetupError, match="user_impersonation"):
        permissions.scopes_of(app)


def test_what_the_proof_needs_is_always_asked_for():
    app = AppDescription((), None, ("t",), {"t": {"graph": [], "devops": ["vso.code"]}})

    assert {"graph": {"User.Read"}, "devops": {"vso.code"}} == permissions.scopes_of(app)


def registered(directory: ManagedDirectory, **changes: Any) -> dict[str, Any]:
    """A registration that somebody made."""
    body = {"displayName": "m365-devops-mcp of ana.duarte@larkspur.example", "tags": [TAG]}
    made = directory.answer("POST", "/applications", {}, body)
    assert made is not None
    application = directory.applications[made["id"]]
    application.update(changes)
    directory.changes.clear()
    return application


def test_two_registrations_with_the_tag_are_not_guessed_between(setup: Setup, directory: ManagedDirectory):
    both = [registered(directory)["appId"], registered(directory)["appId"]]

    line = failed(setup())

    assert all(each in line for each in both)
    assert "az ad app delete" in line
    assert not directory.changes


def test_of_two_the_one_in_the_file_is_it(setup: Setup, directory: ManagedDirectory, file: Path):
    chosen, other = registered(directory), registered(directory)
    file.write_text(json.dumps({"Values": {"AZURE_CLIENT_ID": chosen["appId"].upper()}}))

    assert 0 == setup().status

    assert chosen["identifierUris"]
    assert not other["identifierUris"]


@pytest.mark.parametrize(
    "changes",
    [
        {"_owners": [{"id": "somebody"}]},
        {"_owners": []},
        {"_owners": [{"id": "somebody"}, {"id": ManagedDirectory().person_id}]},
        {"tags": []},
    ],
)
def test_a_registration_of_others_with_the_same_name_is_not_touched(
    setup: Setup, directory: ManagedDirectory, changes: dict[str, Any]
):
    theirs = registered(directory, **changes)
    before = json.dumps(theirs)

    assert 0 == setup().status

    assert before == json.dumps(theirs)
    assert 2 == len(directory.applications)


@pytest.mark.parametrize("changes", [{"_owners": [{"id": "somebody"}]}, {"tags": []}])
@pytest.mark.parametrize("arguments", [[], ["--remove"]])
def test_nor_is_one_of_others_that_the_file_names(
    setup: Setup, directory: ManagedDirectory, file: Path, changes: dict[str, Any], arguments: list[str]
):
    theirs = registered(directory, **changes)
    file.write_text(json.dumps({"Values": {"AZURE_CLIENT_ID": theirs["appId"]}}))

    assert "It is left alone" in failed(setup(*arguments))

    assert not directory.changes
    assert [theirs] == list(directory.applications.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"passwordCredentials": [{"keyId": "1", "displayName": "of somebody", "hint": "abc"}]},
        {"keyCredentials": [{"keyId": "2"}]},
        {"_federated": [{"name": "from elsewhere"}]},
        {"web": {"redirectUris": [REDIRECT_URI, "https://elsewhere.example/callback"]}},
        {"spa": {"redirectUris": ["https://elsewhere.example/callback"]}},
        {"publicClient": {"redirectUris": ["http://localhost"]}},
    ],
)
def test_a_tagged_registration_that_others_could_use_is_not_adopted(
    setup: Setup, directory: ManagedDirectory, changes: dict[str, Any]
):
    registered(directory, **changes)

    assert "did not make" in failed(setup())
    assert not directory.changes


def test_a_registration_that_is_gone_is_made_anew(
    setup: Setup, directory: ManagedDirectory, values: Callable[[], dict[str, Any]]
):
    setup()
    gone = values()["AZURE_CLIENT_ID"]
    directory.applications.clear()
    directory.principals = {k: p for k, p in directory.principals.items() if p["appId"] != gone}

    assert 0 == setup().status

    assert directory.only["appId"] == values()["AZURE_CLIENT_ID"] != gone


def test_a_registration_whose_file_is_lost_is_found_again(
    setup: Setup, directory: ManagedDirectory, file: Path, values: Callable[[], dict[str, Any]]
):
    setup()
    file.unlink()
    old = directory.only["passwordCredentials"][0]["keyId"]

    assert 0 == setup().status

    (credential,) = directory.only["passwordCredentials"]
    assert (SECRET, directory.only["appId"]) == (values()["AZURE_CLIENT_SECRET"], values()["AZURE_CLIENT_ID"])
    assert old != credential["keyId"]


def test_a_deleted_service_principal_is_made_again_with_its_consents(
    setup: Setup, directory: ManagedDirectory
):
    setup()
    principal = directory.principal_of(directory.only["appId"])
    directory.answer("DELETE", f"/servicePrincipals/{principal['id']}", {}, None)
    assert not directory.grants

    assert 0 == setup().status

    assert principal["id"] != directory.principal_of(directory.only["appId"])["id"]
    assert 2 == len(directory.grants)


def test_a_disabled_service_principal_is_enabled(setup: Setup, directory: ManagedDirectory):
    setup()
    principal = directory.principal_of(directory.only["appId"])
    principal["accountEnabled"] = False

    assert 0 == setup().status
    assert principal["accountEnabled"]


@pytest.mark.parametrize("left", [timedelta(days=-1), timedelta(hours=30)])
def test_a_secret_that_expired_or_soon_will_is_replaced(
    setup: Setup, directory: ManagedDirectory, values: Callable[[], dict[str, Any]], left: timedelta
):
    setup()
    old = directory.only["passwordCredentials"][0]
    old["endDateTime"] = (datetime.now(UTC) + left).strftime("%Y-%m-%dT%H:%M:%SZ")
    directory.new_secret = lambda: "New~a.secret-of-the-server_0123456789"

    assert 0 == setup().status

    (new,) = directory.only["passwordCredentials"]
    assert old["keyId"] != new["keyId"]
    assert "New~a.secret-of-the-server_0123456789" == values()["AZURE_CLIENT_SECRET"]
    days = datetime.fromisoformat(new["endDateTime"]) - datetime.now(UTC)
    assert timedelta(days=29) < days <= timedelta(days=30)


def test_a_secret_of_another_machine_stays(setup: Setup, directory: ManagedDirectory):
    setup()
    other = {
        **directory.only["passwordCredentials"][0],
        "keyId": "x",
        "displayName": "m365-devops-mcp setup on x",
    }
    directory.only["passwordCredentials"].append(other)

    assert "Nothing to do" in setup().out
    assert other in directory.only["passwordCredentials"]


def test_a_tenant_that_forbids_secrets_is_told(setup: Setup, directory: ManagedDirectory):
    directory.secrets_forbidden = True

    assert "app management policy" in failed(setup())


def test_a_secret_that_cannot_be_written_is_taken_back(
    setup: Setup, directory: ManagedDirectory, monkeypatch: pytest.MonkeyPatch
):
    put = SettingsFile.put

    def full(self: SettingsFile, wanted: Mapping[str, str]) -> None:
        if "AZURE_CLIENT_SECRET" in wanted:
            raise SetupError("local.settings.json cannot be written.", "Make room.")
        put(self, wanted)

    monkeypatch.setattr(SettingsFile, "put", full)

    said = setup()

    assert "cannot be written" in failed(said)
    assert SECRET not in said.out + said.err
    assert [] == directory.only["passwordCredentials"]


@pytest.mark.parametrize("what", ["principal", "application", "grant", "principal known", "list"])
def test_what_the_directory_does_not_know_yet_is_waited_for(
    setup: Setup, directory: ManagedDirectory, what: str
):
    directory.late[what] = 3

    said = setup()

    assert 0 == said.status, said.err
    assert 1 == len(directory.applications)
    assert ("does not know it everywhere yet" in said.out) == (what != "list")


def test_a_directory_that_is_asked_too_often_is_left_in_peace(setup: Setup, az: StandInAz):
    refused: list[str] = []

    def throttle(words: list[str]) -> None:
        if words[0] == "rest" and len(refused) < 9 and words[2] not in refused[-1:]:
            refused.append(words[2])
            raise GraphError(429, "TooManyRequests", "Too many requests.")

    az.before = throttle

    said = setup()

    assert 0 == said.status, said.err
    assert {"get", "post", "patch"} == set(refused)


@pytest.mark.parametrize("text", ["AADSTS50076: use multi-factor authentication", "Please run 'az login'"])
def test_a_sign_in_that_no_longer_holds_is_told(setup: Setup, az: StandInAz, text: str):
    def fail(words: list[str]) -> None:
        if words[0] == "rest":
            raise AzFailedError(text)

    az.before = fail

    assert "Mend: az login --tenant" in failed(setup())


def test_so_is_one_that_graph_does_not_take(setup: Setup, az: StandInAz):
    def refuse(words: list[str]) -> None:
        if words[0] == "rest":
            raise GraphError(
                401, "InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge."
            )

    az.before = refuse

    assert "Mend: az login --tenant" in failed(setup())


def test_values_of_a_registration_that_is_gone_are_taken_out_after_asking(
    setup: Setup, directory: ManagedDirectory, file: Path, values: Callable[[], dict[str, Any]]
):
    setup()
    directory.applications.clear()
    before = file.read_text()

    failed(setup("--remove", yes=False))
    assert before == file.read_text()

    assert 0 == setup("--remove").status
    assert {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"} == values().keys()


def test_waiting_has_an_end(setup: Setup, directory: ManagedDirectory):
    directory.late["principal"] = 1000

    assert "does not reference a valid application object" in failed(setup())
    assert 1000 - 8 == directory.late["principal"]


def test_an_administrator_who_creates_one_is_made_its_owner(setup: Setup, directory: ManagedDirectory):
    directory.creator_owns = False

    assert 0 == setup().status
    assert [{"id": directory.person_id}] == directory.only["_owners"]
    assert "Nothing to do" in setup().out


def test_an_administrator_who_was_interrupted_before_that_goes_on_with_it(
    setup: Setup, directory: ManagedDirectory, file: Path
):
    unowned = registered(directory, _owners=[])
    file.write_text(json.dumps({"Values": {"AZURE_CLIENT_ID": unowned["appId"]}}))

    assert 0 == setup().status
    assert [{"id": directory.person_id}] == directory.only["_owners"]


def test_but_not_where_somebody_else_has_a_credential_for_it(
    setup: Setup, directory: ManagedDirectory, file: Path
):
    unowned = registered(directory, _owners=[], keyCredentials=[{"keyId": "2"}])
    file.write_text(json.dumps({"Values": {"AZURE_CLIENT_ID": unowned["appId"]}}))

    assert "did not make" in failed(setup())
    assert not directory.changes


def test_whoever_may_not_consent_gets_the_link_and_the_rest_is_done(
    setup: Setup, directory: ManagedDirectory, values: Callable[[], dict[str, Any]]
):
    directory.denied.add("POST /oauth2PermissionGrants")

    said = setup()

    assert 3 == said.status
    assert (
        f"/oauth2/v2.0/authorize?client_id={directory.only['appId']}&redirect_uri=http%3A%2F%2Flocalhost"
        in said.out
    )
    assert "prompt=consent" in said.out
    assert SECRET == values()["AZURE_CLIENT_SECRET"]


@pytest.mark.parametrize("further", ["openid profile offline_access", "Files.ReadWrite.All"])
@pytest.mark.parametrize("reads", [True, False])
def test_what_was_consented_to_in_the_browser_counts(
    setup: Setup, directory: ManagedDirectory, further: str, reads: bool
):
    arguments = ["--tools", "graph_get_profile"]
    directory.denied |= {"POST /oauth2PermissionGrants", "PATCH /oauth2PermissionGrants"}
    directory.denied |= set() if reads else {"GET /oauth2PermissionGrants"}
    assert 3 == setup(*arguments).status
    directory.grants["g"] = {
        "id": "g",
        "clientId": directory.principal_of(directory.only["appId"])["id"],
        "resourceId": directory.principal_of(GRAPH)["id"],
        "consentType": "Principal",
        "principalId": directory.person_id,
        "scope": f"User.Read {further}",
    }

    said = setup(*arguments)

    assert 0 == said.status, said.out
    assert ("wider than needed" in said.out) == ("Files" in further)


def test_whoever_may_not_consent_for_everybody_gets_that_link_and_consents_alone(
    setup: Setup, directory: ManagedDirectory, az: StandInAz
):
    def deny(words: list[str]) -> None:
        for word in words:
            if word.startswith("@") and '"AllPrincipals"' in Path(word[1:]).read_text():
                raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges.")

    az.before = deny

    said = setup("--admin-consent")

    assert 0 == said.status, said.err
    assert f"/v2.0/adminconsent?client_id={directory.only['appId']}" in said.out
    assert {"Principal"} == {each["consentType"] for each in directory.grants.values()}


def test_a_tenant_without_azure_devops_gets_the_rest(setup: Setup, directory: ManagedDirectory):
    directory.principals = {k: p for k, p in directory.principals.items() if p["appId"] != DEVOPS}

    said = setup()

    assert 0 == said.status
    assert "Azure DevOps is not in this tenant" in said.out
    assert [GRAPH] == [each["resourceAppId"] for each in directory.only["requiredResourceAccess"]]


def test_lists_are_read_to_their_end(setup: Setup, directory: ManagedDirectory):
    setup()
    directory.page_size = 1
    registered(directory, _owners=[{"id": "somebody"}])

    assert "Nothing to do" in setup().out


def test_an_interrupted_run_is_gone_on_with(
    setup: Setup, directory: ManagedDirectory, az: StandInAz, monkeypatch: pytest.MonkeyPatch
):
    """Ctrl-C after each change in turn: the next run completes it, with one registration and one secret."""
    run = azure_cli.run
    whole = len(directory.changes) if setup().status == 0 else 0
    assert whole > 5
    for last in range(1, whole + 1):
        assert 0 == setup("--remove").status
        directory.changes.clear()

        async def interrupted(command: list[str], *, limit: float, last: int = last) -> object:
            ended = await run(command, limit=limit)
            if len(directory.changes) == last:
                raise KeyboardInterrupt
            return ended

        monkeypatch.setattr(azure_cli, "run", interrupted)
        said = setup()
        assert (130, True) == (said.status, "run it again" in said.err), last
        monkeypatch.setattr(azure_cli, "run", run)
        # The list stays late, so only what the file says leads back; where that is nothing, the list must.
        directory.late = {"application": 3, "list": 1 if last > 1 else 0}

        assert 0 == setup().status
        assert (1, 1) == (len(directory.applications), len(directory.only["passwordCredentials"])), last
        assert "Nothing to do" in setup().out


def test_a_connection_that_fails_is_told_in_a_line(setup: Setup, az: StandInAz):
    def fail(words: list[str]) -> None:
        if words[0] == "rest":
            raise ConnectionError("no route to host")

    az.before = fail

    assert "no route to host" in failed(setup())


def test_the_command_line_for_a_batch_file_is_quoted():
    assert '"C:\\az.cmd" "rest" "a&(b)|c"' == batch_line(["C:\\az.cmd", "rest", "a&(b)|c"])
    for sign in '"%\n':
        with pytest.raises(ValueError, match="batch file"):
            batch_line(["az.cmd", f"x{sign}"])
