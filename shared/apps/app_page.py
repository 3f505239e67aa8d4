"""Joins the pages of MCP Apps from their files: markup, a style and a script for all of them, own scripts.

A page is the same bytes for everybody. What it shows comes with a tool's result.
"""

from functools import cache
from pathlib import Path

LIMIT_BYTES = 60 * 1024
"""The size of the largest page, joined."""

_FOLDER = Path(__file__).parent / "pages"
_PARTS = ("app.css", "bridge.js")
"""The files that stand in every page, in place of a comment with their name: `/* app.css */`.

Scripts of one page alone are named for it, `review-more.js`, and stand in it in the same way.
"""


def page_names() -> list[str]:
    """Returns the names of all pages, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.html"))


@cache
def page(name: str) -> str:
    """Returns a page of HTML, whole.

    Raises:
        ValueError: There is no such page, it is larger than `LIMIT_BYTES`, or a part has no place in it.
    """
    if name not in page_names():
        raise ValueError(f"There is no page {name!r}.")
    own = sorted(path.name for path in _FOLDER.glob(f"{name}-*.js"))
    parts = {each: (_FOLDER / each).read_text(encoding="utf-8") for each in (*_PARTS, *own)}
    joined = join((_FOLDER / f"{name}.html").read_text(encoding="utf-8"), parts)
    if len(joined.encode()) > LIMIT_BYTES:
        raise ValueError(f"The page {name!r} is larger than {LIMIT_BYTES} bytes.")
    return joined


def join(markup: str, parts: dict[str, str]) -> str:
    """Returns the markup with each part in place of the comment that names it.

    Raises:
        ValueError: A part is named not once.
    """
    for name, text in parts.items():
        pieces = markup.split(f"/* {name} */")
        if len(pieces) != 2:
            raise ValueError(f"The markup has {len(pieces) - 1} places for {name}, not one.")
        markup = text.join(pieces)
    return markup
