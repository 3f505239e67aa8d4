"""Translates Entra's error responses to an on-behalf-of exchange into failures with a remedy.

The codes are those of "Microsoft Entra authentication and authorization error codes". Nothing
here does I/O.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from shared.errors import Code, ToolError
from shared.settings import DEVOPS_RESOURCE, CredentialKind, Settings

CREDENTIAL_REFUSED = "credential_refused"
"""The `reason` of failures in which Entra did not accept the app's credential."""

_CONSENT_MISSING = frozenset({65001, 65004, 90008, 90094, 90095})
_CREDENTIAL_REFUSED = frozenset(
    {
        50012,
        50048,
        70002,
        70021,
        700021,
        700023,
        700024,
        700025,
        700027,
        700030,
        700211,
        700212,
        700213,
        700222,
        700223,
        700224,
        700229,
        700238,
        7000212,
        7000213,
        7000214,
        7000215,
        7000216,
        7000218,
        7000222,
    }
)

_CREDENTIAL_REMEDY: Mapping[CredentialKind, str] = {
    "managed_identity": "checks the app registration's federated credential: its issuer ends in "
    "/v2.0, its subject is the object (principal) id of the identity AZURE_MI_CLIENT_ID, and its audience "
    "is TOKEN_EXCHANGE_AUDIENCE. A new one takes some minutes to work.",
    "certificate": "checks that the certificate in AZURE_CLIENT_CERTIFICATE_PATH is registered for the app "
    "and has not expired.",
    "client_secret": "puts a valid client secret of the app registration into AZURE_CLIENT_SECRET, or into "
    "the file that AZURE_CLIENT_SECRET_FILE names.",
}


class _Failure(NamedTuple):
    """Describes a failure; `{api}`, `{scopes}`, `{names}` and `{add}` are filled in."""

    code: Code
    message: str
    remedy: str
    reason: str | None = None


_AUTHENTICATE_AGAIN = _Failure(
    "sign_in_required",
    "Entra requires you to authenticate again, for example by multi-factor authentication.",
    "Sign in again and complete what Entra asks for. If it asks for nothing, an administrator "
    "checks the Conditional Access policies of the API and of this app.",
)
_API_MISSING = _Failure(
    "misconfigured",
    "{api} is not available in your tenant: it has no enterprise application there.",
    "The administrator {add}",
)
_APP_UNKNOWN = _Failure(
    "misconfigured",
    "Entra found no app registration of this server in your tenant.",
    "The administrator checks AZURE_CLIENT_ID and AZURE_TENANT_ID.",
)
_UNAVAILABLE = _Failure(
    "unavailable", "The sign-in service (Entra) is not available.", "Try again in a moment."
)
_UNKNOWN = _Failure(
    "upstream_error",
    "Entra refused access, for a reason this server does not know.",
    "The administrator looks the error and the correlation id up in the Entra sign-in logs.",
)

# The first group that holds one of the response's codes decides.
_FAILURES: Sequence[tuple[frozenset[int], _Failure]] = (
    (
        frozenset({16003, 50014, 50020, 50034, 51004, 90072}),
        _Failure(
            "forbidden",
            "Your account does not exist in this tenant.",
            "Sign in with an account of the tenant, or an administrator invites yours as a guest (External "
            "Identities).",
        ),
    ),
    (
        frozenset({500021, 500022, 500212, 500213}),
        _Failure(
            "forbidden",
            "The cross-tenant access settings of your tenant or of this one do not allow your account here.",
            "An administrator checks the cross-tenant access settings and tenant restrictions of both.",
        ),
    ),
    (
        frozenset({50053, 50055, 50057, 50105, 50144, 50177, 50178, 53011}),
        _Failure(
            "forbidden",
            "Entra does not allow this user to use this app.",
            "An administrator checks that the account is enabled and assigned to this app "
            "(Enterprise applications, Users and groups).",
        ),
    ),
    (
        frozenset({50013, 50078, 50089, 50132, 50133, 50173, 70043, 70044, 500133, 700082, 700084}),
        _Failure("sign_in_required", "Your sign-in has ended.", "Sign in again, then repeat the call."),
    ),
    (frozenset({50001, 500011, 650052, 650054}), _API_MISSING),
    (
        frozenset({500014}),
        _Failure(
            "misconfigured",
            "The enterprise application of {api} is disabled in your tenant.",
            "The administrator enables it: Entra admin center, Enterprise applications, {api}, Properties, "
            "Enabled for users to sign-in.",
        ),
    ),
    (
        frozenset({65005, 650056, 650057}),
        _Failure(
            "misconfigured",
            "This server's app registration lists no permission of {api}.",
            "The administrator adds {names} under API permissions of the app registration, and consents.",
        ),
    ),
    (
        frozenset({28000, 28002, 70011, 650053, 1002012}),
        _Failure(
            "misconfigured",
            "Entra found no such permission of {api}: {scopes}.",
            "The administrator checks the API permissions of the app registration, and that the scopes are "
            "those of the cloud (AZURE_CLOUD, GRAPH_RESOURCE).",
        ),
    ),
    (
        frozenset({70001, 1000031, 7000112}),
        _Failure(
            "misconfigured",
            "This server's enterprise application is disabled in your tenant.",
            "The administrator enables it: Entra admin center, Enterprise applications, Properties, Enabled "
            "for users to sign-in.",
        ),
    ),
    (frozenset({90002, 500131, 700011, 700016}), _APP_UNKNOWN),
    (
        frozenset(
            {50005, 50072, 50074, 50076, 50079, 50097, 50129, 50131, 50155, 50158, 50187}
            | {53000, 53001, 53002, 53003, 53004, 530032, 700020}
        ),
        _AUTHENTICATE_AGAIN,
    ),
    (
        frozenset({530084}),
        _Failure(
            "forbidden",
            "A Conditional Access policy of your tenant requires token protection, which access through a "
            "server cannot satisfy.",
            "An administrator excludes this app or the API from the policy; the Entra sign-in logs name it.",
        ),
    ),
    (
        # Conditional Access and the security defaults: the codes that begin with 53.
        frozenset(range(53000, 53100)) | frozenset(range(530000, 531000)),
        _Failure(
            "forbidden",
            "A Conditional Access policy or the security defaults of your tenant block this access.",
            "An administrator finds the policy in the Entra sign-in logs by the correlation id.",
        ),
    ),
    (
        frozenset({50033, 50087, 50196, 90006, 90012, 90024, 90033, 90055, 90090, 135011}),
        _UNAVAILABLE,
    ),
)

# What the OAuth error means where no code decides (RFC 6749, 5.2, with Entra's additions).
_FAILURES_BY_ERROR: Mapping[str, _Failure] = {
    "interaction_required": _AUTHENTICATE_AGAIN,
    "invalid_resource": _API_MISSING,
    "temporarily_unavailable": _UNAVAILABLE,
}


def token_error(
    response: Mapping[str, Any], *, tenant_id: str, scopes: Sequence[str], settings: Settings
) -> ToolError:
    """Returns the failure that Entra's error response means.

    The codes decide first: Entra reports a missing API as `invalid_client`, like a wrong credential.

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
    if not _CONSENT_MISSING.isdisjoint(codes) or response.get("suberror") == "consent_required":
        return consent_required(scopes, tenant_id=tenant_id, settings=settings, details=details)
    failure = _failure(codes, response, settings)
    words = _words(scopes)
    return ToolError(
        failure.code,
        failure.message.format(**words),
        failure.remedy.format(**words),
        details=details,
        reason=failure.reason,
    )


def _failure(codes: Sequence[int], response: Mapping[str, Any], settings: Settings) -> _Failure:
    credential = _Failure(
        "misconfigured",
        "Entra did not accept this server's credential.",
        f"The administrator {_CREDENTIAL_REMEDY[settings.credential_kind]}",
        CREDENTIAL_REFUSED,
    )
    known = next((failure for group, failure in _FAILURES if not group.isdisjoint(codes)), None)
    if response.get("claims") and (known is None or known.code in ("forbidden", "sign_in_required")):
        # A claims challenge can be answered by signing in, whatever the code.
        return _AUTHENTICATE_AGAIN
    if known is not None:
        return known
    error = str(response.get("error"))
    if not _CREDENTIAL_REFUSED.isdisjoint(codes) or error in ("invalid_client", "unauthorized_client"):
        return credential
    return _FAILURES_BY_ERROR.get(error, _UNKNOWN)


def _words(scopes: Sequence[str]) -> dict[str, str]:
    """Returns what the texts of failures name: the API, the scopes, and how to add a missing API."""
    resource = scopes[0].rpartition("/")[0]
    is_devops = resource == DEVOPS_RESOURCE
    add = (
        f"adds it (az ad sp create --id {DEVOPS_RESOURCE}), or leaves its tools out: INCLUDE_DEVOPS=false in "
        "the deployment, or TOOLS in the app settings."
        if is_devops
        else "checks AZURE_CLOUD and GRAPH_RESOURCE, which name the API, and that the tenant has its "
        "enterprise application."
    )
    names = [name for scope in scopes if (name := scope.rpartition("/")[2]) != ".default"]
    return {
        "api": "Azure DevOps" if is_devops else "Microsoft Graph",
        "scopes": ", ".join(scopes),
        "names": ", ".join(names) or "the permissions of its tools",
        "add": add,
    }


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
