"""A picture as SVG text: legible in light and dark mode, for screen readers too, with text to select.

It has its own ground, so that it is legible whatever the page around it. It holds no script, loads nothing,
and its fonts are those of the reader's machine. The same calls always give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from tests.pictures.colours import COLOURS, DARK, LIGHT
from tests.pictures.widths import width

type Anchor = Literal["start", "middle", "end"]
type Point = tuple[float, float]

RADIUS = 8
_FONTS = """text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.bold{font-weight:600}"""


@dataclass(frozen=True)
class Rect:
    """A filled rectangle, in pixels."""

    left: float
    top: float
    wide: float
    high: float
    fill: str

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is in it."""
        return self.left <= x <= self.left + self.wide and self.top <= y <= self.top + self.high


@dataclass(frozen=True)
class Text:
    """A line of text, with the room it may take from left to right, in pixels."""

    words: str
    x: float
    y: float
    size: float
    fill: str
    anchor: Anchor
    bold: bool
    mono: bool
    room: tuple[float, float]

    @property
    def extent(self) -> tuple[float, float]:
        """Where it begins and ends at most."""
        wide = width(self.words, self.size, bold=self.bold, mono=self.mono)
        left = {"start": self.x, "middle": self.x - wide / 2, "end": self.x - wide}[self.anchor]
        return left, left + wide


class Picture:
    """Collects what is drawn, in the order in which it is painted.

    Args:
        title: What screen readers call it.
        description: What screen readers read instead of it.
        size: Width and height in pixels.
    """

    def __init__(self, title: str, description: str, size: tuple[float, float]) -> None:
        self.title, self.description = title, description
        self.wide, self.high = size
        self.rects: list[Rect] = []
        self.texts: list[Text] = []
        self._parts: list[str] = []
        self._used: set[tuple[str, str]] = set()
        self._heads: set[str] = set()
        self.rect(0.5, 0.5, self.wide - 1, self.high - 1, fill="ground", stroke="grid")

    def rect(
        self,
        left: float,
        top: float,
        wide: float,
        high: float,
        *,
        fill: str,
        stroke: str = "",
        radius: float = RADIUS,
        dashed: bool = False,
    ) -> None:
        """Paints a rectangle with rounded corners."""
        self.rects.append(Rect(left, top, wide, high, fill))
        looks = self._class(fill=fill, stroke=stroke)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        place = f'x="{_n(left)}" y="{_n(top)}" width="{_n(wide)}" height="{_n(high)}"'
        self._parts.append(f'<rect {place} rx="{_n(radius)}"{looks}{dash}/>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        room: tuple[float, float],
        size: float = 12,
        fill: str = "ink",
        anchor: Anchor = "start",
        bold: bool = False,
        mono: bool = False,
    ) -> None:
        """Writes a line whose baseline is at `y`; a test sees to it that it keeps to its room."""
        self.texts.append(Text(words, x, y, size, fill, anchor, bold, mono, room))
        kinds = [name for name, wanted in (("bold", bold), ("mono", mono)) if wanted]
        looks = self._class(*kinds, fill=fill)
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        place = f'x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}"'
        self._parts.append(f"<text {place}{at}{looks}>{escape(words)}</text>")

    def line(
        self,
        points: Sequence[Point],
        *,
        stroke: str,
        thick: float = 1.5,
        dash: str = "",
        head: bool = False,
    ) -> None:
        """Draws a line through these points, with a head at its end where it is an arrow."""
        looks = self._class(fill="none", stroke=stroke)
        more = f' stroke-dasharray="{dash}"' if dash else ""
        if head:
            self._heads.add(stroke)
            more += f' marker-end="url(#head-{stroke})"'
        way = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._parts.append(f'<polyline points="{way}" stroke-width="{_n(thick)}"{looks}{more}/>')

    def render(self) -> str:
        """The SVG document."""
        heads = [self._head(stroke) for stroke in sorted(self._heads)]
        size = (
            f'width="{_n(self.wide)}" height="{_n(self.high)}" viewBox="0 0 {_n(self.wide)} {_n(self.high)}"'
        )
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="desc">{escape(self.description)}</desc>',
            f"<style>{self._style()}</style>",
            *([f"<defs>{''.join(heads)}</defs>"] if heads else []),
            *self._parts,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def _head(self, stroke: str) -> str:
        shape = f'<path d="M0,0 L8,4 L0,8 z"{self._class(fill=stroke)}/>'
        size = 'markerWidth="8" markerHeight="8" refX="7" refY="4" markerUnits="userSpaceOnUse"'
        return f'<marker id="head-{stroke}" {size} orient="auto">{shape}</marker>'

    def _class(self, *kinds: str, fill: str = "", stroke: str = "") -> str:
        names = [*kinds]
        for name, colour in (("fill", fill), ("stroke", stroke)):
            if colour:
                self._used.add((name, colour))
                names.append(f"{name[0]}-{colour}")
        return f' class="{" ".join(names)}"'

    def _style(self) -> str:
        light, dark = (_rules(self._used, mode) for mode in (LIGHT, DARK))
        return f"{_FONTS}\n{light}\n@media (prefers-color-scheme:dark){{{dark}}}"


def _rules(used: Iterable[tuple[str, str]], mode: int) -> str:
    colours = {**COLOURS, "none": ("none", "none")}
    return "".join(f".{name[0]}-{each}{{{name}:{colours[each][mode]}}}" for name, each in sorted(used))


def _n(number: float) -> str:
    """A number of pixels, with no more digits than can be seen."""
    return f"{number:.1f}".removesuffix(".0")
