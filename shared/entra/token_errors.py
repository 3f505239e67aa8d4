"""Translates Entra's error responses to an on-behalf-of exchange into failures with a remedy.

The codes are those of "Microsoft Entra authentication and authorization error codes". Nothing
here does I/O.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from shared.errors import ToolError
from shared.settings import CredentialKind, Settings

CONSENT_MISSING = frozenset({65001, 65004, 90008, 90094, 90095})
INTERACTION_NEEDED = frozenset(
    {50005, 50072, 50074, 50076, 50079, 50097, 50129, 50131, 50158, 53000, 53001, 53002, 53003, 53004, 530032}
)
SIGN_IN_ENDED = frozenset({50013, 50089, 50132, 50133, 50173, 50078, 70043, 70044, 500133, 700082, 700084})
USER_BARRED = frozenset({50020, 50053, 50055, 50057, 50105, 50177, 50034})
NO_MATCHING_FEDERATED_CREDENTIAL = frozenset({70021, 700211, 700212, 700213, 700222, 700223, 700224, 700238})
CREDENTIAL_WRONG = frozenset(
    {
        7000212,
        7000213,
        7000214,
        7000215,
        7000216,
        7000218,
        7000222,
        700021,
        700023,
        700024,
        700025,
        700027,
        700030,
    }
)
APP_UNKNOWN = frozenset({700016, 7000112, 90002, 500131})
RESOURCE_UNKNOWN = frozenset({70011, 500011, 650052, 650053, 650057, 28000, 1002012})
TRANSIENT_ERRORS = frozenset({90033, 90006, 50196, 90055, 135011})

_CREDENTIAL_REMEDY: Mapping[CredentialKind, str] = {
    "managed_identity": "checks the app registration's federated credential: its issuer ends in "
    "/v2.0, its subject is the object (principal) id of the identity AZURE_MI_CLIENT_ID, and its audience "
    "is TOKEN_EXCHANGE_AUDIENCE. A new one takes some minutes to work.",
    "certificate": "checks that the certificate in AZURE_CLIENT_CERTIFICATE_PATH is registered for the app "
    "and has not expired.",
    "client_secret": "puts a valid client secret of the app registration into AZURE_CLIENT_SECRET.",
}


def token_error(
    response: Mapping[str, Any], *, tenant_id: str, scopes: Sequence[str], settings: Settings
) -> ToolError:
    """Returns the failure that Entra's error response means.

    Args:
        response: The token endpoint's JSON (RFC 6749, section 5.2, with Entra's additions).
        tenant_id: The tenant of the request.
        scopes: The requested scopes, each with its resource.
        settings: The app settings.
    """
    codes = _codes(response)
    details = {"correlation_id": str(response.get("correlation_id") or "unknown")}
    if codes:
        details["entra_error"] = f"AADSTS{codes[0]}"

    def failed(code: Any, message: str, remedy: str, **more: str) -> ToolError:
        return ToolError(code, message, remedy, details={**details, **more})

    if _any(codes, CONSENT_MISSING) or response.get("suberror") == "consent_required":
        return consent_required(scopes, tenant_id=tenant_id, settings=settings, details=details)
    if _any(codes, USER_BARRED):
        return failed(
            "forbidden",
            "Entra does not allow this user to use this app.",
            "An administrator checks that the account is enabled and assigned to this app "
            "(Enterprise applications, Users and groups).",
        )
    if _any(codes, SIGN_IN_ENDED):
        return failed("sign_in_required", "Your sign-in has ended.", "Sign in again, then repeat the call.")
    if (
        _any(codes, INTERACTION_NEEDED)
        or response.get("error") == "interaction_required"
        or response.get("claims")
    ):
        return failed(
            "sign_in_required",
            "Entra requires you to authenticate again, for example by multi-factor authentication.",
            "Sign in again and complete what Entra asks for. If it asks for nothing, an administrator "
            "checks the Conditional Access policies of the API and of this app.",
        )
    credential_remedy = _CREDENTIAL_REMEDY[settings.credential_kind]
    if _any(codes, APP_UNKNOWN):
        return failed(
            "misconfigured",
            "Entra does not know this server's app registration in your tenant.",
            "The administrator checks AZURE_CLIENT_ID and AZURE_TENANT_ID.",
        )
    if (
        _any(codes, NO_MATCHING_FEDERATED_CREDENTIAL | CREDENTIAL_WRONG)
        or response.get("error") == "invalid_client"
        or response.get("error") == "unauthorized_client"
    ):
        return failed(
            "misconfigured",
            "Entra did not accept this server's credential.",
            f"The administrator {credential_remedy}",
        )
    if _any(codes, RESOURCE_UNKNOWN):
        return failed(
            "misconfigured",
            f"Entra does not know what was asked for: {', '.join(scopes)}.",
            "The administrator checks GRAPH_RESOURCE, and that the API is used in the tenant at all "
            "(Enterprise applications).",
        )
    if _any(codes, TRANSIENT_ERRORS) or response.get("error") == "temporarily_unavailable":
        return failed(
            "unavailable", "The sign-in service (Entra) is not available.", "Try again in a moment."
        )
    return failed(
        "upstream_error",
        "Entra refused to give access, for a reason this server does not know.",
        "The administrator looks the error and the correlation id up in the Entra sign-in logs.",
    )


def consent_required(
    scopes: Sequence[str], *, tenant_id: str, settings: Settings, details: Mapping[str, str]
) -> ToolError:
    """Returns the failure of scopes nobody has consented to, with the link to consent."""
    names = ", ".join(scope.rsplit("/", 1)[-1] for scope in scopes)
    link = admin_consent_url(scopes, tenant_id=tenant_id, settings=settings)
    return ToolError(
        "consent_required",
        f"Consent is missing for {names}.",
        f"An administrator of your tenant grants it at {link} - then repeat the call.",
        details={**details, "missing_scopes": names, "admin_consent_url": link},
    )


def admin_consent_url(scopes: Sequence[str], *, tenant_id: str, settings: Settings) -> str:
    """Returns the address at which an administrator consents to scopes for the whole tenant.

    The form is that of "Admin consent on the Microsoft identity platform". Entra redirects to
    Easy Auth's callback, which the deployment registers for the app.
    """
    query = {"client_id": settings.client_id, "scope": " ".join(scopes)}
    if settings.hostname and not settings.is_local:
        query["redirect_uri"] = f"https://{settings.hostname}/.auth/login/aad/callback"
    return f"{settings.authority_host}/{tenant_id}/v2.0/adminconsent?{urlencode(query)}"


def _codes(response: Mapping[str, Any]) -> list[int]:
    codes = response.get("error_codes")
    return [code for code in codes if isinstance(code, int)] if isinstance(codes, list) else []


def _any(codes: Sequence[int], wanted: frozenset[int]) -> bool:
    return not wanted.isdisjoint(codes)
