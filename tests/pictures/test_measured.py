"""What the widths of texts are in a browser, where one is installed: they are estimated everywhere else."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from tests.pictures.made import PICTURES
from tests.pictures.test_pictures import drawn, overlap
from tests.sign_in.programs import CHROMIUM, node_environment, run, with_browser

HERE = Path(__file__).parent
pytestmark = with_browser


@pytest.fixture(scope="module")
async def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[float]]]:
    """The boxes of all texts by the picture's name."""
    wanted = {"chromium": CHROMIUM, "pictures": {name: drawn(name).render() for name in PICTURES}}
    given = node_environment(tmp_path_factory.mktemp("home"))
    ended = await run("node", str(HERE / "measure.cjs"), given=given, text=json.dumps(wanted))
    return dict(ended.json())


@pytest.mark.parametrize("name", PICTURES)
async def test_no_text_is_wider_than_estimated(name: str, measured: dict[str, list[list[float]]]) -> None:
    texts = drawn(name).texts
    wider = {
        text.words: (text.extent, (left, right))
        for text, (left, _, right, _) in zip(texts, measured[name], strict=True)
        if left < text.extent[0] - 1 or right > text.extent[1] + 1
    }

    assert {} == wider


@pytest.mark.parametrize("name", PICTURES)
async def test_no_text_touches_another_or_the_edge(name: str, measured: dict[str, list[list[float]]]) -> None:
    picture = drawn(name)
    # A box has the room of accents above and of descenders below, which neighbouring lines share.
    inner = [(left, top + 3, right, bottom - 3) for left, top, right, bottom in measured[name]]

    assert inner
    assert not [each for each in inner if each[0] < 0 or each[2] > picture.wide or each[3] > picture.high]
    assert not [(one, other) for one, other in combinations(inner, 2) if overlap(one, other)]
