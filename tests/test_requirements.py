"""The packages the code imports are those its requirements name."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALTERNATIVES = ROOT / "tests" / "bench" / "alternatives"
MUTANTS = ROOT / "tests" / "mutants"
CONVERTERS = ROOT / "tests" / "clients" / "converters.py"
OURS = {"function_app", "shared", "local", "tests"}


def normalized(name: str) -> str:
    """A distribution's name as all spellings of it are compared ("Names and normalization")."""
    return re.sub(r"[-_.]+", "-", name).casefold()


@cache
def owners() -> dict[str, str]:
    """The distribution that each installed Python file belongs to, by its path without its suffix."""
    owned = {}
    for distribution in distributions():
        for file in distribution.files or ():
            path = re.sub(r"(/__init__)?\.(py|pyd|.*so)$", "", str(file))
            owned[path] = normalized(distribution.metadata["Name"])
    return owned


def owner(module: str) -> str | None:
    """The distribution that a module is from."""
    parts = module.split(".")
    paths = ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
    return next((owners()[path] for path in paths if path in owners()), None)


def imported(path: Path) -> Iterator[str]:
    """The modules of others that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                modules = [each.name for each in names]
            case ast.ImportFrom(module=str(module), level=0, names=names):
                # `from azure import identity` names a package, `from jwt import decode` does not.
                modules = [f"{module}.{each.name}" for each in names]
            case _:
                modules = []
        for module in modules:
            if module.partition(".")[0] not in OURS | set(sys.stdlib_module_names):
                yield module


def required(file: str) -> set[str]:
    """The distributions that a requirements file names, and those it includes."""
    names = set()
    for line in (ROOT / file).read_text().splitlines():
        if line.startswith("-r "):
            names |= required(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            names.add(normalized(re.split(r"[\[=]", line)[0]))
    return names


@pytest.mark.parametrize(
    ("file", "places", "few"),
    [
        ("requirements.in", ["function_app.py", "shared"], 12),
        ("requirements-local.txt", ["local"], 8),
        ("requirements-dev.txt", ["tests"], 10),
    ],
)
def test_every_package_that_is_imported_is_required_by_name(file: str, places: list[str], few: int) -> None:
    files = [path for place in places for path in (*(ROOT / place).rglob("*.py"), ROOT / place)]
    # What the app is measured against, mutmut, and the converters of clients have environments of their own.
    apart = {ALTERNATIVES, MUTANTS, CONVERTERS}
    files = [path for path in files if apart.isdisjoint([path, *path.parents])]
    modules = {module: owner(module) for path in files if path.is_file() for module in imported(path)}

    assert few <= len(set(modules.values()))
    assert {} == {module: name for module, name in modules.items() if name not in required(file)}
