"""A program called `az` that gives the answers a test wrote down, and notes what it was asked."""

import json
import os
import sys
from pathlib import Path
from typing import Any

_PROGRAM = """#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "asked.jsonl").open("a") as asked:
    asked.write(json.dumps(sys.argv[1:]) + "\\n")
answers = json.loads((here / "answers.json").read_text())
words = " ".join(sys.argv[1:])
answer = next((answers[key] for key in sorted(answers, key=len, reverse=True) if words.startswith(key)), None)
if answer is None:
    sys.exit("az: '" + words + "' is misspelled or not recognized by the system.")
sys.stderr.write(answer["errors"])
sys.stdout.write(answer["output"])
sys.exit(answer["status"])
"""


class FakeAz:
    """The program in a folder; to be found there, the folder has to be on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._answers: dict[str, Any] = {}
        program = folder / "az"
        program.write_text(_PROGRAM.format(python=sys.executable))
        program.chmod(0o755)
        self._save()

    @property
    def path(self) -> str:
        """The value of PATH with this program before any other of its name."""
        return os.pathsep.join([str(self.folder), os.environ["PATH"]])

    def answer(self, words: str, output: object = "", *, errors: str = "", status: int = 0) -> None:
        """What to answer when the command begins with these words; anything but text as JSON."""
        text = output if isinstance(output, str) else json.dumps(output)
        self._answers[words] = {"output": text, "errors": errors, "status": status}
        self._save()

    @property
    def asked(self) -> list[list[str]]:
        """The commands so far."""
        file = self.folder / "asked.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def _save(self) -> None:
        (self.folder / "answers.json").write_text(json.dumps(self._answers))
