"""How the app proves itself to Entra, in the forms MSAL takes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from shared.entra.app_credential import certificate, client_credential
from shared.errors import ToolError
from shared.settings import Settings
from tests.shared.issuer import ENVIRON, Issuer

PKCS8 = serialization.PrivateFormat.PKCS8
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL


@pytest.fixture(scope="module")
def cert(issuer: Issuer) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, issuer.key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(issuer.key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(issuer: Issuer, form: serialization.PrivateFormat) -> str:
    no_password = serialization.NoEncryption()
    return issuer.key.private_bytes(serialization.Encoding.PEM, form, no_password).decode()


@pytest.mark.parametrize("form", [PKCS8, PKCS1], ids=["PRIVATE KEY", "RSA PRIVATE KEY"])
@pytest.mark.parametrize("key_first", [True, False], ids=["key first", "certificate first"])
def test_key_and_certificate_are_found_in_one_file(
    form: serialization.PrivateFormat, key_first: bool, issuer: Issuer, cert: str
) -> None:
    key = key_pem(issuer, form)
    parts = [key, cert] if key_first else [cert, key]

    credential = certificate("Bag Attributes\n" + "\n".join(parts))

    assert {"private_key": key.strip(), "public_certificate": cert.strip()} == credential


def test_a_chain_is_handed_on_in_its_order(issuer: Issuer, cert: str) -> None:
    credential = certificate(key_pem(issuer, PKCS8) + cert + cert)

    assert f"{cert}{cert}".strip() == credential["public_certificate"]


@pytest.mark.parametrize("kind", ["nothing", "key only", "certificate only", "key cut short"])
def test_a_file_without_both_is_refused_in_words_that_name_the_setting(
    kind: str, issuer: Issuer, cert: str
) -> None:
    key = key_pem(issuer, PKCS8)
    pem = {
        "nothing": "",
        "key only": key,
        "certificate only": cert,
        "key cut short": cert + key.partition("-----END")[0],
    }[kind]

    with pytest.raises(ToolError) as raised:
        certificate(pem)

    assert "misconfigured" == raised.value.code
    assert "AZURE_CLIENT_CERTIFICATE_PATH" in raised.value.remedy
    assert key.splitlines()[1] not in str(raised.value) + raised.value.remedy


def test_a_secret_is_handed_over_as_it_is(settings: Settings) -> None:
    assert ENVIRON["AZURE_CLIENT_SECRET"] == client_credential(settings)


def test_a_certificate_is_read_from_its_file(tmp_path: Path, issuer: Issuer, cert: str) -> None:
    pem = tmp_path / "app.pem"
    pem.write_text(key_pem(issuer, PKCS8) + cert)
    environ = {**ENVIRON, "AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_CERTIFICATE_PATH": str(pem)}

    credential = client_credential(Settings.from_environ(environ))

    assert isinstance(credential, dict)
    assert {"private_key", "public_certificate"} == credential.keys()


def test_a_managed_identity_is_handed_over_as_a_function_so_that_it_renews() -> None:
    environ = {
        **ENVIRON,
        "AZURE_CLIENT_SECRET": "",
        "AZURE_MI_CLIENT_ID": "ffffffff-0000-4000-8000-000000000001",
    }

    credential = client_credential(Settings.from_environ(environ))

    assert isinstance(credential, dict)
    assert ["client_assertion"] == [*credential]
    assert callable(credential["client_assertion"])
