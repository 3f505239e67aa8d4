"""Provides the app's own credential: a managed identity's assertion, a certificate or a secret.

For another Azure service, which the app calls as itself, it provides a token of the managed identity.
"""

import os
import re
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from shared.entra.identity_http import (
    NO_CREDENTIAL,
    IdentityHttp,
    identity_unavailable,
    no_identity_token,
)
from shared.entra.msal_http import NoHttpCache
from shared.errors import ToolError
from shared.http.http_client import tls_context
from shared.settings import Settings
from shared.settings.values import client_secret


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

    MSAL caches and renews the token. The function blocks, so it belongs on a thread;
    concurrent threads share one request. It raises ToolError: `unavailable` when the
    identity endpoint does not respond, `misconfigured` when it refuses or the app has no managed
    identity.
    """
    lock = threading.Lock()

    @cache
    def client() -> Any:
        import msal  # noqa: PLC0415 - takes long to import

        client_id = settings.managed_identity_client_id
        return msal.ManagedIdentityClient(
            msal.UserAssignedManagedIdentity(client_id=client_id)
            if client_id
            else msal.SystemAssignedManagedIdentity(),
            http_client=IdentityHttp(_endpoint_tls(settings)),
            http_cache=NoHttpCache(),
        )

    def token() -> str:
        if settings.credential_kind != "managed_identity":
            raise no_identity_token("it has no managed identity")
        try:
            with lock:
                response = client().acquire_token_for_client(resource=resource)
        # MSAL does not check the form of what it reads.
        except (ValueError, AttributeError, TypeError, KeyError) as error:
            raise identity_unavailable() from error
        if not response.get("access_token"):
            raise no_identity_token("its managed identity gives it no token")
        return str(response["access_token"])

    return token


def _endpoint_tls(settings: Settings) -> ssl.SSLContext:
    """Returns a TLS context for the endpoint: on http, as it is in Azure, one that trusts nobody."""
    if os.environ.get("IDENTITY_ENDPOINT", "").startswith("https:"):
        return tls_context(settings.ca_file)
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
