"""A request to the token endpoint, as far as it is understood."""

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
    """The form of the request; `user` is the alias of whom it is about, once that is known."""

    tenant: str
    form: dict[str, str]
    user: str | None = None

    @property
    def grant(self) -> str:
        """The grant by its short name, or as the request wrote it."""
        asked = self.form.get("grant_type", "")
        return GRANT_NAMES.get(asked, asked)

    def required(self, parameter: str) -> str:
        """The value of a parameter.

        Raises:
            EntraError: It is missing or empty (900144).
        """
        value = self.form.get(parameter)
        if not value:
            raise missing(parameter)
        return value

    def facts(self) -> dict[str, str | None]:
        """What the journal notes of every request."""
        return {"grant": self.grant, "client_id": self.form.get("client_id"), "user": self.user}
