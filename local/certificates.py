"""Creates the files that a tenant needs at start: a throw-away CA, certificates and secrets."""

from __future__ import annotations

import datetime
import json
import os
import secrets
from pathlib import Path

import certifi
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from local.layout import Layout


def prepare(layout: Layout) -> None:
    """Writes the CA bundle, the https certificate, the app's certificate and the secrets into the folder.

    Everything is new each time; Entra keeps the keys that sign tokens. The CA's private key is
    forgotten at once, so whoever trusts the bundle trusts nothing that could be made later.
    """
    layout.folder.mkdir(parents=True, exist_ok=True)
    ca = trustme.CA(organization_name="Local tenant")
    server = ca.issue_cert("localhost", "127.0.0.1", "::1")
    write(layout.ca_file, Path(certifi.where()).read_bytes() + b"\n" + ca.cert_pem.bytes())
    write(layout.server_certificate, server.private_key_and_cert_chain_pem.bytes())
    write(layout.app_certificate, self_signed("m365-devops-mcp (local)"))
    made_up = {"client_secret": secrets.token_urlsafe(30), "identity_header": secrets.token_hex(16)}
    write(layout.secrets_file, (json.dumps(made_up, indent=2) + "\n").encode())


def self_signed(name: str) -> bytes:
    """Returns a PEM with a new RSA private key and a certificate for it, good for a year."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate(name, key).public_bytes(serialization.Encoding.PEM)


def certificate(name: str, key: rsa.RSAPrivateKey) -> x509.Certificate:
    """Returns a self-signed certificate for this key, good for a year."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )


def write(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, in place of any other."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
