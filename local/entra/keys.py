"""Signs tokens, and publishes the key set."""

from __future__ import annotations

import base64
import datetime
import json
import re
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local.certificates import certificate, write


def base64url(content: bytes) -> str:
    """Encodes bytes as base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class SigningKey:
    """Holds an RSA key with its certificate; the `kid` is the certificate's SHA-1 thumbprint, as in Entra."""

    def __init__(self, private: rsa.RSAPrivateKey, certified: x509.Certificate) -> None:
        self.private = private
        self.public = private.public_key()
        self._certificate = certified
        self.kid = base64url(self._certificate.fingerprint(hashes.SHA1()))  # noqa: S303 - a name, not a proof

    @classmethod
    def new(cls) -> Self:
        """Makes a key, good for a year."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return cls(private, certificate("accounts.accesscontrol.local", private))

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Reads a key with its certificate.

        Raises:
            ValueError: They are not in the text.
        """
        private = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise ValueError("not an RSA key")  # noqa: TRY004 - of the text, not of an argument
        return cls(private, x509.load_pem_x509_certificate(pem))

    def pem(self) -> bytes:
        """Returns the key with its certificate."""
        private = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return private + self._certificate.public_bytes(serialization.Encoding.PEM)

    def is_good_until(self, moment: datetime.datetime) -> bool:
        """Tells whether the certificate is still valid at this moment."""
        return self._certificate.not_valid_after_utc > moment

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


# A tenant that runs for a working day signs with a key that is good for all of it.
_REMAINING = datetime.timedelta(days=1)
_KEY = re.compile(rb"-----BEGIN PRIVATE KEY-----.*?-----END CERTIFICATE-----\n", re.DOTALL)


class SigningKeys:
    """Signs with the newest key, and publishes older ones until they are retired.

    Args:
        file: Where the keys are kept, so that tokens survive a restart; None keeps them in memory alone.

    Raises:
        ValueError: The file holds something else.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._keys = _read(file) if file is not None and file.exists() else []
        if not self._keys or not self.current.is_good_until(datetime.datetime.now(datetime.UTC) + _REMAINING):
            self._keys = [SigningKey.new()]
            self._save()

    @property
    def current(self) -> SigningKey:
        """Returns the key that signs."""
        return self._keys[0]

    def rotate(self) -> None:
        """Starts to sign with a new key."""
        self._keys.insert(0, SigningKey.new())
        self._save()

    def retire(self) -> None:
        """Stops publishing all but the key that signs."""
        del self._keys[1:]
        self._save()

    def _save(self) -> None:
        if self._file is not None:
            write(self._file, b"".join(key.pem() for key in self._keys))

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


def _read(file: Path) -> list[SigningKey]:
    try:
        keys = [SigningKey.from_pem(pem) for pem in _KEY.findall(file.read_bytes())]
    except ValueError as error:
        raise ValueError(f"{file} holds no signing keys; delete it, and new ones are made") from error
    if not keys:
        raise ValueError(f"{file} holds no signing keys; delete it, and new ones are made")
    return keys
