"""Signs tokens, and publishes the key set."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local.certificates import certificate


def base64url(content: bytes) -> str:
    """Encodes bytes as base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class SigningKey:
    """Holds an RSA key with its certificate; the `kid` is the certificate's SHA-1 thumbprint, as in Entra."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public = self.private.public_key()
        self._certificate = certificate("accounts.accesscontrol.local", self.private)
        self.kid = base64url(self._certificate.fingerprint(hashes.SHA1()))  # noqa: S303 - a name, not a proof

    def jwk(self, issuer: str) -> dict[str, Any]:
        """Returns the public key as a member of a JSON Web Key Set."""
        numbers = self.public.public_numbers()
        certificate_der = self._certificate.public_bytes(serialization.Encoding.DER)
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
            "e": base64url(numbers.e.to_bytes(3)),
            "x5c": [base64.b64encode(certificate_der).decode()],
            "issuer": issuer,
        }


class SigningKeys:
    """Signs with the newest key, and publishes older ones until they are retired."""

    def __init__(self) -> None:
        self._keys = [SigningKey()]

    @property
    def current(self) -> SigningKey:
        """Returns the key that signs."""
        return self._keys[0]

    def rotate(self) -> None:
        """Starts to sign with a new key."""
        self._keys.insert(0, SigningKey())

    def retire(self) -> None:
        """Stops publishing all but the key that signs."""
        del self._keys[1:]

    def published(self, issuer: str) -> dict[str, Any]:
        """Returns the JSON Web Key Set (RFC 7517, 5)."""
        return {"keys": [key.jwk(issuer) for key in self._keys]}

    def public(self, kid: str) -> rsa.RSAPublicKey | None:
        """Returns the published key of that id."""
        return next((key.public for key in self._keys if key.kid == kid), None)

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        """Returns a compact JWS (RFC 7515, 3.1), signed RS256.

        `header` adds to the usual header or replaces its members, null removes them; the
        signature is the real one whatever the header then claims.
        """
        usual = {"typ": "JWT", "alg": "RS256", "kid": self.current.kid}
        members = {name: value for name, value in {**usual, **(header or {})}.items() if value is not None}
        signed = ".".join(
            base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (members, claims)
        )
        signature = self.current.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64url(signature)}"
