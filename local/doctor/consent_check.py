"""Checks whether the tools' permissions have been consented to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from local.doctor.check_result import CannotCheckError, CheckResult, ok, wrong
from local.doctor.directory import Directory
from local.doctor.target import API_NAMES, APP_IDS, Target

type Scope = tuple[str, str]


async def consent(target: Target) -> CheckResult:
    """Checks whether each enabled tool has the permissions it needs, for the operator or for everybody."""
    tools = await target.enabled_tools()
    needed = {name: _scopes(target.app.catalogue[name]) for name in tools if name in target.app.catalogue}
    directory = await target.directory()
    own = await directory.service_principal(directory.client_id)
    if own is None:
        raise CannotCheckError(
            "The app has no enterprise application to consent to.",
            "Mend the check of the registration first.",
        )
    me = await directory.me()
    for_all, for_me = await _granted(directory, str(own["id"]), str(me.get("id")))
    missing = {name: scopes - for_me for name, scopes in needed.items() if scopes - for_me}
    user = me.get("userPrincipalName", "you")
    if missing:
        lacking = sorted({scope for scopes in missing.values() for scope in scopes})
        lines = [f"{len(missing)} of {len(needed)} tools lack consent for {user}:"]
        for api, scope in lacking:
            lacks_it = [name for name, lack in missing.items() if (api, scope) in lack]
            lines.append(f"  {API_NAMES[api]} {scope}: {', '.join(lacks_it)}")
        link = await _link(target, lacking)
        return wrong("\n".join(lines), f"An administrator of the tenant opens {link}")
    everything = {scope for scopes in needed.values() for scope in scopes}
    optional = {scope for name in tools for scope in _scopes(target.app.optional.get(name, {}))}
    lacking = sorted(optional - everything - for_me)
    without = "".join(
        f"\n  not consented to, and needed by some arguments only: {API_NAMES[api]} {scope}"
        for api, scope in lacking
    )
    if everything <= for_all:
        return ok(f"What the {len(needed)} tools need is consented to for everybody.{without}")
    alone = len(everything - for_all)
    return ok(
        f"What the {len(needed)} tools need is consented to for {user}; "
        f"{alone} of {len(everything)} permissions not for everybody.{without}"
    )


def _scopes(by_api: Mapping[str, Iterable[str]]) -> set[Scope]:
    return {(api, scope) for api, scopes in by_api.items() for scope in scopes}


async def _granted(directory: Directory, own: str, user: str) -> tuple[set[Scope], set[Scope]]:
    """Returns what is granted to the app for everybody, and what for this user, the first included."""
    for_all: set[Scope] = set()
    for_user: set[Scope] = set()
    grants = await directory.permission_grants(own)
    for api, app_id in APP_IDS.items():
        resource = await directory.service_principal(app_id)
        for grant in grants:
            if resource is None or grant.get("resourceId") != resource["id"]:
                continue
            scopes = {(api, scope) for scope in str(grant.get("scope")).split()}
            if grant.get("consentType") == "AllPrincipals":
                for_all |= scopes
            elif grant.get("principalId") == user:
                for_user |= scopes
    return for_all, for_all | for_user


async def _link(target: Target, scopes: Iterable[Scope]) -> str:
    """Returns where an administrator consents to these for the whole tenant ("Admin consent")."""
    identity = await target.identity()
    asked = " ".join(f"{target.resources[api]}/{scope}" for api, scope in scopes)
    query = urlencode({"client_id": identity.client_id, "scope": asked})
    return f"{identity.authority_host}/{identity.tenant_id}/v2.0/adminconsent?{query}"
