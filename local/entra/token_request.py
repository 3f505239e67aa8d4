"""Represents a request to the token endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from local.entra.errors import missing

# What the journal calls the grant types.
GRANT_NAMES = {
    "authorization_code": "authorization_code",
    "refresh_token": "refresh_token",
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "on_behalf_of",
}


@dataclass
class TokenRequest:
    """Holds the form of the request; `user` is the user's alias, once that is known."""

    tenant: str
    form: dict[str, str]
    user: str | None = None

    @property
    def grant(self) -> str:
        """Returns the grant's short name, or the text of the request."""
        grant_type = self.form.get("grant_type", "")
        return GRANT_NAMES.get(grant_type, grant_type)

    def required(self, parameter: str) -> str:
        """Returns the value of a parameter.

        Raises:
            EntraError: It is missing or empty (900144).
        """
        value = self.form.get(parameter)
        if not value:
            raise missing(parameter)
        return value

    def facts(self) -> dict[str, str | None]:
        """Returns the facts that the journal records of every request."""
        return {"grant": self.grant, "client_id": self.form.get("client_id"), "user": self.user}
