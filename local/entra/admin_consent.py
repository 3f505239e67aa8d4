"""Serves the admin consent endpoint, where an administrator grants permissions for all users."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from local.entra import errors, pages, scopes
from local.entra.authority import Authority
from local.entra.authorization_response import respond
from local.entra.correlation import correlation_id
from local.entra.errors import EntraError, missing
from local.entra.registrations import Application, Resource
from local.entra.scopes import OPENID_SCOPES
from local.organisation import organisation

_OPEN_TICKETS = 1_000


@dataclass(frozen=True)
class _Proposal:
    """Holds the application and the permissions that the page shows."""

    application: Application
    permissions: tuple[tuple[Resource, tuple[str, ...]], ...]
    redirect_uri: str
    state: str | None


class AdminConsentEndpoint:
    """Serves `/{tenant}/v2.0/adminconsent` for the scopes in `scope`; without v2.0, for all configured ones.

    The page carries a ticket that works once, so that no other page can press its button.
    """

    def __init__(self, authority: Authority, base_url: str) -> None:
        self._authority = authority
        self._base_url = base_url
        self._tickets: dict[str, _Proposal] = {}

    async def show(self, request: Request) -> Response:
        """Shows the page that names the application and the permissions."""
        try:
            proposal = self._proposal(request)
        except EntraError as refusal:
            correlation = correlation_id(request, request.query_params)
            content = errors.body(refusal, base_url=self._base_url, correlation_id=correlation)
            return pages.notice("Consent is not possible", content["error_description"], refusal.status)
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = proposal
        if len(self._tickets) > _OPEN_TICKETS:
            del self._tickets[next(iter(self._tickets))]
        listed = [(resource.name, names) for resource, names in proposal.permissions]
        return pages.admin_consent(proposal.application, listed, ticket)

    async def decide(self, request: Request) -> Response:
        """Grants or declines consent, and redirects to the client or shows a page."""
        form = await request.form()
        proposal = self._tickets.pop(str(form.get("ticket")), None)
        if proposal is None:
            return pages.notice(
                "Consent is not possible", "This page was used already. Open the link again.", 400
            )
        if form.get("decision") != "accept":
            refusal = EntraError(65004, "The administrator declined to consent.")
            return self._respond(
                proposal, {"error": refusal.error, "error_description": str(refusal)}, "Declined"
            )
        for resource, names in proposal.permissions:
            self._authority.consents.grant(None, proposal.application, resource, names)
            self._authority.control.record(
                "consent_granted",
                client_id=proposal.application.client_id,
                resource=resource.key,
                scopes=list(names),
            )
        granted = " ".join(
            f"{resource.identifier_uris[0]}/{name}"
            for resource, names in proposal.permissions
            for name in names
        )
        parameters = {"admin_consent": "True", "tenant": organisation().tenant_id, "scope": granted}
        return self._respond(proposal, parameters, "Granted")

    def _proposal(self, request: Request) -> _Proposal:
        self._authority.check_tenant(request.path_params["tenant"])
        parameters = request.query_params
        if not parameters.get("client_id"):
            raise missing("client_id")
        application = self._authority.registrations.application(parameters["client_id"])
        if request.url.path.endswith("/v2.0/adminconsent"):
            permissions = self._named(application, parameters.get("scope") or "")
        else:
            permissions = self._configured(application)
        return _Proposal(
            application,
            tuple((resource, names) for resource, names in permissions.items() if names),
            parameters.get("redirect_uri") or "",
            parameters.get("state"),
        )

    def _named(self, application: Application, text: str) -> dict[Resource, tuple[str, ...]]:
        """Parses a scope parameter, which here may name several resources."""
        if not text.strip():
            raise missing("scope")
        permissions: dict[Resource, tuple[str, ...]] = {}
        for scope in text.split():
            if scope.casefold() in OPENID_SCOPES:
                continue
            requested = scopes.parse(scope, self._authority.registrations)
            names = requested.names
            if requested.everything:
                names = self._authority.consents.configured(application, requested.resource)
            before = permissions.get(requested.resource, ())
            permissions[requested.resource] = tuple(dict.fromkeys((*before, *names)))
        return permissions

    def _configured(self, application: Application) -> dict[Resource, tuple[str, ...]]:
        resources = self._authority.registrations.resources
        return {each: self._authority.consents.configured(application, each) for each in resources}

    def _respond(self, proposal: _Proposal, parameters: dict[str, str], title: str) -> Response:
        if not proposal.application.allows(proposal.redirect_uri):
            return pages.notice(
                title, f"{proposal.application.name}: {title.casefold()}. You can close this page."
            )
        if proposal.state is not None:
            parameters["state"] = proposal.state
        return respond(proposal.redirect_uri, parameters)
