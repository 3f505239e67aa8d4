"""Checks an authorization request whose client and redirect address are known good. It does no I/O."""

import re
from collections.abc import Mapping

from shared.settings.sign_in_settings import SignInSettings
from shared.sign_in.oauth_errors import OAuthError

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VISIBLE = re.compile(r"[\x20-\x7e]{1,4096}")
_OPENID_SCOPES = frozenset({"offline_access", "openid", "profile"})


def state_of(parameters: Mapping[str, str]) -> str | None:
    """Returns the client's state, to be handed back as it is; None where there is none that may be."""
    state = parameters.get("state")
    return state if state is not None and _VISIBLE.fullmatch(state) else None


def check_request(parameters: Mapping[str, str], sign_in: SignInSettings) -> str:
    """Returns the code challenge of an authorization request that is right.

    Raises:
        OAuthError: It is not; the error belongs to the redirect address.
    """
    if parameters.get("state") is not None and state_of(parameters) is None:
        raise OAuthError("invalid_request", "state must be up to 4096 printable ASCII characters.")
    for name in ("request", "request_uri"):
        if name in parameters:
            raise OAuthError(f"{name}_not_supported", f"{name} is not supported.")  # type: ignore[arg-type]
    if parameters.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code.")
    if parameters.get("response_mode", "query") != "query":
        raise OAuthError("invalid_request", "response_mode must be query.")
    if parameters.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256.")
    challenge = parameters.get("code_challenge", "")
    if not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge must be 43 characters of base64url.")
    check_resource(parameters, sign_in)
    check_scope(parameters, sign_in)
    if "none" in parameters.get("prompt", "").split():
        raise OAuthError("consent_required", "The user must be asked each time.")
    return challenge


def check_resource(parameters: Mapping[str, str], sign_in: SignInSettings) -> None:
    """Returns if the request names this server as its resource, or none (RFC 8707).

    Raises:
        OAuthError: `invalid_target`.
    """
    resource = parameters.get("resource")
    if resource is not None and resource.removesuffix("/") not in (sign_in.mcp_url, sign_in.origin):
        raise OAuthError("invalid_target", "resource must be the address of this server.")


def check_scope(parameters: Mapping[str, str], sign_in: SignInSettings) -> None:
    """Returns if the request asks for nothing but the scope of this server, and OpenID Connect's.

    Raises:
        OAuthError: `invalid_scope`.
    """
    name = sign_in.scope_name
    known = _OPENID_SCOPES | {name, name.rpartition("/")[2]}
    # Parted by spaces alone (RFC 6749, 3.3).
    if not known.issuperset(each for each in parameters.get("scope", "").split(" ") if each):
        raise OAuthError("invalid_scope", "scope names more than this server offers.")
