"""Mistakes made in copies of the infrastructure; `mistakes.toml` lists them."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.infra.infrastructure import FOLDER

OF_TYPES = "language: resources are as published"
"""The rule that needs the published resource types."""


@dataclass(frozen=True)
class Mistake:
    """One change of one file.

    Attributes:
        name: What somebody did.
        path: The file, from the folder of the infrastructure.
        old: What stands there exactly once.
        new: What stands there after the mistake.
        rule: The sentence of the rule that sees it.
    """

    name: str
    path: str
    old: str
    new: str
    rule: str

    def made_in(self, folder: Path) -> Path:
        """A copy of the infrastructure with the mistake, in a folder made for it.

        Raises:
            ValueError: What is to be changed is not there, or more than once.
        """
        copy = copied(folder)
        file = copy / self.path
        before = file.read_text()
        if before.count(self.old) != 1:
            raise ValueError(f"{self.path} has {self.old!r} {before.count(self.old)} times")
        file.write_text(before.replace(self.old, self.new))
        return copy


def copied(folder: Path) -> Path:
    """A copy of the infrastructure, in a folder made for it."""
    return shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("hooks", "__pycache__", "*_env"))


MISTAKES = [
    Mistake(**each) for each in tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["mistakes"]
]
