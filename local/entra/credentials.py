"""Authenticates confidential clients by secret, certificate or federated credential."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from local.entra.errors import EntraError
from local.entra.keys import SigningKeys, base64url
from local.entra.registrations import Application
from local.layout import Layout
from local.organisation import organisation

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"  # noqa: S105 - an audience

_SKEW = 300
_NO_MATCH = "No federated identity credential matches the presented assertion's"


@dataclass(frozen=True)
class FederatedCredential:
    """Names the assertions that authenticate the app: all three values must equal the assertion's claims."""

    issuer: str
    subject: str
    audience: str = TOKEN_EXCHANGE_AUDIENCE


class RegisteredCredentials:
    """Holds the federated identity credential of each confidential client, by its client id.

    The server's app has a secret and a certificate too; the sign-in proxy has neither.
    """

    def __init__(self, layout: Layout, issuer: str, keys: SigningKeys, clock: Callable[[], float]) -> None:
        self._server = organisation().server_client_id
        self._secret = layout.secret("client_secret")
        principal_id = organisation().document["managed_identity"]["principal_id"]
        confidential = (self._server, organisation().document["sign_in_proxy"]["client_id"])
        self.federated = {client_id: FederatedCredential(issuer, principal_id) for client_id in confidential}
        self._keys = keys
        self._clock = clock
        self._thumbprints, self._certificate_key = _certificate(layout.app_certificate)
        tenant = organisation().tenant_id
        # "Microsoft identity platform application authentication certificate credentials": aud
        self._audiences = [
            f"{address}/{tenant}/oauth2/v2.0/token" for address in (layout.entra, layout.entra_http)
        ]

    def authenticate(self, application: Application, form: Mapping[str, str], *, lacking: int) -> str:
        """Authenticates the client, and returns how: "0" not at all, "1" by secret, "2" by assertion.

        `lacking` is the AADSTS code for a confidential client without a credential, which differs
        between grants.

        Raises:
            EntraError: The credential is missing, wrong, or not this client's to give.
        """
        secret, assertion = form.get("client_secret"), form.get("client_assertion")
        if application.public:
            if secret or assertion:
                raise EntraError(700025, "The client is public and must not present a credential.")
            return "0"
        if assertion:
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise EntraError(lacking, f"The client_assertion_type is not '{ASSERTION_TYPE}'.")
            self._verify(application, assertion)
            return "2"
        if not secret:
            raise EntraError(lacking, "The request must contain client_assertion or client_secret.")
        right = hmac.compare_digest(secret.encode(), self._secret.encode())
        if application.client_id != self._server or not right:
            raise EntraError(
                7000215, "The client secret is wrong: it must be the secret's value, not its id."
            )
        return "1"

    def _verify(self, application: Application, assertion: str) -> None:
        try:
            header = jwt.get_unverified_header(assertion)
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.PyJWTError as error:
            raise EntraError(50027, "The client assertion is not a well-formed JWT.") from error
        if claims.get("iss") == application.client_id:
            self._verify_by_certificate(application, assertion, header, claims)
        else:
            self._verify_federated(application, assertion, header, claims)

    def _verify_by_certificate(
        self, application: Application, assertion: str, header: dict[str, Any], claims: dict[str, Any]
    ) -> None:
        if claims.get("sub") != application.client_id:
            raise EntraError(700021, "The client assertion's subject is not the client id.")
        thumbprint = header.get("x5t#S256") or header.get("x5t") or header.get("kid") or ""
        registered = self._thumbprints if application.client_id == self._server else set()
        if str(thumbprint).rstrip("=") not in registered:
            raise EntraError(700027, "The certificate of the client assertion is not registered.")
        if claims.get("aud") not in self._audiences:
            raise EntraError(700023, "The client assertion's audience is not the token endpoint.")
        if not claims.get("jti"):
            raise EntraError(50027, "The client assertion has no 'jti'.")
        self._check_lifetime(claims)
        _check_signature(assertion, self._certificate_key)

    def _verify_federated(
        self, application: Application, assertion: str, header: dict[str, Any], claims: dict[str, Any]
    ) -> None:
        # "Workload identity federation": issuer, subject and audience are compared exactly.
        federated = self.federated.get(application.client_id)
        if federated is None or claims.get("iss") != federated.issuer:
            raise EntraError(700211, f"{_NO_MATCH} issuer '{claims.get('iss')}'.")
        if claims.get("sub") != federated.subject:
            raise EntraError(700213, f"{_NO_MATCH} subject '{claims.get('sub')}'.")
        if claims.get("aud") != federated.audience:
            raise EntraError(700212, f"{_NO_MATCH} audience '{claims.get('aud')}'.")
        self._check_lifetime(claims)
        key = self._keys.public(str(header.get("kid")))
        if key is None:
            raise EntraError(700027, "The key that signed the client assertion is not published.")
        _check_signature(assertion, key)

    def _check_lifetime(self, claims: dict[str, Any]) -> None:
        now = self._clock()
        try:
            begins, ends = float(claims.get("nbf", 0)), float(claims["exp"])
        except (KeyError, TypeError, ValueError) as error:
            raise EntraError(50027, "The client assertion has no valid times.") from error
        if not begins - _SKEW <= now < ends + _SKEW:
            raise EntraError(700024, "The client assertion is not within its valid time range.")


def _check_signature(assertion: str, key: rsa.RSAPublicKey) -> None:
    try:
        jwt.PyJWS().decode(assertion, key, algorithms=["RS256", "PS256"])
    except jwt.PyJWTError as error:
        raise EntraError(700027, "The signature of the client assertion is wrong.") from error


def _certificate(path: Path) -> tuple[set[str], rsa.RSAPublicKey]:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError(f"the certificate in {path} has no RSA key")
    # RFC 7515, 4.1.7 and 4.1.8; they name the certificate and authenticate nothing.
    digests = (hashes.SHA1(), hashes.SHA256())  # noqa: S303
    return {base64url(certificate.fingerprint(digest)) for digest in digests}, key
