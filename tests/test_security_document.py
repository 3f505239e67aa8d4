"""What docs/security.md claims, as far as it can be looked up."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|json|txt|in|md|yml))(?:::(\w+))?`", DOCUMENT)))
DANGEROUS = {"eval", "exec", "compile", "system", "popen", "Popen", "create_subprocess_shell"}


def defined(path: Path) -> set[str]:
    """The functions, classes and constants of a module."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.add(name)
    return names


@pytest.mark.parametrize(("path", "symbol"), NAMED, ids=lambda value: value)
def test_what_it_names_is_there(path: str, symbol: str) -> None:
    assert (ROOT / path).is_file()
    assert not symbol or symbol in defined(ROOT / path)


def test_it_names_much() -> None:
    assert 50 < len(NAMED)


def test_it_has_each_risk_with_a_place_a_proof_and_what_stays_with_others() -> None:
    parts = re.split(r"^### ", DOCUMENT, flags=re.MULTILINE)[1:]

    assert [f"MCP{number:02}" for number in range(1, 11)] == [part.split()[0] for part in parts]
    for part in parts:
        risk = part.partition("\n")[0]
        for needed in ("- Does:", "- Where:", "- Proven by:", "operator", "::test_"):
            assert needed in part or (needed == "operator" and "client" in part), (risk, needed)


def test_every_requirement_has_an_exact_version() -> None:
    files = ["requirements.in", "requirements-telemetry.in", "requirements-local.txt", "requirements-dev.txt"]
    for file in [*map(ROOT.joinpath, files), *ROOT.glob("tests/*/requirements.txt")]:
        for line in file.read_text().splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", line), (file, line)


def test_no_module_of_the_app_starts_a_process_or_evaluates_text_but_the_one_that_reads_documents() -> None:
    starts_readers = ROOT / "shared" / "text" / "documents" / "reader_process.py"
    for path in [ROOT / "function_app.py", *(ROOT / "shared").rglob("*.py")]:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in DANGEROUS:
                    raise AssertionError(f"{path}: {name}")
                case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr=name)) if name in DANGEROUS:
                    raise AssertionError(f"{path}: os.{name}")
                case ast.Import(names=names):
                    allowed = {"subprocess"} if path == starts_readers else set()
                    assert (
                        not ({each.name for each in names} & {"subprocess", "pickle", "marshal"}) - allowed
                    ), path
                case ast.ImportFrom(module="subprocess" | "pickle" | "marshal"):
                    raise AssertionError(path)
