"""Binds the steps of a sign-in to one browser, by cookies that hold a random value for each sign-in."""

import hmac
from dataclasses import dataclass
from typing import Literal

import azure.functions as func

from shared.sign_in.http_form import cookie_values
from shared.sign_in.sealed_rows import hashed

LIMIT_VALUES = 5
"""How many sign-ins one browser may have under way; the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class BrowserCookie:
    """Is one cookie of ours.

    Over https its name has the prefix `__Host-`, with which a browser takes it from this very host alone; on
    a loopback address without TLS browsers do not accept that.
    """

    name: str
    same_site: Literal["Strict", "Lax"]
    is_secure: bool
    seconds: int = 600

    @property
    def full_name(self) -> str:
        """Returns the name under which browsers keep it."""
        return f"__Host-{self.name}" if self.is_secure else self.name

    def added(self, request: func.HttpRequest, value: str) -> dict[str, str]:
        """Returns the cookie with one more value."""
        kept = cookie_values(request, self.full_name)[-(LIMIT_VALUES - 1) :]
        return self._with([*kept, value])

    def removed(self, request: func.HttpRequest, browser: str) -> dict[str, str]:
        """Returns the cookie without the value of this hash."""
        values = cookie_values(request, self.full_name)
        return self._with([value for value in values if hashed(value) != browser])

    def holds(self, request: func.HttpRequest, browser: str) -> bool:
        """Tells whether the browser holds the value of this hash."""
        values = cookie_values(request, self.full_name)
        return any(hmac.compare_digest(hashed(value), browser) for value in values)

    def _with(self, values: list[str]) -> dict[str, str]:
        seconds = self.seconds if values else 0
        secure = "; Secure" if self.is_secure else ""
        attributes = f"Path=/; Max-Age={seconds}; HttpOnly; SameSite={self.same_site}{secure}"
        return {self.full_name: f"{'.'.join(values)}; {attributes}"}


def request_cookie(origin: str) -> BrowserCookie:
    """Returns the cookie that binds the consent page to its form."""
    return BrowserCookie("mcp-request", "Strict", origin.startswith("https://"))


def sign_in_cookie(origin: str) -> BrowserCookie:
    """Returns the cookie that binds the consent to what Entra sends back, from another site."""
    return BrowserCookie("mcp-signin", "Lax", origin.startswith("https://"))
