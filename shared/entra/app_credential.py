"""Provides the app's own credential: a managed identity's assertion, a certificate or a secret.

For another Azure service, which the app calls as itself, it provides a token of the managed identity.
"""

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from shared.errors import ToolError
from shared.http.retry import RetryableError
from shared.settings import Settings
from shared.settings.values import client_secret

NO_CREDENTIAL = "no_credential"
"""The `reason` of failures in which the app has no usable credential."""


def client_credential(settings: Settings) -> dict[str, Any] | str:
    """Reads the credential, in the form MSAL takes (`client_credential` of its confidential client).

    A certificate and a secret of a file may be others than the last time.

    Raises:
        ToolError: `misconfigured`: the file holds no credential.
    """
    match settings.credential_kind:
        case "managed_identity":
            return {"client_assertion": identity_token(settings, settings.token_exchange_audience)}
        case "certificate":
            assert settings.client_certificate_path is not None  # noqa: S101 - the kind says so
            return certificate(_content(settings.client_certificate_path, _certificate_unfit))
        case "client_secret":
            if settings.client_secret_path is not None:
                return _secret(_content(settings.client_secret_path, _secret_unfit))
            assert settings.client_secret is not None  # noqa: S101 - the kind says so
            return settings.client_secret.get_secret_value()


def credential_stamp(settings: Settings) -> tuple[int, int, int] | None:
    """Returns what changes when the credential's file does; None where there is no file, or not now."""
    path = settings.client_certificate_path or settings.client_secret_path
    if path is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _content(path: Path, unfit: Callable[[str], ToolError]) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise unfit("cannot be read") from error


def _secret(text: str) -> str:
    try:
        secret = client_secret(SecretStr(text)).get_secret_value()
    except ValueError as error:
        raise _secret_unfit(str(error)) from error
    if not secret:
        raise _secret_unfit("is empty")
    return secret


def _secret_unfit(why: str) -> ToolError:
    return ToolError(
        "misconfigured",
        f"The server cannot authenticate to Entra: the file of its client secret {why}.",
        "The administrator puts the value of a client secret of the app registration, and nothing else, into "
        "the file that AZURE_CLIENT_SECRET_FILE names.",
        reason=NO_CREDENTIAL,
    )


def certificate(pem: str) -> dict[str, Any]:
    """Parses a PEM file of an RSA private key and its certificate into MSAL's form.

    Raises:
        ToolError: `misconfigured`: one is missing, they do not belong together, or the certificate expired.
    """
    from cryptography import x509  # noqa: PLC0415 - only this kind of credential needs it
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    private = re.search(r"-----BEGIN (.*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", pem, re.DOTALL)
    chain = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", pem, re.DOTALL)
    if private is None or not chain:
        raise _certificate_unfit("lacks a key or a certificate")
    try:
        key = load_pem_private_key(private[0].encode(), password=None)
        leaf = x509.load_pem_x509_certificate(chain[0].encode())
    except (ValueError, TypeError) as error:
        raise _certificate_unfit("cannot be read, or its key has a password") from error
    if not isinstance(key, RSAPrivateKey):
        raise _certificate_unfit("has a key that is not RSA")
    if leaf.public_key() != key.public_key():
        raise _certificate_unfit("has a certificate that is not of its key")
    if leaf.not_valid_after_utc < datetime.now(UTC):
        raise _certificate_unfit(f"has a certificate that expired on {leaf.not_valid_after_utc:%Y-%m-%d}")
    return {"private_key": private[0], "public_certificate": "\n".join(chain)}


def _certificate_unfit(why: str) -> ToolError:
    return ToolError(
        "misconfigured",
        f"The server cannot authenticate to Entra: its certificate file {why}.",
        "The administrator puts an RSA private key and the certificate registered for the app, as PEM, "
        "into the file that AZURE_CLIENT_CERTIFICATE_PATH names.",
        reason=NO_CREDENTIAL,
    )


def identity_token(settings: Settings, resource: str) -> Callable[[], str]:
    """Returns a function that returns the managed identity's token for a resource.

    azure-identity caches and renews the token. The function blocks, so it belongs on a thread;
    concurrent threads share one request. It raises ToolError: `unavailable` when the
    identity endpoint does not respond, `misconfigured` when it refuses or the app has no managed
    identity.
    """
    scope = f"{resource}/.default"
    lock = threading.Lock()

    @cache
    def credential() -> Any:
        from azure.identity import ManagedIdentityCredential  # noqa: PLC0415 - takes long to import

        # The identity endpoint is on the same machine: a slow one is a broken one. A retry would hold the
        # lock for as long as the endpoint says. azure-identity follows no redirect, which would send the
        # secret header elsewhere (tests/shared/http/test_redirects.py).
        return ManagedIdentityCredential(
            client_id=settings.managed_identity_client_id,
            retry_total=0,
            # A proxy of the environment would get the secret header.
            use_env_settings=False,
            connection_timeout=3,
            read_timeout=10,
        )

    def token() -> str:
        from azure.core.exceptions import (  # noqa: PLC0415 - takes long to import
            AzureError,
            DecodeError,
            ServiceRequestError,
            ServiceResponseError,
        )

        if settings.credential_kind != "managed_identity":
            raise _no_identity_token("it has no managed identity")
        try:
            with lock:
                return str(credential().get_token(scope).token)
        except ServiceRequestError as error:
            credential.cache_clear()
            raise _identity_unavailable(RetryableError) from error
        # The others: a response cut short, no JSON, or JSON of another form, which MSAL does not check.
        except (ServiceResponseError, DecodeError, ValueError, AttributeError, TypeError) as error:
            credential.cache_clear()
            raise _identity_unavailable() from error
        except AzureError as error:
            # A new credential sends a new request; MSAL, below this one, caches a refusal for a minute.
            credential.cache_clear()
            # The endpoint's status reaches us only inside the message, and so does a reset.
            if re.search(r"\b(429|5\d\d)\b|Connection broken", str(error)):
                raise _identity_unavailable(RetryableError) from error
            raise _no_identity_token("its managed identity gives it no token") from error

    return token


def _no_identity_token(why: str) -> ToolError:
    return ToolError(
        "misconfigured",
        f"The server cannot authenticate: {why}.",
        "The administrator checks that AZURE_MI_CLIENT_ID is the client id of a user-assigned "
        "identity, and that this identity is assigned to the function app.",
        reason=NO_CREDENTIAL,
    )


def _identity_unavailable(kind: type[ToolError] = ToolError) -> ToolError:
    return kind(
        "unavailable",
        "The server's managed identity did not respond.",
        "Try again in a moment; if it persists, the administrator restarts the function app.",
    )
