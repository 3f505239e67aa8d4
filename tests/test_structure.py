"""The shape of the source tree: what no reader should have to find out by surprise."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 350
SOURCES = [ROOT / "function_app.py"] + [
    path for folder in ("shared", "local", "infra") for path in sorted((ROOT / folder).rglob("*.py"))
]


@cache
def graph(package: str) -> grimp.ImportGraph:
    """Every import of a package, also those for type checkers alone."""
    return grimp.build_graph(package, cache_dir=None)


def circles(imports: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import each other, directly or through others."""
    reached: dict[str, set[str]] = {}
    for module in imports:
        seen: set[str] = set()
        waiting = [module]
        while waiting:
            fresh = imports[waiting.pop()] - seen
            seen |= fresh
            waiting.extend(fresh)
        reached[module] = seen
    found = {
        tuple(sorted(each for each in reached[module] if module in reached[each]))
        for module in imports
        if module in reached[module]
    }
    return [list(group) for group in sorted(found)]


@pytest.mark.parametrize("package", ["shared", "local"])
def test_no_files_import_each_other(package: str) -> None:
    imports = {
        module: graph(package).find_modules_directly_imported_by(module) for module in graph(package).modules
    }

    assert [] == circles(imports)


def test_a_circle_would_be_seen() -> None:
    imports = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}

    assert [["a", "b", "c"]] == circles(imports)


def test_no_source_file_is_longer_than_one_can_read() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in SOURCES}

    assert {} == {path: lines for path, lines in lengths.items() if lines > LONGEST}


def test_no_two_modules_of_the_app_have_one_name() -> None:
    names = Counter(path.stem for path in (ROOT / "shared").rglob("*.py") if path.stem != "__init__")

    assert {} == {name: times for name, times in names.items() if times > 1}


def test_every_folder_of_the_app_says_what_it_is_for() -> None:
    folders = [path for path in (ROOT / "shared").rglob("*") if path.is_dir() and any(path.glob("*.py"))]

    assert folders
    for folder in folders:
        assert re.match(r'"""[A-Z][^"]+\.', (folder / "__init__.py").read_text()), folder


def test_the_readme_is_a_front_door() -> None:
    readme = (ROOT / "README.md").read_text()

    assert len(readme.splitlines()) <= 200


@pytest.mark.parametrize("document", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]), ids=str)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        path, _, heading = link.partition("#")
        if path.startswith(("https://", "mailto:")):
            continue
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        titles = re.findall(r"^#+ (.*)$", target.read_text(), re.M) if target.suffix == ".md" else []
        anchors = [re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles]
        assert not heading or heading in anchors, link


def test_what_documents_call_a_file_is_one() -> None:
    named = {
        name
        for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
        if document.name != "decisions.md"
        for name in re.findall(r"`((?:shared|local|tests|infra|docs)/[\w./-]*)`", document.read_text())
    }

    assert named
    assert [] == sorted(name for name in named if not (ROOT / name).exists())
