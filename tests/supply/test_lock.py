"""The lock, requirements.txt, which a deployment installs: complete, by the pinned versions, with hashes."""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIRECT = ("requirements.in", "requirements-telemetry.in")
PLATFORMS = {
    # Where it is deployed to.
    "Linux on x86-64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    # Where people run it: Core Tools and editors install requirements.txt too.
    "Linux on ARM": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "macOS": ("macosx_11_0_arm64", "macosx_12_0_arm64", "macosx_13_0_arm64"),
    "Windows": ("win_amd64",),
}
PIP_INSTALL = [
    sys.executable,
    "-m",
    "pip",
    "install",
    "--quiet",
    "--ignore-installed",
    "--disable-pip-version-check",
    "--retries=0",
    "--timeout=10",
]


class Locked(NamedTuple):
    """An entry of the lock.

    Attributes:
        version: The one version.
        hashes: What a file of it must have, one of these.
        wanted_by: The packages and the files that ask for it, as pip-compile notes them.
    """

    version: str
    hashes: list[str]
    wanted_by: set[str]


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def locked(text: str) -> dict[str, Locked]:
    """The entries of a lock by name; whatever else stands in it is an error."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    entries: dict[str, Locked] = {}
    for block in re.split(r"\n(?=\S)", "\n".join(lines)):
        head, *rest = block.splitlines()
        named = re.fullmatch(r"([\w.-]+)==([\w.]+) \\", head)
        assert named, head
        hashes, reasons = [], set[str]()
        for line in rest:
            found = re.fullmatch(r"    --hash=sha256:([0-9a-f]{64})(?: \\)?|    #(?: via)?(?: +(.+))?", line)
            assert found, line
            hashes += [found[1]] if found[1] else []
            reasons |= {found[2]} if found[2] else set()
        assert named[1] not in entries, named[1]
        entries[named[1]] = Locked(named[2], hashes, reasons)
    return entries


def pinned(file: str) -> dict[str, str]:
    """The versions that a file of direct requirements names."""
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("#")]
    pins = [re.fullmatch(r"([\w.-]+)(?:\[\w+\])?==([\w.]+)", line) for line in lines]
    return {normalized(pin[1]): pin[2] for pin in pins if pin}


def disagreements(lock: dict[str, Locked]) -> list[str]:
    """What a lock says other than the direct requirements do."""
    direct = {file: pinned(file) for file in DIRECT}
    found = [
        f"{name} is {version} in {file}, {lock[name].version if name in lock else 'absent'} in the lock"
        for file, pins in direct.items()
        for name, version in pins.items()
        if name not in lock or lock[name].version != version
    ]
    for name, entry in lock.items():
        if not entry.hashes:
            found.append(f"{name} has no hash")
        files = {reason.removeprefix("-r ") for reason in entry.wanted_by if reason.startswith("-r ")}
        gone = [file for file in files if name not in direct.get(file, {})]
        others = {reason for reason in entry.wanted_by if not reason.startswith("-r ")}
        gone += [other for other in others if other not in lock]
        if not entry.wanted_by or gone:
            found.append(f"{name} is for {', '.join(gone) or 'nothing'}, which does not ask for it")
    return found


LOCK = (ROOT / "requirements.txt").read_text()


def test_it_is_of_the_direct_requirements_and_every_package_has_hashes() -> None:
    lock = locked(LOCK)

    assert 40 < len(lock)
    assert [] == disagreements(lock)


def test_it_names_no_package_index() -> None:
    assert not re.search(r"index|find-links|trusted-host|://", LOCK)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("httpx==0.28.1", "httpx==0.28.0", "httpx is 0.28.1 in requirements.in, 0.28.0 in the lock"),
        ("\nmsal==", "\nmsal-other==", "msal is 1.39.0 in requirements.in, absent in the lock"),
        (
            r"(\nhttpcore==\S+ \\)(\n    --hash=\S+( \\)?)+",
            r"\1",
            "httpcore has no hash",
        ),
        (
            r"\nh11==",
            "\nleft-over==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via -r requirements.in\nh11==",
            "left-over is for requirements.in, which does not ask for it",
        ),
        (
            r"\nh11==",
            "\nleft-over==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via gone\nh11==",
            "left-over is for gone, which does not ask for it",
        ),
    ],
)
def test_a_stale_lock_is_caught(old: str, new: str, complaint: str) -> None:
    assert complaint in disagreements(locked(re.sub(old, new, LOCK, count=1)))


@pytest.mark.parametrize("text", ["httpx>=0.28", "-e .", "httpx @ file:///tmp/httpx.whl", "httpx==1.0"])
def test_what_is_no_entry_with_hashes_is_none(text: str) -> None:
    with pytest.raises(AssertionError):
        locked(LOCK + text + "\n")


def test_who_develops_installs_the_same_direct_requirements() -> None:
    included = (ROOT / "requirements-local.txt").read_text()

    # With hashes in one file, pip wants them for all.
    assert "\n-r requirements.in\n" in included


@pytest.fixture(scope="module")
def index() -> None:
    """A package index that answers."""
    pip = subprocess.run(
        [*PIP_INSTALL, "--dry-run", "--no-deps", "idna"], capture_output=True, timeout=60, check=False
    )
    if pip.returncode:
        pytest.skip("no package index answers, so nothing can be installed from it")


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("platform", PLATFORMS)
def test_pip_installs_it_by_hash(platform: str, tmp_path: Path) -> None:
    tags = [f"--platform={tag}" for tag in PLATFORMS[platform]]
    pip = subprocess.run(
        [
            *PIP_INSTALL,
            "--dry-run",
            "--require-hashes",
            "--only-binary=:all:",
            "--python-version=3.13",
            "--implementation=cp",
            *tags,
            f"--target={tmp_path}",
            "--requirement",
            ROOT / "requirements.txt",
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert (0, "") == (pip.returncode, "\n".join(re.findall("^ERROR.*", pip.stderr, re.MULTILINE)))
