"""The host's access keys: who may call what is not anonymous."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from starlette.requests import Request


def _new_key() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Keys:
    """The keys of one host: `mcp` is the system key `mcp_extension`, `master` opens everything."""

    master: str = field(default_factory=_new_key, repr=False)
    function: str = field(default_factory=_new_key, repr=False)
    mcp: str = field(default_factory=_new_key, repr=False)

    def opened_by(self, request: Request, level: str) -> bool:
        """Whether the request carries a key for this authorization level, in header or query."""
        accepted = {
            "anonymous": None,
            "function": (self.master, self.function),
            "system": (self.master, self.mcp),
        }.get(level.casefold(), (self.master,))
        if accepted is None:
            return True
        given = request.headers.get("x-functions-key") or request.query_params.get("code") or ""
        return any(secrets.compare_digest(given.encode(), key.encode()) for key in accepted)


def refusal_status(request: Request) -> int:
    """401 for somebody unknown, 403 for somebody App Service Authentication let through."""
    return 403 if "x-ms-client-principal" in request.headers else 401
