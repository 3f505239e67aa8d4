"""How `local.settings.json` is kept: nothing of it is lost, and nothing broken is overwritten."""

import json
import os
import stat
from pathlib import Path

import pytest

from local.setup.errors import SetupError
from local.setup.settings_file import SettingsFile

GOOD = {"IsEncrypted": False, "Host": {"CORS": "*"}, "Values": {"A": "1", "B": "2"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n  "Values": {\n    "A": "1"\n    "B": "2"\n  }\n}', "line 4"),
        ("", "line 1"),
        ("[]", "line 1"),
        ('{"Values": []}', "line 1"),
        ('{"IsEncrypted": false}', "line 1"),
        ('{\n "Values": {\n  "A": "1",\n  "A": "2"\n }\n}', "line 4: A is there twice"),
        ('{\n "Values": {\n  "A": true\n }\n}', "line 3: A is not text"),
        ('{\n "Values": {\n  "A": "1",\n  // a remark\n  "B": "2"\n }\n}', "line 4"),
        ('{"IsEncrypted": true, "Values": {}}', "encrypted"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_broken_is_told_with_its_line_and_left_as_it_is(tmp_path: Path, text: str, said: str):
    path = tmp_path / "local.settings.json"
    path.write_text(text)
    file = SettingsFile(path)

    for act in (file.values, file.port, lambda: file.put({"A": "3"}), lambda: file.drop(["A"])):
        with pytest.raises(SetupError, match=said) as raised:
            act()
        assert raised.value.cure

    assert text == path.read_text()


def test_bytes_that_are_no_text_are_left_as_they_are(tmp_path: Path):
    path = tmp_path / "local.settings.json"
    path.write_bytes(b'{"Values": {"A": "\xff"}}')

    with pytest.raises(SetupError, match="cannot be read"):
        SettingsFile(path).put({"A": "1"})

    assert b'{"Values": {"A": "\xff"}}' == path.read_bytes()


def test_what_is_not_its_own_is_kept(tmp_path: Path):
    path = tmp_path / "local.settings.json"
    path.write_text(json.dumps(GOOD))

    SettingsFile(path).put({"B": "3"})

    document = json.loads(path.read_text())
    assert {**GOOD, "Values": {**document["Values"], "A": "1", "B": "3"}} == document


def test_it_is_for_its_owner_alone_from_the_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "local.settings.json"
    path.write_text(json.dumps(GOOD))
    path.chmod(0o644)
    file, modes = SettingsFile(path), []
    replace = Path.replace

    def seen(self: Path, target: Path) -> Path:
        modes.append(stat.S_IMODE(self.stat().st_mode))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", seen)
    assert file.differs({"A": "1"})
    old = os.umask(0)
    try:
        file.put({"A": "1"})
    finally:
        os.umask(old)

    assert [0o600] == modes
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert not file.differs({"A": "1"})


def test_a_write_that_fails_leaves_the_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "local.settings.json"
    path.write_text(json.dumps(GOOD))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SetupError, match="No space left on device"):
        SettingsFile(path).put({"A": "3"})

    assert GOOD == json.loads(path.read_text())
    assert [path] == list(tmp_path.iterdir())


def test_a_link_stays_one(tmp_path: Path):
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(GOOD))
    path = tmp_path / "local.settings.json"
    path.symlink_to(kept)

    SettingsFile(path).put({"A": "3"})

    assert path.is_symlink()
    assert "3" == json.loads(kept.read_text())["Values"]["A"]


@pytest.mark.parametrize("port", [0, "x", True, -1, 65536, None, 70.5])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: object):
    path = tmp_path / "local.settings.json"
    path.write_text(json.dumps({**GOOD, "Host": {"LocalHttpPort": port}}))

    with pytest.raises(SetupError, match="no port"):
        SettingsFile(path).port()
