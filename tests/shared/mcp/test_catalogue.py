"""What is kept of the declarations: as good as they are, or not used."""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.mcp import catalogue
from shared.mcp.operation import Operation
from shared.mcp.tool import Tool
from shared.mcp.toolset import Toolset
from shared.tools import declared
from tests.shared import golden

ROOT = Path(__file__).resolve().parents[3]
SOURCE = "shared/tools/sample.py"
toolset = Toolset("sample")


class Found(BaseModel):
    """What was found."""

    name: str


@toolset.tool(scopes=["Mail.Read", "vso.work"], writes=True, roles=["Finders"])
async def find_things(caller: Caller, name: Annotated[str, Field(description="Its näme.")]) -> Found:
    """Find things."""
    return Found(name=name)


@toolset.tool(scopes=[])
async def take_nothing(caller: Caller) -> Found:
    """Get nothing."""
    return Found(name="")


class Loading:
    """Gives the operations of the toolset above, and notes what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.threads: set[int] = set()

    def __call__(self, module: str, name: str) -> Operation:
        self.asked.append((module, name))
        self.threads.add(threading.get_ident())
        return next(tool.operation for tool in toolset if tool.name == name)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a source and what is kept of it."""
    source = tmp_path / SOURCE
    source.parent.mkdir(parents=True)
    source.write_text("limit = 10\n")
    kept(tmp_path).write_text(catalogue.render({"sample": toolset}, [SOURCE], root=tmp_path))
    return tmp_path


def kept(root: Path) -> Path:
    return root / "catalogue.json"


def told(tool: Tool) -> list[Any]:
    return [
        tool.name,
        tool.family,
        tool.description,
        tool.scopes,
        tool.writes,
        tool.requirement,
        tool.schemas,
        tool.input_schema,
        tool.output_schema,
        tool.properties,
    ]


def test_what_is_kept_is_all_that_was_declared(root: Path) -> None:
    tools = catalogue.read(kept(root), Loading(), root=root)

    assert [told(tool) for tool in toolset] == [told(tool) for tool in tools]


async def test_what_runs_is_loaded_once_on_the_first_call_beside_the_event_loop(root: Path) -> None:
    load = Loading()
    find, _ = catalogue.read(kept(root), load, root=root)
    assert [] == load.asked

    operation = await find.ready()

    assert find_things is operation.function
    assert operation is await find.ready()
    assert find_things is find.function
    assert {"name": "budget"} == find.parse({"name": "budget"})
    assert [("sample", "find_things")] == load.asked
    assert threading.get_ident() not in load.threads


def test_another_line_end_makes_no_difference(root: Path) -> None:
    (root / SOURCE).write_bytes(b"limit = 10\r\n")

    assert 2 == len(catalogue.read(kept(root), Loading(), root=root))


def test_a_source_that_changed_is_named_even_if_it_is_as_long_as_before(root: Path) -> None:
    (root / SOURCE).write_text("limit = 25\n")

    with pytest.raises(catalogue.StaleError, match=f"^{SOURCE} has changed$"):
        catalogue.read(kept(root), Loading(), root=root)


def test_what_another_pydantic_made_is_not_used(root: Path) -> None:
    document = json.loads(kept(root).read_text())
    kept(root).write_text(json.dumps({**document, "pydantic": "2.0.0"}))

    with pytest.raises(catalogue.StaleError, match=r"^pydantic is .+ and was 2\.0\.0$"):
        catalogue.read(kept(root), Loading(), root=root)


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD", "[]", "{}", '{"pydantic": null}'])
def test_what_cannot_be_read_is_not_used(root: Path, text: str) -> None:
    kept(root).write_text(text)

    with pytest.raises(catalogue.StaleError):
        catalogue.read(kept(root), Loading(), root=root)


@pytest.mark.parametrize("name", ["catalogue.json", SOURCE])
def test_a_file_that_is_not_there_is_like_one_that_changed(root: Path, name: str) -> None:
    (root / name).unlink()

    with pytest.raises(catalogue.StaleError, match="cannot be read"):
        catalogue.read(kept(root), Loading(), root=root)


NEW_TOOL = '''

@toolset.tool(scopes=["User.Read"])
async def graph_get_profile_again(caller: Caller) -> GraphProfile:
    """Get the profile of the signed-in user, again."""
    return await caller.graph.get(GraphProfile, "/me")
'''
LOOK = """
import json, sys
from shared.tools import CATALOGUE
names = [tool.name for tool in CATALOGUE]
print(json.dumps({"tools": names, "loads_all": "shared.tools.devops.wiki" in sys.modules}))
"""


def started(folder: Path) -> tuple[dict[str, Any], str]:
    """What a start in this folder finds, and its log."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=folder, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout), done.stderr


def test_a_tool_added_to_a_module_is_there_at_the_next_start(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    text = catalogue.render(declared(), golden.sources(), root=tmp_path)
    (tmp_path / "shared/tools/catalogue.json").write_text(text)
    names = [tool.name for tools in declared().values() for tool in tools]

    assert ({"tools": names, "loads_all": False}, "") == started(tmp_path)

    with (tmp_path / "shared/tools/profile.py").open("a") as profile:
        profile.write(NEW_TOOL)
    found, log = started(tmp_path)

    assert {"graph_get_profile_again"} == set(found["tools"]) - set(names)
    assert found["loads_all"]
    assert log.startswith("shared/tools/profile.py has changed: ")
    assert "make golden" in log
