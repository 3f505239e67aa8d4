"""Who signs access tokens in these tests: a tenant with a real key, and what it publishes."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
OTHER_TENANT = "aaaaaaaa-0000-4000-8000-000000000002"
SERVER = "bbbbbbbb-0000-4000-8000-000000000001"
CLIENT = "cccccccc-0000-4000-8000-000000000001"
OTHER_CLIENT = "cccccccc-0000-4000-8000-000000000002"
USER = "dddddddd-0000-4000-8000-000000000001"
AUTHORITY = "https://login.microsoftonline.com"
ISSUER = f"{AUTHORITY}/{TENANT}/v2.0"
KEYS_URL = f"{AUTHORITY}/{TENANT}/discovery/v2.0/keys"

ENVIRON = {
    "AZURE_TENANT_ID": TENANT,
    "AZURE_CLIENT_ID": SERVER,
    "AZURE_CLIENT_SECRET": "a-secret-of-the-app",
    "ALLOWED_CLIENT_IDS": CLIENT,
}


class Issuer:
    """Signs tokens as Entra does, and answers for its metadata and keys."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = "key-1"

    @property
    def header(self) -> dict[str, Any]:
        return {"typ": "JWT", "alg": "RS256", "kid": self.kid}

    def claims(self, *, without: str = "", **changed: Any) -> dict[str, Any]:
        """The claims of a good token, changed, and with one left out."""
        now = int(time.time())
        claims = {
            "aud": SERVER,
            "iss": ISSUER,
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + 4000,
            "azp": CLIENT,
            "azpacr": "0",
            "name": "Ana Example",
            "oid": USER,
            "preferred_username": "ana@example.com",
            "scp": "access_as_user",
            "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
            "tid": TENANT,
            "uti": "fqiBqXLPj0eQa82S-IYFAA",
            "ver": "2.0",
        }
        return {name: value for name, value in {**claims, **changed}.items() if name != without}

    def token(self, *, without: str = "", **changed: Any) -> str:
        """A token of these claims, signed as Entra signs."""
        return self.sign(self.header, self.claims(without=without, **changed))

    def sign(self, header: Mapping[str, Any] | bytes, payload: Mapping[str, Any] | bytes) -> str:
        """Any header and payload at all, under a good RS256 signature."""
        return compact(header, payload, key=self.key, algorithm="RS256")

    def public_jwk(self, **changed: Any) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**key, "kid": self.kid, "use": "sig", **changed}


class Published:
    """What a tenant publishes, and how often it was asked; handed to `httpx.MockTransport`.

    Attributes:
        keys: The keys of the key set.
        key_set: What to answer in place of a key set, unless it is an ellipsis.
        metadata: The metadata document.
        failing: What to answer in place of anything, or to raise.
        requests: The addresses asked for.
    """

    def __init__(self, *keys: Mapping[str, Any]) -> None:
        self.keys = list(keys)
        self.metadata: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": KEYS_URL}
        self.key_set: Any = ...
        self.failing: httpx.Response | Exception | None = None
        self.requests: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(str(request.url))
        if isinstance(self.failing, Exception):
            raise self.failing
        if self.failing:
            return self.failing
        if request.url.path.endswith("/openid-configuration"):
            return httpx.Response(200, json=self.metadata)
        return httpx.Response(200, json={"keys": self.keys} if self.key_set is ... else self.key_set)

    @property
    def fetches(self) -> int:
        """How often the metadata was asked for, which every fetch of keys begins with."""
        return sum(url.endswith("/.well-known/openid-configuration") for url in self.requests)


def compact(
    header: Mapping[str, Any] | bytes, payload: Mapping[str, Any] | bytes, *, key: Any, algorithm: str
) -> str:
    """A compact JWS (RFC 7515, section 3.1) of whatever it is given."""
    signed = f"{encoded(header)}.{encoded(payload)}"
    signature = (
        b"" if algorithm == "none" else jwt.get_algorithm_by_name(algorithm).sign(signed.encode(), key)
    )
    return f"{signed}.{encoded(signature)}"


def encoded(part: Mapping[str, Any] | bytes) -> str:
    """Base64url without padding, of the bytes or of the JSON."""
    octets = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
