import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import az as azure_cli
from local import command_line
from local.child_process import Ended
from local.doctor.app_description import AppDescription
from local.setup import directory as setup_directory
from local.setup import permissions, proof, steps
from tests.local.setup.managed_directory import ManagedDirectory
from tests.local.setup.stand_in_az import StandInAz

_described: dict[frozenset[tuple[str, str]], AppDescription] = {}


@dataclass
class Said:
    """How a run of the command ended."""

    status: int
    out: str
    err: str


type Setup = Callable[..., Said]


@pytest.fixture
def directory() -> ManagedDirectory:
    return ManagedDirectory()


@pytest.fixture
def az(tmp_path: Path, directory: ManagedDirectory, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInAz]:
    folder = tmp_path / "bin"
    folder.mkdir()
    az = StandInAz(folder, directory)
    monkeypatch.setenv("PATH", az.path)
    yield az
    az.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "local.settings.json"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries as often as ever, with no time between."""
    monkeypatch.setattr(setup_directory, "PAUSES", (0.0,) * 7)
    monkeypatch.setattr(proof, "PAUSES", (0.0,) * 7)


@pytest.fixture
def real_setup(az: StandInAz, file: Path, capsys: pytest.CaptureFixture[str], impatient: None) -> Setup:
    """Runs the command, as a person types it, to its end."""

    def run(*arguments: str, yes: bool = True) -> Said:
        line = ["setup", "--settings", str(file), *(["--yes"] if yes else []), *arguments]
        options = command_line._parser().parse_args(line)
        status = options.command(options)
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


@pytest.fixture
def setup(real_setup: Setup, az: StandInAz, monkeypatch: pytest.MonkeyPatch) -> Setup:
    """Runs the command up to its proof, which needs an Entra; the app describes itself once for all tests."""
    describe = permissions.described

    async def described(values: dict[str, str]) -> AppDescription:
        key = frozenset(values.items())
        if key not in _described:
            _described[key] = await describe(values)
        return _described[key]

    async def proved(*_: object, pending: bool) -> int:
        return steps.NOT_PROVED if pending else 0

    async def run_az(command: Sequence[str], *, limit: float) -> Ended:
        answer = az.play(list(command[1:]))
        return Ended(answer.status, answer.output.encode(), answer.errors.strip())

    # Without a process for each command; `real_setup` starts the program.
    monkeypatch.setattr(azure_cli, "run", run_az)
    monkeypatch.setattr(permissions, "described", described)
    monkeypatch.setattr(steps, "_proved", proved)
    return real_setup


@pytest.fixture
def values(file: Path) -> Callable[[], dict[str, Any]]:
    """The settings in the file at this moment."""
    return lambda: dict(json.loads(file.read_text())["Values"])
