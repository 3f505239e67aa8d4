"""Switches faults on and off, by the controls of the services themselves, and tells which are in force."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from local.layout import Layout
from local.organisation import organisation
from local.tenant import LISTENERS
from local.trace.places import NAMES
from local.trace.presets import PRESETS, foreign, in_force, preset, switched

_SERVICES = ("graph", "devops", "entra", "identity")
_POLICIES = "conditional-access"
_MFA = 50076
CONSENT = "consent"
POLICY = "policy"
"""The two switches that are no faults of a service, but states of the tenant."""
_STATES = (
    (
        CONSENT,
        "Consent for Graph is missing",
        "Nobody has consented to any permission of Microsoft Graph: AADSTS65001 at the next exchange.",
    ),
    (
        POLICY,
        "Graph wants multi-factor authentication",
        "Conditional Access demands it of everybody: AADSTS50076 at the next exchange.",
    ),
)


class Faults:
    """Reads and changes the faults of a running tenant, whoever set them."""

    def __init__(self, layout: Layout, http: httpx.AsyncClient) -> None:
        self._layout = layout
        self._http = http

    async def state(self) -> dict[str, Any]:
        """Returns each switch with whether it is on, and in words the faults that came from elsewhere.

        Raises:
            httpx.HTTPError: A service does not answer.
        """
        faults = dict(zip(_SERVICES, await asyncio.gather(*map(self._of, _SERVICES)), strict=True))
        grants, policies = await asyncio.gather(self._entra("GET", "consent"), self._entra("GET", _POLICIES))
        on = {each.key: in_force(each, faults[each.service]) for each in PRESETS}
        on[CONSENT] = not _consents(grants)
        on[POLICY] = all(each in policies for each in _policies_for_all())
        named = [(each.key, each.title, each.explanation) for each in PRESETS] + list(_STATES)
        return {
            "switches": [
                {"key": key, "title": title, "explanation": explanation, "on": on[key]}
                for key, title, explanation in named
            ],
            "others": [
                f"{NAMES[service]}: {words}"
                for service in _SERVICES
                for words in foreign(service, faults[service])
            ],
        }

    async def switch(self, key: str, *, on: bool) -> None:
        """Switches one on or off.

        Raises:
            KeyError: There is no such switch.
            httpx.HTTPError: A service does not answer.
        """
        if key == CONSENT:
            await self._switch_consent(on=on)
        elif key == POLICY:
            added = _policies_for_all() if on else []
            await self._entra("POST", _POLICIES, [*_usual_policies(), *added])
        else:
            named = preset(key)
            await self._replace(named.service, switched(named, await self._of(named.service), on=on))

    async def end_all(self) -> None:
        """Ends every fault of every service, and gives back the consents and policies of the organisation."""
        for service in _SERVICES:
            await self._replace(service, [])
        await self.switch(POLICY, on=False)
        if not _consents(await self._entra("GET", "consent")):
            await self.switch(CONSENT, on=False)

    async def _switch_consent(self, *, on: bool) -> None:
        granted = _consents(await self._entra("GET", "consent")) if on else _usual_consents()
        for user, scopes in granted:
            change = {"user": user, "resource": "graph", "scopes": scopes, "granted": not on}
            await self._entra("POST", "consent", change)

    async def _of(self, service: str) -> list[dict[str, Any]]:
        answer = await self._http.get(f"{self._url(service)}/_control/faults")
        return list(answer.raise_for_status().json())

    async def _replace(self, service: str, faults: list[dict[str, Any]]) -> None:
        answer = await self._http.put(f"{self._url(service)}/_control/faults", json=faults)
        answer.raise_for_status()

    async def _entra(self, method: str, name: str, body: Any = None) -> Any:
        url = f"{self._url('entra')}/_control/entra/{name}"
        answer = (await self._http.request(method, url, json=body)).raise_for_status()
        return answer.json() if answer.content else None

    def _url(self, service: str) -> str:
        return str(getattr(self._layout, LISTENERS[service][0]))


def acts_on_exchange(key: str) -> bool:
    """Tells whether a switch matters to a call only when it needs an exchange."""
    return key in (CONSENT, POLICY) or preset(key).service == "entra"


def _consents(grants: list[dict[str, Any]]) -> list[tuple[str | None, list[str]]]:
    """Returns who consented for the server to which permissions of Graph."""
    server = organisation().server_client_id
    return [
        (each["user"], each["scopes"])
        for each in grants
        if each["client_id"] == server and each["resource"] == "graph"
    ]


def _usual_consents() -> list[tuple[str | None, list[str]]]:
    """Returns the consents for Graph that the organisation begins with."""
    return [
        (user, entry["scopes"])
        for entry in organisation().document["consents"]
        if entry["resource"] == "graph"
        for user in entry["users"]
    ]


def _usual_policies() -> list[dict[str, Any]]:
    return list(organisation().document["conditional_access"])


def _policies_for_all() -> list[dict[str, Any]]:
    return [{"user": user.alias, "resource": "graph", "aadsts": _MFA} for user in organisation().users]
