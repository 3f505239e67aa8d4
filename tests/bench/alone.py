"""The app's own figures in process: each part several times, in the app's environment, over its own world."""

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.bench.contenders import ROOT
from tests.bench.goals import IN_PROCESS
from tests.bench.latencies import LATENCIES

PARTS: Mapping[str, int] = {"first": 3, "herd": 3, "memory": 1, "sweep": 1}
"""How often each part is measured."""


def measured(python: Path) -> dict[str, float]:
    """Returns the medians of each figure, their names with `IN_PROCESS`.

    Args:
        python: The interpreter of an environment with what a deployment installs.
    """
    found: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name, world(Path(name)) as folder:
        for part, times in PARTS.items():
            for _ in range(times):
                before = _exchanges(folder)
                command = [str(python), "-m", "tests.bench.inside", str(folder), part]
                output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
                for key, value in json.loads(output).items():
                    found[key].append(value)
                if part == "herd":
                    # One is of the user who came before the fifty.
                    found["herd exchanges"].append(_exchanges(folder) - before - 1)
    figures = {key: median(values) for key, values in found.items()}
    fixed = 1000 * (LATENCIES["identity"] + LATENCIES["entra"] + LATENCIES["graph"])
    figures["beyond latencies"] = figures["first result"] - fixed
    figures["128 / 64"] = figures["128: calls/s"] / figures["64: calls/s"]
    return {f"{IN_PROCESS}{key}": value for key, value in figures.items()}


@contextmanager
def world(folder: Path) -> Iterator[Path]:
    """Runs the world, whose files are in the folder once it listens."""
    command = [sys.executable, "-m", "tests.bench.world", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "listening\n":
                raise RuntimeError("the world did not start")
            yield folder
        finally:
            process.terminate()


def _exchanges(folder: Path) -> int:
    """Returns how many exchanges there have been so far."""
    settings = json.loads((folder / "settings.json").read_text())
    port = urlsplit(settings["IDENTITY_ENDPOINT"]).port
    with urllib.request.urlopen(f"http://localhost:{port}/exchanges") as response:
        return int(json.load(response)["exchanges"])
