"""A credential that Entra refuses is read again, seldom, and another one is used without a restart."""

import base64
import datetime
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.entra import app_credential, exchange
from shared.entra.exchange import REREAD_SECONDS, Exchange
from shared.errors import ToolError
from shared.http.http_client import tls_context
from shared.settings import Settings
from tests.shared.entra.test_exchange import SCOPES, forms, granted, metadata
from tests.shared.issuer import ENVIRON, TENANT
from tests.shared.loopback import Loopback, Received, Reply, loopback

IDENTITY = "ffffffff-0000-4000-8000-000000000001"
OTHER_REFUSAL = {"error": "invalid_grant", "error_codes": [65001], "suberror": "consent_required"}


class Entra:
    """An Entra that takes one credential, named by what `proof` finds in a request, and refuses others."""

    def __init__(self, server: Loopback, file: Path) -> None:
        self.server = server
        self.file = file
        self.accepts: object = "first"
        self.code = 7000222
        self.now = 0.0
        self.proof: Callable[[dict[str, str]], object] = lambda form: form["client_secret"]
        server.reply = self._reply

    def _reply(self, received: Received) -> Reply:
        if received.method == "GET":
            return metadata(self.server)
        if self.proof(received.form) == self.accepts:
            return granted(1)
        return 401, {}, {"error": "invalid_client", "error_codes": [self.code]}

    @property
    def requests(self) -> int:
        """How many tokens were asked for."""
        return len(forms(self.server))


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    ca, file = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    return file, context


@pytest.fixture
def entra(tls: tuple[Path, ssl.SSLContext], tmp_path: Path) -> Iterator[Entra]:
    with loopback(tls[1]) as server:
        yield Entra(server, tmp_path / "credential")


@pytest.fixture
def start(entra: Entra, tls: tuple[Path, ssl.SSLContext]) -> Iterator[Callable[..., Exchange]]:
    """Makes an exchange whose app has the credential of this setting."""
    started = []

    def made(setting: str = "AZURE_CLIENT_SECRET_FILE", value: str | None = None) -> Exchange:
        environ = {**ENVIRON, "AZURE_CLIENT_SECRET": "", "AZURE_AUTHORITY_HOST": entra.server.url}
        settings = Settings.from_environ({**environ, setting: value or str(entra.file)})
        started.append(Exchange(settings, tls_context(tls[0]), monotonic=lambda: entra.now))
        return started[-1]

    yield made
    for each in started:
        each.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Gets an entry each time the credential is read."""
    counted: list[None] = []

    def counting(settings: Settings) -> object:
        counted.append(None)
        return app_credential.client_credential(settings)

    monkeypatch.setattr(exchange, "client_credential", counting)
    return counted


def token(exchange: Exchange) -> str:
    return exchange.exchange("assertion-of-ana", tenant_id=TENANT, scopes=SCOPES).access_token


def refusal(exchange: Exchange) -> ToolError:
    with pytest.raises(ToolError) as raised:
        token(exchange)
    return raised.value


def signer(form: dict[str, str]) -> bytes:
    """The certificate, as DER, whose key really signed a request's assertion."""
    (chain,) = jwt.get_unverified_header(form["client_assertion"])["x5c"]
    certificate = x509.load_der_x509_certificate(base64.b64decode(chain))
    options = {"verify_aud": False}
    jwt.decode(form["client_assertion"], certificate.public_key(), ["RS256", "PS256"], options)
    return certificate.public_bytes(serialization.Encoding.DER)


def self_signed(path: Path) -> bytes:
    """Writes a new key and its certificate to the file; returns the certificate as DER."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, *form) + made.public_bytes(pem))
    return made.public_bytes(serialization.Encoding.DER)


def test_another_secret_in_the_file_is_used_when_entra_refuses_the_old_one(
    entra: Entra, start: Callable[..., Exchange]
) -> None:
    entra.file.write_text("first\n")
    exchange = start()
    assert token(exchange) == "token-1"

    entra.file.write_text("second\n")
    entra.accepts = "second"

    assert token(exchange) == "token-1"
    assert ["first", "first", "second"] == [form["client_secret"] for form in forms(entra.server)]
    # And from then on at once.
    token(exchange)
    assert entra.requests == 4


def test_another_certificate_in_the_file_is_used_when_entra_refuses_the_old_one(
    entra: Entra, start: Callable[..., Exchange]
) -> None:
    entra.code = 700027
    entra.proof = signer
    entra.accepts = self_signed(entra.file)
    exchange = start("AZURE_CLIENT_CERTIFICATE_PATH")
    assert token(exchange) == "token-1"

    entra.accepts = self_signed(entra.file)

    assert token(exchange) == "token-1"
    assert entra.requests == 3


def test_a_credential_that_stays_the_same_is_not_tried_again(
    entra: Entra, start: Callable[..., Exchange], reads: list[None]
) -> None:
    entra.file.write_text("expired")
    exchange = start()

    error = refusal(exchange)

    assert ("misconfigured", "credential_refused") == (error.code, error.reason)
    assert "AZURE_CLIENT_SECRET_FILE" in error.remedy
    assert entra.requests == 1
    entra.now += REREAD_SECONDS
    refusal(exchange)
    assert entra.requests == 2
    assert len(reads) == 2


def test_refusals_in_a_row_read_it_once(
    entra: Entra, start: Callable[..., Exchange], reads: list[None]
) -> None:
    entra.file.write_text("expired")
    exchange = start()
    for _ in range(20):
        refusal(exchange)
    assert len(reads) == 1

    entra.now = REREAD_SECONDS
    for _ in range(20):
        refusal(exchange)

    assert len(reads) == 2
    assert entra.requests == 40


def test_a_file_that_has_changed_is_read_at_once(
    entra: Entra, start: Callable[..., Exchange], reads: list[None]
) -> None:
    entra.file.write_text("expired")
    exchange = start()
    refusal(exchange)
    entra.file.write_text("first")

    assert token(exchange) == "token-1"
    assert len(reads) == 2


def test_a_change_that_its_file_system_does_not_show_is_seen_a_little_later(
    entra: Entra, start: Callable[..., Exchange]
) -> None:
    entra.file.write_text("later")
    exchange = start()
    refusal(exchange)
    shown = entra.file.stat()
    entra.file.write_text("first")
    os.utime(entra.file, ns=(shown.st_atime_ns, shown.st_mtime_ns))

    entra.now = REREAD_SECONDS - 0.1
    refusal(exchange)
    entra.now = REREAD_SECONDS
    assert token(exchange) == "token-1"


def test_one_that_is_refused_too_is_not_tried_again_and_again(
    entra: Entra, start: Callable[..., Exchange], reads: list[None]
) -> None:
    entra.file.write_text("expired")
    exchange = start()
    refusal(exchange)
    entra.file.write_text("wrong too")

    for _ in range(5):
        refusal(exchange)

    # One at first, and two when another one was there.
    assert entra.requests == 1 + 2 + 4
    assert len(reads) == 2


def test_callers_that_are_refused_together_share_what_one_of_them_read(
    entra: Entra, start: Callable[..., Exchange], reads: list[None]
) -> None:
    entra.file.write_text("first")
    exchange = start()
    token(exchange)
    entra.file.write_text("second")
    together = threading.Barrier(8)

    def proof(form: dict[str, str]) -> object:
        if form["client_secret"] == "first":
            together.wait(10)
        return form["client_secret"]

    entra.proof, entra.accepts = proof, "second"
    with ThreadPoolExecutor(8) as threads:
        tokens = list(threads.map(lambda _: token(exchange), range(8)))

    assert ["token-1"] * 8 == tokens
    assert len(reads) == 2


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"00000000-0000-4000-8000-000000000001"])
def test_a_file_that_holds_none_for_now_leaves_the_refusal_and_the_old_one(
    content: bytes, entra: Entra, start: Callable[..., Exchange]
) -> None:
    entra.file.write_text("first")
    exchange = start()
    token(exchange)
    entra.file.write_bytes(content)
    entra.accepts = "second"

    assert refusal(exchange).reason == "credential_refused"

    entra.accepts = "first"
    assert token(exchange) == "token-1"


def test_a_file_that_is_gone_leaves_the_refusal_until_it_is_there_again(
    entra: Entra, start: Callable[..., Exchange], reads: list[None]
) -> None:
    entra.file.write_text("expired")
    exchange = start()
    refusal(exchange)
    entra.file.unlink()
    for _ in range(5):
        assert refusal(exchange).reason == "credential_refused"
    assert len(reads) == 2

    entra.file.write_text("first")
    assert token(exchange) == "token-1"


def test_other_refusals_read_nothing(entra: Entra, start: Callable[..., Exchange], reads: list[None]) -> None:
    entra.file.write_text("first")
    exchange = start()
    entra.server.reply = lambda received: (
        metadata(entra.server) if received.method == "GET" else (400, {}, OTHER_REFUSAL)
    )

    refusal(exchange)

    assert len(reads) == 1
    assert entra.requests == 1


def test_a_secret_of_an_app_setting_lasts_until_the_next_start(
    entra: Entra, start: Callable[..., Exchange]
) -> None:
    exchange = start("AZURE_CLIENT_SECRET", "expired")

    assert refusal(exchange).reason == "credential_refused"
    assert entra.requests == 1


def test_a_secret_is_in_no_log(
    entra: Entra, start: Callable[..., Exchange], caplog: pytest.LogCaptureFixture
) -> None:
    entra.file.write_text("expired")
    exchange = start()
    refusal(exchange)
    entra.now += REREAD_SECONDS
    entra.file.write_text("first")
    token(exchange)

    assert "another one was read" in caplog.text
    assert "expired" not in caplog.text
    assert "first" not in caplog.text
