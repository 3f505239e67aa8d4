from __future__ import annotations

import ssl
import stat
from dataclasses import fields

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from local import certificates
from local.layout import Layout


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    names = [field.name for field in fields(Layout) if field.name != "folder"]
    urls = {name: f"http://localhost:{8000 + index}" for index, name in enumerate(names)}
    layout = Layout(folder=tmp_path_factory.mktemp("certificates") / "tenant", **urls)
    certificates.prepare(layout)
    return layout


def test_every_file_is_for_its_owner_only(layout):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in layout.folder.iterdir()}

    assert dict.fromkeys(("ca.pem", "server.pem", "app.pem", "secrets.json"), 0o600) == modes


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_who_trusts_the_bundle_trusts_the_server_by_each_of_its_names(layout, name):
    accepting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    accepting.load_cert_chain(layout.server_certificate)
    trusting = ssl.create_default_context(cafile=str(layout.ca_file))

    assert "TLSv1.3" == _handshake(trusting, accepting, name)


def test_who_trusts_only_public_roots_refuses_the_server(layout):
    accepting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    accepting.load_cert_chain(layout.server_certificate)
    trusting = ssl.create_default_context(cafile=certifi.where())

    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(trusting, accepting, "localhost")


def test_the_bundle_keeps_the_public_roots(layout):
    public = ssl.create_default_context(cafile=certifi.where()).cert_store_stats()["x509_ca"]
    bundle = ssl.create_default_context(cafile=str(layout.ca_file)).cert_store_stats()["x509_ca"]

    assert public + 1 == bundle


def test_the_apps_certificate_belongs_to_the_key_beside_it(layout):
    pem = layout.app_certificate.read_bytes()
    key = serialization.load_pem_private_key(pem, password=None)
    certificate = x509.load_pem_x509_certificate(pem)

    assert key.public_key() == certificate.public_key()
    assert 2048 == key.key_size


def test_everything_is_new_each_time(layout):
    names = ("client_secret", "identity_header")
    before = [layout.secret(name) for name in names] + [layout.app_certificate.read_bytes()]
    certificates.prepare(layout)

    after = [layout.secret(name) for name in names] + [layout.app_certificate.read_bytes()]
    assert not set(before) & set(after)


def _handshake(trusting: ssl.SSLContext, accepting: ssl.SSLContext, name: str) -> str | None:
    """The protocol two sides agree on, without a socket between them."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    server = accepting.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.version()
