"""The signing keys of a tenant outlive its processes, so that tokens do."""

import datetime
import stat

import jwt
import pytest

from local.entra import keys as signing
from local.entra.keys import SigningKeys


@pytest.fixture
def file(tmp_path):
    return tmp_path / "signing.pem"


def test_a_token_of_yesterdays_process_is_one_of_todays_keys(file):
    token = SigningKeys(file).sign({"sub": "ana"})

    today = SigningKeys(file)

    public = today.public(jwt.get_unverified_header(token)["kid"])
    assert {"sub": "ana"} == jwt.decode(token, public, algorithms=["RS256"])
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)


def test_rotated_and_retired_keys_stay_so(file):
    first = SigningKeys(file)
    old = first.current.kid
    first.rotate()
    rotated = SigningKeys(file)
    rotated.retire()
    retired = SigningKeys(file)

    assert [first.current.kid, old] == [each["kid"] for each in rotated_keys(first)]
    assert first.current.kid == rotated.current.kid == retired.current.kid
    assert retired.public(old) is None


def rotated_keys(keys):
    return keys.published("issuer")["keys"]


def test_keys_about_to_expire_are_replaced(file, monkeypatch):
    old = SigningKeys(file).current.kid
    monkeypatch.setattr(signing, "_REMAINING", datetime.timedelta(days=366))

    assert old != SigningKeys(file).current.kid


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"keys",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
)
def test_a_file_with_something_else_is_named_and_kept(file, content):
    file.write_bytes(content)

    with pytest.raises(ValueError, match=r"signing\.pem holds no signing keys; delete it"):
        SigningKeys(file)
    assert content == file.read_bytes()


def test_without_a_file_every_start_has_new_keys():
    assert SigningKeys().current.kid != SigningKeys().current.kid
