"""Writes the pictures of the documents, from descriptions, code and infrastructure: `make pictures`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tests.pictures import alerts, architecture, token_path, workbook
from tests.pictures.facts import ROOT
from tests.pictures.svg import Picture

FOLDER = ROOT / "docs" / "pictures"
PICTURES: Mapping[str, Callable[[], Picture]] = {
    "architecture.svg": architecture.draw,
    "token-path.svg": token_path.draw,
    **{f"workbook-{name}.svg": partial(workbook.draw, name) for name in workbook.sections()},
    "alerts.svg": alerts.draw,
}
"""What draws each file."""


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw().render())
