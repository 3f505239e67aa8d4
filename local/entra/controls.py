"""Lets tests and the command line change Entra's state, below `/_control/entra/`.

POST rotate-keys             sign with a new key; the old ones stay published
POST retire-keys             publish only the key that signs
POST consent                 {"scopes": [...], "resource": "graph", "user": "dmitri" or null for all,
                             "client_id": the server's, "granted": true}
GET  consent                 the consents in force, in the same form
POST issue                   an access token signed by Entra, right or wrong: {"user": "ana",
                             "client_id": ..., "resource": "server", "scopes": [...], "lifetime": 3600,
                             "mfa": false, "claims": {name: value or null}, "header": {...}}
POST registration            change the app registrations: see `server_registration`
POST conditional-access      replace the policies: [{"user": "farid", "resource": "server", "aadsts": 53003}]
GET  conditional-access      the policies in force
GET  directory               the directory objects of the applications, for the local Graph
POST managed-identity-token  for the managed identity endpoint, which shows it holds the tenant's secret
"""

from __future__ import annotations

import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.entra.authority import Authority
from local.entra.conditional_access import Policy
from local.entra.directory import directory
from local.entra.errors import EntraError
from local.entra.server_registration import ServerRegistration
from local.entra.tokens import Delegation
from local.organisation import organisation

_COMMAND_LINE = "b7e6a5d4-c3b2-4a19-8f07-6e5d4c3b2a10"


class Controls:
    """Serves the routes that this module documents."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._registration_of_server = ServerRegistration(authority)

    def routes(self) -> list[Route]:
        """Returns the routes, to be mounted at the root."""
        answers = {
            "rotate-keys": self._rotate_keys,
            "retire-keys": self._retire_keys,
            "consent": self._consent,
            "issue": self._issue,
            "registration": self._registration,
            "conditional-access": self._conditional_access,
            "managed-identity-token": self._managed_identity_token,
        }
        return [
            Route("/_control/entra/directory", self._directory),
            Route("/_control/entra/consent", self._consents),
            Route("/_control/entra/conditional-access", self._policies),
            *(Route(f"/_control/entra/{name}", answer, methods=["POST"]) for name, answer in answers.items()),
        ]

    async def _rotate_keys(self, _: Request) -> Response:
        self._authority.keys.rotate()
        return JSONResponse({"kid": self._authority.keys.current.kid})

    async def _retire_keys(self, _: Request) -> Response:
        self._authority.keys.retire()
        return JSONResponse({"kid": self._authority.keys.current.kid})

    async def _consent(self, request: Request) -> Response:
        authority = self._authority
        try:
            wanted = await request.json()
            user = organisation().user(wanted["user"]) if wanted.get("user") else None
            client_id = wanted.get("client_id", organisation().server_client_id)
            application = authority.registrations.application(client_id)
            resource = authority.registrations.resource(wanted["resource"])
            change = authority.consents.grant if wanted.get("granted", True) else authority.consents.revoke
            change(user, application, resource, wanted["scopes"])
        except (KeyError, TypeError, ValueError, EntraError) as error:
            return _bad_request(error)
        return Response(status_code=204)

    async def _registration(self, request: Request) -> Response:
        try:
            self._registration_of_server.change(await request.json())
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return _bad_request(error)
        return Response(status_code=204)

    async def _conditional_access(self, request: Request) -> Response:
        try:
            self._authority.conditional_access.replace(Policy(**each) for each in await request.json())
        except (TypeError, ValueError) as error:
            return _bad_request(error)
        return Response(status_code=204)

    async def _consents(self, _: Request) -> Response:
        held = self._authority.consents.grants()
        named = ((organisation().user(user).alias if user else None, *consent) for user, *consent in held)
        fields = ("user", "client_id", "resource", "scopes")
        return JSONResponse([dict(zip(fields, each, strict=True)) for each in named])

    async def _policies(self, _: Request) -> Response:
        return JSONResponse([vars(policy) for policy in self._authority.conditional_access.policies])

    async def _directory(self, _: Request) -> Response:
        return JSONResponse(directory(self._authority))

    async def _issue(self, request: Request) -> Response:
        try:
            return JSONResponse(self._issued(await request.json()))
        except (KeyError, TypeError, ValueError, EntraError) as error:
            return _bad_request(error)

    def _issued(self, wanted: dict[str, Any]) -> dict[str, Any]:
        authority = self._authority
        user = organisation().user(wanted.get("user", "ana"))
        application = authority.registrations.application(wanted.get("client_id", _COMMAND_LINE))
        proof = "0" if application.public else "1"
        delegation = Delegation(user, application, proof, bool(wanted.get("mfa")))
        resource = authority.registrations.resource(wanted.get("resource", "server"))
        names = tuple(wanted.get("scopes", resource.permissions if resource.key == "server" else ()))
        usual = authority.tokens.access_claims(delegation, resource, names)
        claims = {**usual, **wanted.get("claims", {})}
        issued = authority.tokens.issue(claims, int(wanted.get("lifetime", 3600)), wanted.get("header"))
        authority.control.record(
            "token_issued",
            grant="control",
            client_id=application.client_id,
            user=user.alias,
            audience=issued.audience,
            scopes=list(names),
            uti=issued.unique_id,
        )
        return {"token_type": "Bearer", "access_token": issued.token, "expires_in": issued.expires_in}

    async def _managed_identity_token(self, request: Request) -> Response:
        secret = self._authority.layout.secret("identity_header")
        if not hmac.compare_digest(request.headers.get("x-identity-header", "").encode(), secret.encode()):
            return JSONResponse({"error": "wrong identity header"}, 401)
        try:
            resource = str((await request.json())["resource"])
        except (KeyError, TypeError, ValueError) as error:
            return _bad_request(error)
        issued = self._authority.tokens.identity_token(resource)
        return JSONResponse({"access_token": issued.token, "expires_on": issued.expires_on})


def _bad_request(error: Exception) -> Response:
    return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)
