"""Goes through the steps of a setup, in the order in which one needs the other."""

from __future__ import annotations

import json
from collections.abc import Mapping

from local.doctor.command import examine_settings
from local.doctor.report import as_text, status
from local.setup import consent, machine, permissions, proof, registration, removal, secret, sign_in
from local.setup.choices import AZURE_CLI, CLIENTS, Choices, is_guid
from local.setup.console import Console
from local.setup.directory import Directory, Object
from local.setup.errors import SetupError
from local.setup.registration import Wanted
from local.setup.settings_file import SettingsFile
from local.setup.sign_in import Person, SignIn

_SEPARATORS = str.maketrans(",;", "  ")
# What a client id, a tenant or a secret looks like while the app is asked what tools it offers.
_STAND_INS = {
    "AZURE_TENANT_ID": "00000000-0000-4000-8000-000000000000",
    "AZURE_CLIENT_ID": "00000000-0000-4000-8000-000000000001",
    "AZURE_CLIENT_SECRET": "a-secret-that-is-not-there-yet",
}
NOT_PROVED = 3
"""The exit status where nothing is wrong, but something remains to be done."""


async def set_up(choices: Choices, console: Console) -> int:
    """Makes or repairs everything, proves it, and returns the exit status.

    Raises:
        SetupError: Something prevents it.
        RefusedError: The directory refuses something.
    """
    file = SettingsFile(choices.settings_file)
    values = file.values()
    chosen = _chosen(choices, values)
    app = await permissions.described({**values, **_STAND_INS, **chosen})
    where = await sign_in.signed_in(choices, values.get("AZURE_TENANT_ID", ""), console)
    directory = Directory(where.graph, where.tenant_id, console, dry_run=choices.dry_run)
    person = await sign_in.person(directory)
    console.ok(f"Signed in to {where.tenant} as {person.name}.")
    console.confirm(f"Set up the server in {where.tenant}?")
    found = await registration.find(directory, person, values.get("AZURE_CLIENT_ID", ""), file, console)
    if found is None:
        await sign_in.check_may_create(directory, console)
    await machine.check(file.port(), console)
    apis = await permissions.apis(directory, permissions.scopes_of(app), console)
    wanted = Wanted(
        scope=app.settings.required_scope if app.settings else "access_as_user",
        clients=tuple(chosen["ALLOWED_CLIENT_IDS"].split(",")),
        identifier_uris=choices.identifier_uris,
        permissions={api.app_id: tuple(api.scopes.values()) for api in apis if api.scopes},
    )
    application = found or await registration.create(directory, person, console)
    if found is not None:
        console.ok(f'The registration "{found.get("displayName")}" is there (client id {found["appId"]}).')
    # Known from here on: a run that is interrupted goes on with this one, however long it takes to be found.
    kept = {
        "AZURE_TENANT_ID": where.tenant_id,
        "AZURE_CLIENT_ID": str(application["appId"]),
        **where.settings,
        **chosen,
    }
    _write(file, kept, console, dry_run=choices.dry_run)
    await registration.own(directory, person, application, console)
    await registration.repair(directory, application, wanted, console)
    principal = await consent.service_principal(directory, str(application["appId"]), console)
    pending = await _consent(choices, directory, where, application, principal, person, apis, console)
    await secret.put(directory, application, file, console, dry_run=choices.dry_run)
    if not directory.changes:
        console.ok("Nothing to do: the tenant has everything as it should be.")
    if choices.dry_run:
        return 0
    return await _proved(file, wanted, person, console, pending=pending)


async def take_down(choices: Choices, console: Console) -> int:
    """Removes what the setup made, and returns the exit status.

    Raises:
        SetupError: Something prevents it.
        RefusedError: The directory refuses something.
    """
    file = SettingsFile(choices.settings_file)
    values = file.values()
    where = await sign_in.signed_in(choices, values.get("AZURE_TENANT_ID", ""), console)
    directory = Directory(where.graph, where.tenant_id, console, dry_run=choices.dry_run)
    person = await sign_in.person(directory)
    console.ok(f"Signed in to {where.tenant} as {person.name}.")
    found = await registration.find(directory, person, values.get("AZURE_CLIENT_ID", ""), file, console)
    await removal.remove(directory, found, file, console, dry_run=choices.dry_run)
    return 0


def _chosen(choices: Choices, values: Mapping[str, str]) -> dict[str, str]:
    """Returns the settings that are choices: as given, or else as they are, or else the usual.

    Raises:
        SetupError: They name a client that is none.
    """
    there = values.get("ALLOWED_CLIENT_IDS", "").translate(_SEPARATORS).lower().split()
    if choices.clients is None and not all(map(is_guid, there)):
        raise SetupError(
            f"ALLOWED_CLIENT_IDS in {choices.settings_file.name} names something that is no client id.",
            "Mend it, or choose anew: --clients vscode,cli",
        )
    clients = choices.clients or tuple(dict.fromkeys(there)) or tuple(CLIENTS.values())
    chosen = {"ALLOWED_CLIENT_IDS": ",".join(clients)}
    if choices.tools is not None:
        chosen["TOOLS"] = ",".join(choices.tools)
    # Without the setting, the app under Core Tools offers tools that change things.
    usual = values.get("ENABLE_WRITE_TOOLS", "").strip() or "false"
    chosen["ENABLE_WRITE_TOOLS"] = usual if choices.writes is None else json.dumps(choices.writes)
    return chosen


def _write(file: SettingsFile, wanted: Mapping[str, str], console: Console, *, dry_run: bool) -> None:
    if not file.differs(wanted):
        console.ok(f"{file.name} has the right values.")
        return
    if not dry_run:
        file.put(wanted)
    console.done(f"write into {file.name}: {', '.join(wanted)}")


async def _consent(
    choices: Choices,
    directory: Directory,
    where: SignIn,
    application: Object,
    principal: Object,
    person: Person,
    apis: list[permissions.Api],
    console: Console,
) -> bool:
    """Consents, and shows the link where that is not allowed; returns whether consent is pending."""

    async def granted(*, for_all: bool) -> bool:
        return await consent.grant(directory, principal, person, apis, for_all=for_all, console=console)

    client_id = str(application["appId"])
    if choices.admin_consent:
        if await granted(for_all=True):
            return False
        link = consent.consent_link(where, client_id, for_all=True)
        console.note(f"You may not consent for everybody. A Cloud Application Administrator opens: {link}")
    if await granted(for_all=False):
        return False
    link = consent.consent_link(where, client_id, for_all=False)
    console.note(f"You may not consent through the directory. Consent in the browser: {link}")
    console.note(
        "It ends at a page of localhost that cannot be shown: that is right. If it says that an "
        f"administrator has to approve, one opens: {consent.consent_link(where, client_id, for_all=True)}"
    )
    return True


async def _proved(
    file: SettingsFile, wanted: Wanted, person: Person, console: Console, *, pending: bool
) -> int:
    if pending:
        console.note("Not proved yet: consent first, then run it again.")
        return NOT_PROVED
    values = file.values()
    app = await permissions.described(values)
    if AZURE_CLI not in wanted.clients:
        console.note(
            "Not proved: the Azure CLI, which would sign in for it, is not among the clients (--clients cli)."
        )
    elif app.settings is not None:
        ca_file = values.get("SSL_CERT_FILE", "").strip() or None
        await proof.prove(app.settings, values[secret.SETTING], ca_file, person, console)
    name, findings = await examine_settings(file.path)
    print(f"\n{as_text(name, findings)}")
    return status(findings)
