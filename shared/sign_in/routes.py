"""Names the functions of the sign-in proxy: their routes and methods. Importing it loads nothing else."""

from typing import NamedTuple

_GET = ("GET", "OPTIONS")
_POST = ("POST", "OPTIONS")


class Route(NamedTuple):
    """Is one function: its name, its route without a leading slash, and its methods."""

    name: str
    path: str
    methods: tuple[str, ...]


METADATA = (
    Route("oauth_protected_resource", ".well-known/oauth-protected-resource", _GET),
    Route(
        "oauth_protected_resource_mcp",
        ".well-known/oauth-protected-resource/runtime/webhooks/mcp",
        _GET,
    ),
    Route("oauth_authorization_server", ".well-known/oauth-authorization-server", _GET),
)
_REGISTER = Route("oauth_register", "oauth/register", _POST)
_PROXY = (
    Route("oauth_authorize", "oauth/authorize", ("GET",)),
    Route("oauth_consent", "oauth/consent", ("POST",)),
    Route("oauth_callback", "oauth/callback", ("GET",)),
    Route("oauth_token", "oauth/token", _POST),
    Route("oauth_revoke", "oauth/revoke", ("POST",)),
)


def routes(*, is_proxy: bool, registers: bool) -> tuple[Route, ...]:
    """Returns the functions to declare."""
    if not is_proxy:
        return METADATA
    return (*METADATA, *_PROXY, *((_REGISTER,) if registers else ()))
